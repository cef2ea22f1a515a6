// The readers against the package that the verifier's own tests keep, and against what somebody could make of it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCertificate, readDer } from './certificate.ts';
import { addGaps, verify } from './check.ts';
import { fromBase64, growsFrom, hex, includes, join, leafHash, sha256, Tree } from './hash.ts';
import type { Bytes, TreeHead } from './hash.ts';
import { parseCheckpoint, parseProof } from './note.ts';
import type { Report } from './report.ts';
import { slicesOfBytes } from './slices.ts';
import { say, sayReason, titles, words } from './words.ts';
import { readZip } from './zip.ts';

const read = (name: string): Uint8Array =>
    new Uint8Array(readFileSync(fileURLToPath(new URL(`../../tests/verify/packages/${name}`, import.meta.url))));
const stored = read('format-1.evp');
const redacted = read('redacted-1.evp');
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function check(bytes: Uint8Array, trusted: string[] = []): Promise<Report> {
    return verify(slicesOfBytes(bytes), { trusted, signal: new AbortController().signal, progress: () => undefined });
}

/** The package with bytes of one entry replaced by others of the same size. */
async function changed(name: string, change: (data: Uint8Array) => void, of = stored): Promise<Uint8Array> {
    const bytes = of.slice();
    const entry = (await readZip(slicesOfBytes(bytes))).get(name);
    if (!entry) throw new Error(`${name} is not there`);
    change(bytes.subarray(entry.offset, entry.offset + entry.size));
    return bytes;
}

const flip = (at: number) => (data: Uint8Array) => {
    data[at] = (data[at] ?? 0) ^ 1;
};
const replace = (from: string, to: string) => (data: Uint8Array) => {
    const at = text(data).indexOf(from); // what is searched stands before anything that is not ASCII
    if (at < 0 || from.length !== to.length) throw new Error(`${from} is not there`);
    data.set(new TextEncoder().encode(to), new TextEncoder().encode(text(data).slice(0, at)).length);
};

describe('a package', () => {
    it('passes, and what a browser cannot do is not covered', async () => {
        const report = await check(stored);
        expect(report.overall()).toBe('PASS');
        expect(report.session).toBe('S-0042');
        for (const name of ['package', 'documents', 'leaves', 'media', 'log-manifest', 'log-audit', 'receipt'] as const)
            expect([name, report.findings(name), report.result(name)]).toEqual([name, [], 'PASS']);
        for (const name of ['signature-sm2', 'signer', 'time-stamp', 'consistency'] as const)
            expect(report.result(name)).toBe('NOT COVERED');
    });

    it('has a signer that may be trusted, or not', async () => {
        const pem = readFileSync(
            fileURLToPath(new URL('../../tests/verify/packages/format-1.keys/ed25519-1.crt', import.meta.url)),
            'utf8',
        );
        const certificate = await readCertificate('ed25519-1.crt', pem);
        expect((await check(stored, [certificate?.sha256 ?? ''])).result('signer')).toBe('PASS');
        expect((await check(stored, ['0'.repeat(64)])).result('signer')).toBe('FAIL');
    });

    const tampered: [string, string, (data: Uint8Array) => void, string, string][] = [
        ['a bit of the picture', 'media/family-1-video-1.webm', flip(12000), 'media', 'chunk-sha256'],
        ['a bit of the sound', 'media/family-1-audio-1.webm', flip(3), 'media', 'chunk-sha256'],
        ['a leaf', 'leaves.jsonl', replace('"lost":0', '"lost":9'), 'merkle-roots', 'root'],
        ['the link of a leaf', 'leaves.jsonl', replace('"lost":0', '"lost":9'), 'leaves', 'chunk-link'],
        ['recording.json', 'recording.json', flip(20), 'documents', 'sha256'],
        ['the manifest', 'manifest.json', replace('"opened":3', '"opened":2'), 'signature-ed25519', 'bad-signature'],
        [
            'the manifest, by the log',
            'manifest.json',
            replace('"opened":3', '"opened":2'),
            'log-manifest',
            'other-manifest',
        ],
        ['the signature', 'manifest.ed25519', flip(9), 'signature-ed25519', 'bad-signature'],
        ['the checkpoint', 'log/checkpoint', replace('\nat 1', '\nat 2'), 'checkpoint', 'bad-signature'],
        ['the opening', 'log/open.json', replace('rule 7', 'rule 8'), 'log-opened', 'not-in-log'],
        ['a proof', 'log/manifest.tlog-proof', replace('index 9', 'index 8'), 'log-manifest', 'not-in-log'],
        ['an audit entry', 'log/audit.jsonl', replace('officer-1', 'officer-2'), 'log-audit', 'not-in-log'],
        ['the receipt', 'receipt.json', replace('request', 'demands'), 'receipt', 'bad-signature'],
        ['what only the receipt covers', 'report.html', flip(1), 'receipt', 'sha256'],
        ['a certificate', 'keys/ed25519-1.crt', replace('MII', 'MIJ'), 'signature-ed25519', 'no-certificate'],
    ];
    it.each(tampered)('fails by %s', async (_, name, change, failing, reason) => {
        const report = await check(await changed(name, change));
        expect(report.overall()).toBe('FAIL');
        const found = report.findings(failing as 'media').find((finding) => finding.reason === reason);
        expect(found, JSON.stringify(report.findings(failing as 'media'))).toBeDefined();
        if (reason === 'chunk-sha256') expect(found).toMatchObject({ file: name, track: name.slice(6, -5) });
    });

    it.each([
        ['its tail', (n: number) => stored.slice(0, n - 30), 'zip-no-end'],
        ['bytes behind it', () => new Uint8Array([...stored, 0]), 'zip-no-end'],
        ['bytes before it', () => new Uint8Array([0x50, 0x4b, ...stored]), 'zip-hole'],
        ['anything else', () => new TextEncoder().encode('hello'), 'not-a-package'],
        ['nothing', () => new Uint8Array(0), 'not-a-package'],
    ])('is refused for %s', async (_, make, reason) => {
        const report = await check(make(stored.length));
        expect(report.findings('package').map((finding) => finding.reason)).toEqual([reason]);
    });

    it('is cut anywhere without harm', async () => {
        for (let size = 1; size < stored.length; size += 1499) {
            const report = await check(stored.slice(0, size));
            expect(report.overall()).toBe('FAIL');
        }
    });

    it('without its media is redacted, and that is not covered', async () => {
        const report = await check(redacted);
        expect(report.overall()).toBe('PASS');
        expect(report.findings('derivatives')).toMatchObject([{ reason: 'derivative', result: 'NOT COVERED' }]);
        for (const name of ['leaves', 'media'] as const)
            expect(report.findings(name)).toEqual([{ reason: 'left-out', result: 'NOT COVERED' }]);
        for (const name of ['documents', 'log-manifest', 'receipt'] as const) expect(report.result(name)).toBe('PASS');
    });

    const derived: [string, string, (data: Uint8Array) => void, string, string][] = [
        ['its picture', 'derivatives/D-1.webm', flip(99), 'derivatives', 'sha256'],
        ['another session', 'derivatives/D-1.json', replace('S-0042', 'S-0043'), 'derivatives', 'other-session'],
        ['another parent', 'derivatives/D-1.json', replace('"parent"', '"barent"'), 'derivatives', 'other-parent'],
        [
            'another format',
            'derivatives/D-1.json',
            replace('derivative/1', 'derivative/2'),
            'derivatives',
            'bad-record',
        ],
        ['another kind', 'derivatives/D-1.json', replace('"redaction"', '"composite"'), 'media', 'missing'],
        [
            'media in the receipt',
            'receipt.json',
            replace('derivatives/D-1.webm', 'media/11/111111.webm'),
            'media',
            'missing',
        ],
    ];
    it.each(derived)('with a redaction fails by %s', async (_, name, change, failing, reason) => {
        const report = await check(await changed(name, change, redacted));
        expect(report.overall()).toBe('FAIL');
        expect(report.findings(failing as 'media').map((finding) => finding.reason)).toContain(reason);
    });

    it('can be given up', async () => {
        const abort = new AbortController();
        abort.abort();
        const options = { trusted: [], signal: abort.signal, progress: () => undefined };
        await expect(verify(slicesOfBytes(stored), options)).rejects.toMatchObject({ reason: 'cancelled' });
    });
});

describe('gaps', () => {
    const gap = (from: number, to: number, cause = 'network') => ({ from_us: from, to_us: to, cause });
    it.each([
        [[], 0],
        [[gap(1, 3), gap(2, 5), gap(2, 4)], 4],
        [[gap(1, 3), gap(9, 10)], 3],
        [[gap(2, 3), gap(1, 2)], 2],
        [[gap(3, 2)], null],
        [[gap(1, 101)], null],
        [[gap(1, 2, 'magic')], null],
    ])('%j are %s', (gaps, sum) => {
        expect(addGaps(gaps, 100)).toBe(sum);
    });
});

function split(size: number): number {
    let left = 1;
    while (left * 2 < size) left *= 2;
    return left;
}

/* As RFC 9162 defines them, from the top. */
async function rootOf(hashes: Bytes[]): Promise<Bytes> {
    const [only] = hashes;
    if (hashes.length === 1 && only) return only;
    const at = split(hashes.length);
    return sha256(join(new Uint8Array([1]), await rootOf(hashes.slice(0, at)), await rootOf(hashes.slice(at))));
}

async function headOf(hashes: Bytes[], size: number): Promise<TreeHead> {
    return { size, root: await rootOf(hashes.slice(0, size)) };
}

async function prove(hashes: Bytes[], older: number, whole = true): Promise<Bytes[]> {
    if (older === hashes.length) return whole ? [] : [await rootOf(hashes)];
    const at = split(hashes.length);
    if (older <= at) return [...(await prove(hashes.slice(0, at), older, whole)), await rootOf(hashes.slice(at))];
    return [...(await prove(hashes.slice(at), older - at, false)), await rootOf(hashes.slice(0, at))];
}

describe('trees', () => {
    it('have the roots and proofs of RFC 6962', async () => {
        const tree = new Tree();
        expect(hex(await tree.root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
        await tree.add(new Uint8Array(0));
        expect(hex(await tree.root())).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
        await tree.add(new Uint8Array([0]));
        await tree.add(new Uint8Array([0x10]));
        expect(hex(await tree.root())).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
        const first = await leafHash(new Uint8Array(0));
        const head = { size: 1, root: first };
        expect(await includes([], 0, first, head)).toBe(true);
        expect(await includes([first], 0, first, head)).toBe(false);
        expect(await includes([], 1, first, head)).toBe(false);
    });

    it('grow from each other, and from no other', async () => {
        const leaves = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9].map((byte) => leafHash(new Uint8Array([byte]))));
        const others = [await leafHash(new Uint8Array([0])), ...leaves.slice(1)];
        for (let newer = 1; newer <= leaves.length; newer++) {
            for (let older = 1; older <= newer; older++) {
                const proof = await prove(leaves.slice(0, newer), older);
                const heads: [TreeHead, TreeHead] = [await headOf(leaves, older), await headOf(leaves, newer)];
                expect([older, newer, await growsFrom(proof, ...heads)]).toEqual([older, newer, true]);
                expect(await growsFrom(proof, await headOf(others, older), heads[1])).toBe(false);
                expect(await growsFrom(proof, heads[0], await headOf(others, newer))).toBe(false);
                expect(await growsFrom([...proof, heads[0].root], ...heads)).toBe(false);
                if (older < newer) expect(await growsFrom(proof, heads[1], heads[0])).toBe(false);
            }
        }
    });
});

describe('texts', () => {
    it.each(['', 'a', 'YQ', 'YQ=', 'YR==', 'Y!==', 'YQ==\n', '===='])('base64 %j is refused', (value) => {
        expect(fromBase64(value)).toBeNull();
    });
    it.each(['', 'x\n\n— a b\n', 'o\n1\nAAAA\n\n— o YWFhYWE=\n', 'o\n01\n' + 'A'.repeat(43) + '=\n\n— o YWFhYWE=\n'])(
        'note %j is refused',
        (value) => {
            expect(parseCheckpoint(value)).toBeNull();
        },
    );
    it.each(['', 'c2sp.org/tlog-proof@v1\nindex x\n\n', 'c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n'])(
        'proof %j is refused',
        (value) => {
            expect(parseProof(value)).toBeNull();
        },
    );
    it('DER that runs past its end is refused', () => {
        expect(readDer(new Uint8Array([0x30, 5, 1]))).toBeNull();
        expect(readDer(new Uint8Array([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]))).toBeNull();
    });
    it('every reason and title has both languages', () => {
        for (const [zh, en] of [...Object.values(titles), ...Object.values(words)]) {
            expect(zh).not.toBe('');
            expect(en).not.toBe('');
        }
        expect(sayReason('chunk-sha256', 'zh')).toContain('SHA-256');
        expect(say('bad', 'en', { n: 2 })).toContain('2 failed');
    });
});
