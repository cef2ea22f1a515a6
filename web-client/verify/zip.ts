// The directory of a package, as strict as yuanjian-verify: stored entries only, back to back, both headers agree.
import { Refused } from './slices.ts';
import type { Slices } from './slices.ts';

export interface Entry {
    name: string;
    offset: number;
    size: number;
}

const maxEntries = 4096;
const maxDirectory = 2 * 1024 * 1024;
const max16 = 0xffff;
const max32 = 0xffffffff;
const safeName = /^(?:[A-Za-z0-9_+-][A-Za-z0-9_+.-]*\/)*[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/;

function view(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function large(at: DataView, offset: number): number {
    const value = at.getUint32(offset, true) + at.getUint32(offset + 4, true) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw new Refused('zip-directory');
    return value;
}

interface Directory {
    count: number;
    size: number;
    offset: number;
}

async function readEnd(file: Slices): Promise<Directory> {
    if (file.size < 22) throw new Refused('zip-no-end');
    const end = view(await file.read(file.size - 22, 22));
    const whole =
        end.getUint32(0, true) === 0x06054b50 && end.getUint32(4, true) === 0 && end.getUint16(20, true) === 0;
    if (!whole || end.getUint16(8, true) !== end.getUint16(10, true)) throw new Refused('zip-no-end');
    let found = { count: end.getUint16(10, true), size: end.getUint32(12, true), offset: end.getUint32(16, true) };
    let behind = 22;
    if (found.count === max16 || found.size === max32 || found.offset === max32) {
        behind += 76;
        if (file.size < behind) throw new Refused('zip-no-end');
        const more = view(await file.read(file.size - behind, 76));
        const fits =
            more.getUint32(0, true) === 0x06064b50 &&
            more.getUint32(56, true) === 0x07064b50 &&
            large(more, 64) === file.size - behind;
        if (!fits) throw new Refused('zip-no-end');
        found = { count: large(more, 32), size: large(more, 40), offset: large(more, 48) };
    }
    if (found.count > maxEntries || found.size > maxDirectory) throw new Refused('zip-too-many');
    if (found.offset + found.size !== file.size - behind) throw new Refused('zip-hole');
    return found;
}

/** The values that 32 bits did not hold, in their order. */
function readExtra(extra: DataView, values: number[], name: string): number[] {
    const needed = values.filter((value) => value === max32).length;
    if (needed === 0 && extra.byteLength === 0) return values;
    const fits =
        needed > 0 &&
        extra.byteLength === 4 + 8 * needed &&
        extra.getUint16(0, true) === 1 &&
        extra.getUint16(2, true) === 8 * needed;
    if (!fits) throw new Refused('zip-disagrees', name);
    let at = 4;
    return values.map((value) => {
        if (value !== max32) return value;
        at += 8;
        return large(extra, at - 8);
    });
}

async function readLocal(file: Slices, central: Uint8Array, name: string, at: number, size: number): Promise<number> {
    const head = await file.read(at, 30);
    if (head.length < 30 || view(head).getUint32(0, true) !== 0x04034b50) throw new Refused('zip-hole', name);
    const same = head.slice(6, 26).every((byte, i) => byte === central[8 + i]);
    const nameSize = view(head).getUint16(26, true);
    const extraSize = view(head).getUint16(28, true);
    const rest = await file.read(at + 30, nameSize + extraSize);
    if (!same || new TextDecoder().decode(rest.slice(0, nameSize)) !== name) throw new Refused('zip-disagrees', name);
    const sizes = [view(head).getUint32(22, true), view(head).getUint32(18, true)];
    const full = readExtra(view(rest.slice(nameSize)), sizes, name);
    if (full[0] !== size || full[1] !== size) throw new Refused('zip-disagrees', name);
    return at + 30 + nameSize + extraSize;
}

async function readEntry(file: Slices, bytes: Uint8Array, expected: number): Promise<{ entry: Entry; next: number }> {
    const at = view(bytes);
    if (bytes.length < 46 || at.getUint32(0, true) !== 0x02014b50) throw new Refused('zip-directory');
    const nameSize = at.getUint16(28, true);
    const extraSize = at.getUint16(30, true);
    if (46 + nameSize + extraSize > bytes.length || at.getUint32(32, true) !== 0) throw new Refused('zip-directory');
    const name = new TextDecoder().decode(bytes.slice(46, 46 + nameSize));
    if (name.length > 255 || !safeName.test(name)) throw new Refused('zip-name', name);
    if ((at.getUint16(8, true) & ~0x800) !== 0) throw new Refused('zip-flags', name);
    if (at.getUint16(10, true) !== 0) throw new Refused('zip-compressed', name);
    const type = (at.getUint32(38, true) >>> 16) & 0o170000;
    if (type !== 0 && type !== 0o100000) throw new Refused('zip-special', name);
    const fields = [at.getUint32(24, true), at.getUint32(20, true), at.getUint32(42, true)];
    const [size = 0, packed = 0, offset = 0] = readExtra(
        view(bytes.slice(46 + nameSize, 46 + nameSize + extraSize)),
        fields,
        name,
    );
    if (size !== packed) throw new Refused('zip-disagrees', name);
    if (offset !== expected) throw new Refused('zip-hole', name);
    const content = await readLocal(file, bytes, name, offset, size);
    return { entry: { name, offset: content, size }, next: 46 + nameSize + extraSize };
}

export async function readZip(file: Slices): Promise<Map<string, Entry>> {
    const start = await file.read(0, 2);
    if (start[0] !== 0x50 || start[1] !== 0x4b) throw new Refused('not-a-package');
    const directory = await readEnd(file);
    const bytes = await file.read(directory.offset, directory.size);
    const entries = new Map<string, Entry>();
    let at = 0;
    let expected = 0;
    for (let i = 0; i < directory.count; i++) {
        const { entry, next } = await readEntry(file, bytes.slice(at), expected);
        if (entries.has(entry.name)) throw new Refused('zip-double', entry.name);
        entries.set(entry.name, entry);
        expected = entry.offset + entry.size;
        at += next;
    }
    if (at !== directory.size || expected !== directory.offset) throw new Refused('zip-hole');
    return entries;
}
