// SHA-256 by the browser, and the trees of RFC 6962 and RFC 9162 made with it.
export type Bytes = Uint8Array<ArrayBuffer>;

export async function sha256(data: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.digest('SHA-256', data));
}

export function hex(bytes: Uint8Array): string {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function sha256Hex(data: Bytes): Promise<string> {
    return hex(await sha256(data));
}

export function join(...parts: Uint8Array[]): Bytes {
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
        out.set(part, at);
        at += part.length;
    }
    return out;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Strict: padded, and only one way to write it. null: it is not base64. */
export function fromBase64(text: string): Bytes | null {
    if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
    try {
        const plain = atob(text);
        return btoa(plain) === text ? Uint8Array.from(plain, (c) => c.charCodeAt(0)) : null;
    } catch {
        return null;
    }
}

export function leafHash(data: Uint8Array): Promise<Bytes> {
    return sha256(join(new Uint8Array([0]), data));
}

function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
    return sha256(join(new Uint8Array([1]), left, right));
}

/** Keeps the right edge only. */
export class Tree {
    private readonly edge: Bytes[] = [];
    count = 0;

    async add(data: Uint8Array): Promise<void> {
        let hash = await leafHash(data);
        let height = 0;
        for (let n = this.count; n % 2 === 1; n = Math.floor(n / 2)) {
            const left = this.edge[height];
            if (left) hash = await nodeHash(left, hash);
            height++;
        }
        this.edge[height] = hash;
        this.count++;
    }

    async root(): Promise<Bytes> {
        let root: Bytes | null = null;
        for (let height = 0, n = this.count; n > 0; height++, n = Math.floor(n / 2)) {
            const part = this.edge[height];
            if (n % 2 === 1 && part) root = root ? await nodeHash(part, root) : part;
        }
        return root ?? sha256(new Uint8Array(0));
    }
}

export interface TreeHead {
    size: number;
    root: Bytes;
}

const half = (n: number): number => Math.floor(n / 2);

/** From a leaf, or the root of a full subtree, up to the roots of two trees. null: the proof does not fit. */
async function climb(proof: Bytes[], begin: Bytes, older: number, newer: number): Promise<[Bytes, Bytes] | null> {
    let [first, last] = [older, newer];
    let [inOlder, inNewer] = [begin, begin];
    for (const hash of proof) {
        if (last === 0) return null;
        if (first % 2 === 1 || first === last) {
            [inOlder, inNewer] = [await nodeHash(hash, inOlder), await nodeHash(hash, inNewer)];
            while (first % 2 === 0 && first !== 0) [first, last] = [half(first), half(last)];
        } else {
            inNewer = await nodeHash(inNewer, hash);
        }
        [first, last] = [half(first), half(last)];
    }
    return last === 0 ? [inOlder, inNewer] : null;
}

/** RFC 9162, 2.1.3.2. */
export async function includes(proof: Bytes[], index: number, leaf: Bytes, head: TreeHead): Promise<boolean> {
    const roots = index < head.size ? await climb(proof, leaf, index, head.size - 1) : null;
    return roots !== null && same(roots[1], head.root);
}

/** RFC 9162, 2.1.4.2: the larger tree begins with all of the smaller one. */
export async function growsFrom(proof: Bytes[], older: TreeHead, newer: TreeHead): Promise<boolean> {
    if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
    if (older.size === 0) return proof.length === 0;
    let [first, last] = [older.size - 1, newer.size - 1];
    while (first % 2 === 1) [first, last] = [half(first), half(last)];
    const [begin, ...rest] = first === 0 ? [older.root, ...proof] : proof;
    const roots = older.size < newer.size && proof.length > 0 && begin ? await climb(rest, begin, first, last) : null;
    return roots !== null && same(roots[0], older.root) && same(roots[1], newer.root);
}
