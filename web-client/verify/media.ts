// leaves.jsonl and the media behind it: every line against the one before, every chunk against its SHA-256.
import { hex, sha256Hex, Tree } from './hash.ts';
import { Refused } from './slices.ts';
import { load, parse } from './package.ts';
import type { Case, ManifestFile } from './package.ts';
import type { Where } from './report.ts';

interface Leaf {
    session: string;
    file: string;
    track: string;
    chunk: number;
    offset: number;
    bytes: number;
    pts_from_us: number;
    pts_to_us: number;
    wall_from_us: number;
    wall_to_us: number;
    clock: string;
    sha256: string;
    previous: string;
}

const wholeNumbers = ['chunk', 'offset', 'bytes', 'pts_from_us', 'pts_to_us', 'wall_from_us', 'wall_to_us'] as const;
const maxChunk = 512 * 1024 * 1024;
const slackUs = 60_000_000;
const nothing = '0'.repeat(64);

function asLeaf(line: string, session: string): Leaf | null {
    const value = parse(line);
    const fits =
        value &&
        wholeNumbers.every((name) => Number.isSafeInteger(value[name]) && (value[name] as number) >= 0) &&
        [value['file'], value['track'], value['sha256'], value['previous']].every((text) => typeof text === 'string') &&
        (value['clock'] === 'steady' || value['clock'] === 'stepped') &&
        value['session'] === session &&
        value['bytes'] !== 0;
    return fits ? (value as unknown as Leaf) : null;
}

function place(leaf: Leaf): Where {
    return {
        file: `media/${leaf.file}`,
        track: leaf.track,
        chunk: leaf.chunk,
        fromUs: leaf.pts_from_us,
        toUs: leaf.pts_to_us,
        wallUs: leaf.wall_from_us,
    };
}

/** What stands in one line against the manifest and what stood before it in the same file. */
export function judgeLeaf(leaf: Leaf, before: Leaf | null, file: ManifestFile, index: number): string[] {
    const wrong: string[] = [];
    const offset = before ? before.offset + before.bytes : 0;
    if (leaf.chunk !== (before ? before.chunk + 1 : 0) || index !== file.first_leaf + leaf.chunk)
        wrong.push('chunk-number');
    if (leaf.offset !== offset) wrong.push(leaf.offset > offset ? 'chunk-hole' : 'chunk-overlap');
    if (leaf.offset + leaf.bytes > file.bytes) wrong.push('chunk-past-end');
    const backwards =
        leaf.pts_to_us < leaf.pts_from_us ||
        (before && (leaf.pts_from_us < before.pts_from_us || leaf.pts_to_us < before.pts_to_us)) ||
        (leaf.clock === 'steady' && before && leaf.wall_from_us < before.wall_from_us);
    if (backwards) wrong.push('chunk-times');
    return wrong;
}

class Reading {
    private readonly links = new Map<string, string>(); // track -> hash of its last line
    private readonly last = new Map<string, Leaf>(); // file -> its last line
    private at = 0;
    readonly leaves: Leaf[] = [];

    constructor(private readonly self: Case) {}

    private find(leaf: Leaf): ManifestFile | null {
        const found = this.self.manifest.files.findIndex((file, i) => i >= this.at && file.file === leaf.file);
        if (found < 0) return null;
        this.at = found;
        return this.self.manifest.files[found] ?? null;
    }

    async take(line: string, number: number): Promise<void> {
        const { manifest, report } = this.self;
        const leaf = asLeaf(line, manifest.session.id);
        const file = leaf && this.find(leaf);
        if (!file || leaf.track !== file.track) {
            report.fail('leaves', 'bad-leaf', { file: 'leaves.jsonl', detail: `line ${number}` });
            return;
        }
        const where = place(leaf);
        if (leaf.previous !== (this.links.get(leaf.track) ?? nothing)) report.fail('leaves', 'chunk-link', where);
        for (const reason of judgeLeaf(leaf, this.last.get(leaf.file) ?? null, file, this.leaves.length))
            report.fail('leaves', reason, where);
        const outside =
            leaf.wall_from_us < manifest.session.opened_us - slackUs || leaf.wall_to_us > manifest.made_us + slackUs;
        if (leaf.clock === 'steady' && outside) report.fail('leaves', 'chunk-clock', where);
        this.links.set(leaf.track, await sha256Hex(new TextEncoder().encode(line)));
        this.last.set(leaf.file, leaf);
        this.leaves.push(leaf);
    }
}

async function readLeaves(self: Case): Promise<Leaf[]> {
    const { manifest, report } = self;
    const data = await load(self, 'leaves.jsonl');
    const reading = new Reading(self);
    const tree = new Tree();
    if (!data || (data.length > 0 && data[data.length - 1] !== 10)) {
        report.fail('leaves', 'bad-leaves', { file: 'leaves.jsonl' });
        return [];
    }
    for (let at = 0, number = 1; at < data.length; number++) {
        const end = data.indexOf(10, at);
        const line = data.slice(at, end);
        await tree.add(line);
        await reading.take(new TextDecoder().decode(line), number);
        at = end + 1;
        if (self.options.signal.aborted) throw new Refused('cancelled');
    }
    if (tree.count !== manifest.leaves.count) report.fail('leaves', 'leaf-count', { file: 'leaves.jsonl' });
    if (hex(await tree.root()) !== manifest.leaves.sha256_root)
        report.fail('merkle-roots', 'root', { file: 'leaves.jsonl', detail: 'sha256_root' });
    return reading.leaves;
}

async function checkChunk(self: Case, leaf: Leaf): Promise<void> {
    const entry = self.entries.get(`media/${leaf.file}`);
    if (!entry || leaf.offset + leaf.bytes > entry.size || leaf.bytes > maxChunk) {
        self.report.fail('media', 'chunk-missing', place(leaf));
        return;
    }
    const data = await self.file.read(entry.offset + leaf.offset, leaf.bytes);
    if ((await sha256Hex(data)) !== leaf.sha256) self.report.fail('media', 'chunk-sha256', place(leaf));
}

/** Chunks cover a file from end to end, and each is hashed: that is the whole file, without reading it twice. */
export async function checkMedia(self: Case, isRedacted: boolean): Promise<void> {
    const { manifest, report, options } = self;
    const leaves = await readLeaves(self);
    const all = manifest.files.reduce((sum, file) => sum + file.bytes, 1);
    let done = 0;
    for (const leaf of leaves) {
        if (options.signal.aborted) throw new Refused('cancelled');
        if (!isRedacted) await checkChunk(self, leaf);
        done += leaf.bytes;
        options.progress(done / all);
    }
    for (const file of manifest.files) {
        const where = { file: `media/${file.file}`, track: file.track };
        const own = leaves.filter((leaf) => leaf.file === file.file);
        const covered = own.reduce((end, leaf) => Math.max(end, leaf.offset + leaf.bytes), 0);
        const entry = self.entries.get(where.file);
        if (own.length !== file.chunks) report.fail('leaves', 'chunk-count', where);
        if (covered !== file.bytes) report.fail('leaves', 'not-all-covered', where);
        if (isRedacted) continue;
        if (!entry) report.fail('media', 'missing', where);
        else if (entry.size !== file.bytes) report.fail('media', 'size', where);
    }
    if (isRedacted) for (const check of ['leaves', 'media'] as const) report.skip(check, 'left-out');
    report.skip('merkle-roots', 'sm3-not-here', {});
    report.done('leaves', 'media', 'merkle-roots');
}
