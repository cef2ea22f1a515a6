// The log: its checkpoint, what it holds about this session, and that it agrees with the manifest.
import { growsFrom, includes, leafHash, same } from './hash.ts';
import type { Bytes } from './hash.ts';
import { verifyEd25519 } from './certificate.ts';
import { keyHash, parseCheckpoint, parseHashes, parseProof } from './note.ts';
import type { Checkpoint } from './note.ts';
import { load, loadText, parse } from './package.ts';
import type { Case } from './package.ts';
import type { Check } from './report.ts';

const slackUs = 600_000_000;

async function checkSignature(self: Case, checkpoint: Checkpoint): Promise<void> {
    const where = { file: 'log/checkpoint' };
    const text = new TextEncoder().encode(checkpoint.text);
    let found = false;
    for (const { name, key, bytes } of checkpoint.signatures.filter(({ name }) => name === checkpoint.origin)) {
        for (const certificate of self.certificates) {
            if (!certificate.key || !same(await keyHash(name, certificate.key), key)) continue;
            const good = await verifyEd25519(certificate.key, text, bytes);
            if (good === null) self.report.skip('checkpoint', 'no-ed25519-here', where);
            if (good === false) self.report.fail('checkpoint', 'bad-signature', where);
            found = true;
        }
    }
    if (!found) self.report.fail('checkpoint', 'no-signature', where);
    if (checkpoint.origin !== self.manifest.log.origin) self.report.fail('checkpoint', 'origin', where);
    self.report.done('checkpoint');
}

interface Leaf {
    index: number;
    object: Record<string, unknown> | null;
}

async function loadLeaf(
    self: Case,
    stem: string,
    check: Check,
    text: string,
    checkpoint: Checkpoint,
): Promise<Leaf | null> {
    const leaf = await load(self, `log/${stem}.json`);
    const proofText = await loadText(self, `log/${stem}.tlog-proof`);
    const proof = proofText === null ? null : parseProof(proofText);
    const file = leaf ? `log/${stem}.tlog-proof` : `log/${stem}.json`;
    let wrong = '';
    if (!leaf || proofText === null) wrong = 'missing';
    else if (!proof) wrong = 'bad-proof';
    else if (proof.checkpoint !== text) wrong = 'other-checkpoint';
    else if (!(await includes(proof.hashes, proof.index, await leafHash(leaf), checkpoint.head))) wrong = 'not-in-log';
    if (wrong) self.report.fail(check, wrong, { file });
    if (wrong || !leaf || !proof) return null;
    return { index: proof.index, object: parse(new TextDecoder().decode(leaf)) };
}

async function checkManifestLeaf(self: Case, text: string, checkpoint: Checkpoint): Promise<void> {
    const { manifest, report } = self;
    const leaf = await loadLeaf(self, 'manifest', 'log-manifest', text, checkpoint);
    if (leaf) {
        const where = { file: 'log/manifest.json', index: leaf.index };
        const object = leaf.object ?? {};
        if (object['type'] !== 'manifest' || object['session'] !== manifest.session.id)
            report.fail('log-manifest', 'leaf-disagrees', where);
        if (object['sha256'] !== self.manifestSha256) report.fail('log-manifest', 'other-manifest', where);
        if (leaf.index <= manifest.log.opened) report.fail('log-manifest', 'log-order', where);
        if (!(Math.abs(Number(object['at_us']) - manifest.made_us) <= slackUs)) report.fail('time', 'backdated', where);
    }
    report.done('log-manifest');
}

async function checkOpenLeaf(self: Case, text: string, checkpoint: Checkpoint): Promise<void> {
    const { manifest, report } = self;
    if (manifest.log.opened < 0 && !self.entries.has('log/open.json')) {
        report.skip('log-opened', 'not-announced');
        return;
    }
    const leaf = await loadLeaf(self, 'open', 'log-opened', text, checkpoint);
    if (leaf) {
        const where = { file: 'log/open.json', index: leaf.index };
        const object = leaf.object ?? {};
        const agrees =
            object['type'] === 'session.open' &&
            object['session'] === manifest.session.id &&
            (['kind', 'class', 'authority'] as const).every(
                (name) =>
                    object[name] === undefined || !manifest.session[name] || object[name] === manifest.session[name],
            );
        if (!agrees) report.fail('log-opened', 'leaf-disagrees', where);
        if (leaf.index !== manifest.log.opened) report.fail('log-opened', 'log-order', where);
        if (Number(object['at_us']) > manifest.began_us + slackUs) report.fail('time', 'late-open', where);
    }
    report.done('log-opened');
}

async function judgeAudit(self: Case, line: string, last: number, checkpoint: Checkpoint): Promise<[number, string]> {
    const entry = parse(line);
    const { index, leaf, proof } = entry ?? {};
    const texts = Array.isArray(proof) && proof.every((text) => typeof text === 'string') ? (proof as string[]) : null;
    const hashes: Bytes[] | null = texts && parseHashes(texts);
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || typeof leaf !== 'string' || !hashes)
        return [last, 'bad-audit'];
    const hash = await leafHash(new TextEncoder().encode(leaf));
    if (!(await includes(hashes, index, hash, checkpoint.head))) return [index, 'not-in-log'];
    if (index <= last) return [index, 'log-order'];
    const object = parse(leaf);
    if (!object || !leaf.includes(self.manifest.session.id)) return [index, 'other-session'];
    const second = object['type'] === 'manifest' && object['session'] === self.manifest.session.id;
    return [index, second && object['sha256'] !== self.manifestSha256 ? 'other-manifest' : ''];
}

async function checkAudit(self: Case, checkpoint: Checkpoint): Promise<void> {
    const text = await loadText(self, 'log/audit.jsonl');
    const file = 'log/audit.jsonl';
    let last = -1;
    if (text === null) self.report.fail('log-audit', 'missing', { file });
    for (const line of (text ?? '').split('\n').slice(0, -1)) {
        const [index, wrong] = await judgeAudit(self, line, last, checkpoint);
        if (wrong) self.report.fail('log-audit', wrong, index >= 0 ? { file, index } : { file });
        last = index;
    }
    self.report.done('log-audit');
}

/** The checkpoint that was stamped, and that of the package: of one log that only grew. */
async function checkGrowth(self: Case, checkpoint: Checkpoint): Promise<void> {
    for (const file of [...self.entries.keys()].filter((name) => /^time\/checkpoint-\d+$/.test(name))) {
        const stamped = parseCheckpoint((await loadText(self, file)) ?? '');
        const lines = (await loadText(self, file.replace('checkpoint', 'consistency')))?.split('\n').slice(0, -1) ?? [];
        const proof = parseHashes(lines);
        const given = lines.length > 0 || stamped?.head.size === checkpoint.head.size;
        if (!stamped) self.report.fail('consistency', 'bad-checkpoint', { file });
        else if (!given) self.report.skip('consistency', 'no-consistency-given', { file });
        else if (!proof || !(await growsFrom(proof, stamped.head, checkpoint.head)))
            self.report.fail('consistency', 'fork', { file });
    }
}

export async function checkLog(self: Case): Promise<void> {
    const text = await loadText(self, 'log/checkpoint');
    const checkpoint = text === null ? null : parseCheckpoint(text);
    self.report.skip('consistency', 'not-here');
    if (text === null || !checkpoint) {
        self.report.fail('checkpoint', text === null ? 'missing' : 'bad-checkpoint', { file: 'log/checkpoint' });
        return;
    }
    await checkSignature(self, checkpoint);
    await checkOpenLeaf(self, text, checkpoint);
    await checkManifestLeaf(self, text, checkpoint);
    await checkAudit(self, checkpoint);
    await checkGrowth(self, checkpoint);
}
