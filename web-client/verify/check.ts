// The checks of a package, in their order. What a browser cannot do is NOT COVERED, with the reason: SM2, SM3, time stamps.
import { hex, sha256, sha256Hex } from './hash.ts';
import { readCertificate, verifyEd25519 } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { checkDerivatives } from './derivatives.ts';
import { checkLog } from './log.ts';
import { checkMedia } from './media.ts';
import { asManifest, decode, load, loadText, maxDocument, parse } from './package.ts';
import type { Case, Gap, Options } from './package.ts';
import { Report } from './report.ts';
import { Refused } from './slices.ts';
import type { Slices } from './slices.ts';
import { readZip } from './zip.ts';
import type { Entry } from './zip.ts';

const slackUs = 60_000_000;
const causes = new Set(['network', 'node', 'recorder', 'muted', 'paused', 'left', 'terminal']);

async function readKeys(self: Pick<Case, 'file' | 'entries'>, report: Report): Promise<Certificate[]> {
    const found: Certificate[] = [];
    for (const name of [...self.entries.keys()].filter((key) => key.startsWith('keys/')).slice(0, 64)) {
        const certificate = await readCertificate(name, (await loadText(self, name)) ?? '');
        if (certificate) found.push(certificate);
        else report.fail('certificates', 'bad-certificate', { file: name });
    }
    return found;
}

function judgeSigner(self: Case, certificate: Certificate, atUs: number): void {
    const { report, options } = self;
    const where = { file: certificate.name, detail: certificate.sha256 };
    if (atUs / 1000 < certificate.fromMs || atUs / 1000 > certificate.toMs)
        report.fail('certificates', 'certificate-date', where);
    if (options.trusted.length === 0) report.skip('signer', 'no-trust', where);
    else if (!options.trusted.includes(certificate.sha256)) report.fail('signer', 'not-trusted', where);
}

async function checkSigned(
    self: Case,
    stem: 'manifest' | 'receipt',
    check: 'signature-ed25519' | 'receipt',
): Promise<void> {
    const { report } = self;
    const where = { file: `${stem}.ed25519` };
    const data = await load(self, `${stem}.json`);
    const signature = await load(self, where.file, 256);
    const usable = self.certificates.filter(
        ({ key, sha256: sum }) => key && (stem === 'receipt' || sum === self.manifest.keys.ed25519),
    );
    if (!data || !signature) report.fail(check, 'no-signature', where);
    else if (usable.length === 0) report.fail(check, 'no-certificate', where);
    else {
        let outcome: boolean | null = false;
        for (const certificate of usable) {
            outcome = certificate.key && (await verifyEd25519(certificate.key, data, signature));
            if (outcome !== true) continue;
            judgeSigner(self, certificate, self.manifest.made_us);
            break;
        }
        if (outcome === null) report.skip(check, 'no-ed25519-here', where);
        if (outcome === false) report.fail(check, 'bad-signature', where);
    }
    report.done(check);
}

async function checkDocuments(self: Case): Promise<void> {
    for (const name of ['recording.json', 'leaves.jsonl']) {
        const listed = self.manifest.documents.find((document) => document.file === name);
        const data = await load(self, name, maxDocument);
        if (!listed || !data) self.report.fail('documents', 'missing', { file: name });
        else if (data.length !== listed.bytes) self.report.fail('documents', 'size', { file: name });
        else if ((await sha256Hex(data)) !== listed.sha256) self.report.fail('documents', 'sha256', { file: name });
    }
    self.report.done('documents');
}

/** Each moment once, where several tracks miss it; null: a gap lies outside of the recording, or its cause is unknown. */
export function addGaps(gaps: Gap[], latestUs: number): number | null {
    const fits = ({ from_us: from, to_us: to, cause }: Gap): boolean =>
        from >= 0 && to >= from && to <= latestUs && causes.has(cause);
    if (!gaps.every(fits)) return null;
    let sum = 0;
    let until = 0;
    for (const { from_us: from, to_us: to } of [...gaps].sort((a, b) => a.from_us - b.from_us)) {
        sum += Math.max(0, to - Math.max(from, until));
        until = Math.max(until, to);
    }
    return sum;
}

function checkCompleteness(self: Case): void {
    for (const { id, completeness } of self.manifest.parties) {
        const sum = addGaps(completeness?.gaps ?? [], self.manifest.duration_us + slackUs);
        const adds = sum !== null && completeness?.missing_us === sum && completeness.expected_us >= sum;
        if (!adds) self.report.fail('completeness', sum === null ? 'bad-gap' : 'gap-sum', { detail: id });
    }
    self.report.done('completeness');
}

function checkTimes(self: Case): void {
    const { session, began_us: began, made_us: made } = self.manifest;
    const agree =
        session.ended_us >= session.opened_us &&
        began >= session.opened_us - slackUs &&
        began <= session.ended_us + slackUs &&
        made >= session.ended_us - slackUs;
    if (!agree) self.report.fail('time', 'times-disagree');
    for (const check of ['time-stamp', 'time-authority'] as const) self.report.skip(check, 'not-here');
    self.report.skip('time', 'no-time-stamp-here');
    self.report.done('time');
}

interface Listed {
    name: string;
    bytes: number;
    sha256: string;
}

async function judgeListed(self: Case, listed: Listed): Promise<string> {
    const entry = self.entries.get(listed.name);
    if (!entry) return 'missing';
    if (entry.size !== listed.bytes) return 'size';
    const file = self.manifest.files.find(({ file: name }) => `media/${name}` === listed.name);
    if (file) return file.sha256 === listed.sha256 ? '' : 'sha256'; // its chunks are checked one by one
    const data = await load(self, listed.name);
    if (!data) return 'too-large-here';
    return hex(await sha256(data)) === listed.sha256 ? '' : 'sha256';
}

async function checkReceipt(self: Case): Promise<void> {
    const { report, manifest } = self;
    const receipt = parse(await loadText(self, 'receipt.json'));
    const list = receipt?.['entries'];
    if (!receipt || receipt['format'] !== 'yuanjian-receipt/1' || !Array.isArray(list)) {
        report.fail('receipt', self.entries.has('receipt.json') ? 'bad-receipt' : 'missing', { file: 'receipt.json' });
        return;
    }
    await checkSigned(self, 'receipt', 'receipt');
    if (receipt['session'] !== manifest.session.id || receipt['manifest_sha256'] !== self.manifestSha256)
        report.fail('receipt', 'leaf-disagrees', { file: 'receipt.json' });
    const entries = list as Listed[];
    for (const listed of entries) {
        const wrong = await judgeListed(self, listed);
        if (wrong === 'too-large-here') report.skip('receipt', wrong, { file: listed.name });
        else if (wrong) report.fail('receipt', wrong, { file: listed.name });
    }
    const known = new Set(entries.map(({ name }) => name));
    const media = new Set(manifest.files.map(({ file }) => `media/${file}`));
    for (const name of self.entries.keys()) {
        const expected =
            name.startsWith('receipt.') || (known.has(name) && (!name.startsWith('media/') || media.has(name)));
        if (!expected) report.fail('receipt', 'unexpected', { file: name });
    }
}

/** Everything that a browser can say about a package. Throws Refused('cancelled') only. */
export async function verify(file: Slices, options: Options): Promise<Report> {
    const report = new Report();
    let entries: Map<string, Entry>;
    try {
        entries = await readZip(file);
    } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        report.fail('package', problem.reason, problem.file ? { file: problem.file } : {});
        return report;
    }
    report.done('package');
    const data = await load({ file, entries }, 'manifest.json', 16 * 1024 * 1024);
    const manifest = asManifest(parse(data && decode(data)));
    if (!data || !manifest) {
        report.fail('manifest', data ? 'bad-manifest' : 'missing', { file: 'manifest.json' });
        return report;
    }
    report.done('manifest');
    report.session = manifest.session.id;
    const certificates = await readKeys({ file, entries }, report);
    const self: Case = {
        file,
        entries,
        report,
        options,
        manifest,
        manifestSha256: await sha256Hex(data),
        certificates,
    };
    report.skip('signature-sm2', 'sm2-not-here');
    await checkSigned(self, 'manifest', 'signature-ed25519');
    await checkDocuments(self);
    checkCompleteness(self);
    checkTimes(self);
    await checkLog(self);
    await checkMedia(self, await checkDerivatives(self));
    await checkReceipt(self);
    report.done('certificates', 'signer');
    return report;
}
