// Checkpoints and proofs of a log (C2SP signed-note, tlog-checkpoint, tlog-proof).
import { fromBase64, join, sha256 } from './hash.ts';
import type { Bytes, TreeHead } from './hash.ts';

export interface NoteSignature {
    name: string;
    key: Bytes;
    bytes: Bytes;
}

export interface Checkpoint {
    text: string; // what is signed
    origin: string;
    head: TreeHead;
    atMs: number; // -1: it does not say
    signatures: NoteSignature[];
}

const whole = /^(?:0|[1-9][0-9]{0,14})$/;

function parseSignature(line: string): NoteSignature | null {
    const [, name, text] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
    const bytes = text ? fromBase64(text) : null;
    return name && bytes && bytes.length > 4 ? { name, key: bytes.slice(0, 4), bytes: bytes.slice(4) } : null;
}

export function parseCheckpoint(data: string): Checkpoint | null {
    const end = data.indexOf('\n\n');
    if (end < 0 || data.length > 65536 || !data.endsWith('\n')) return null;
    const lines = data.slice(0, end).split('\n');
    const signatures = data
        .slice(end + 2, -1)
        .split('\n')
        .map(parseSignature);
    const root = fromBase64(lines[2] ?? '');
    const fits = lines[0] && whole.test(lines[1] ?? '') && root?.length === 32 && signatures.length <= 16;
    if (!fits || !root || signatures.some((signature) => !signature)) return null;
    const at = lines.slice(3).find((line) => line.startsWith('at ') && whole.test(line.slice(3)));
    return {
        text: data.slice(0, end + 1),
        origin: lines[0] ?? '',
        head: { size: Number(lines[1]), root },
        atMs: at ? Number(at.slice(3)) : -1,
        signatures: signatures.filter((signature) => signature !== null),
    };
}

export interface LogProof {
    index: number;
    hashes: Bytes[];
    checkpoint: string;
}

export function parseHashes(lines: string[]): Bytes[] | null {
    const hashes = lines.map(fromBase64);
    return hashes.length <= 64 && hashes.every((hash) => hash?.length === 32) ? (hashes as Bytes[]) : null;
}

export function parseProof(data: string): LogProof | null {
    const end = data.indexOf('\n\n');
    if (end < 0 || data.length > 65536) return null;
    const [head, ...rest] = data.slice(0, end).split('\n');
    const lines = rest[0]?.startsWith('extra ') ? rest.slice(1) : rest;
    const index = /^index (0|[1-9][0-9]{0,14})$/.exec(lines[0] ?? '')?.[1];
    const hashes = parseHashes(lines.slice(1));
    if (head !== 'c2sp.org/tlog-proof@v1' || index === undefined || !hashes) return null;
    return { index: Number(index), hashes, checkpoint: data.slice(end + 2) };
}

/** The four bytes by which a note names an Ed25519 key. */
export async function keyHash(name: string, key: Uint8Array): Promise<Bytes> {
    return (await sha256(join(new TextEncoder().encode(name), new Uint8Array([10, 1]), key))).slice(0, 4);
}
