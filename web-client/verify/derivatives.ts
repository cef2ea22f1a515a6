// derivatives/: what was made of the recording, each against its record. Never the original, so never a PASS.
import { load, loadText, parse } from './package.ts';
import { sha256Hex } from './hash.ts';
import type { Case } from './package.ts';

interface DerivedFile {
    name?: string;
    bytes?: number;
    sha256?: string;
}

/** True: it is the record of a redaction. */
async function checkRecord(self: Case, name: string): Promise<boolean> {
    const { report } = self;
    const path = name.replace(/\.json$/, '.webm');
    const record = parse(await loadText(self, name));
    const listed = record?.['file'] as DerivedFile | undefined;
    const parent = record?.['parent'] as { manifest_sha256?: string } | undefined;
    if (
        record?.['format'] !== 'yuanjian-derivative/1' ||
        record['original'] === true ||
        `derivatives/${listed?.name ?? ''}` !== path
    ) {
        report.fail('derivatives', 'bad-record', { file: name });
        return false;
    }
    if (record['session'] !== self.manifest.session.id) report.fail('derivatives', 'other-session', { file: name });
    if (parent?.manifest_sha256 !== self.manifestSha256) report.fail('derivatives', 'other-parent', { file: name });
    const entry = self.entries.get(path);
    const data = await load(self, path);
    if (!entry) report.fail('derivatives', 'missing', { file: path });
    else if (entry.size !== listed?.bytes) report.fail('derivatives', 'size', { file: path });
    else if (!data) report.skip('derivatives', 'too-large-here', { file: path });
    else if ((await sha256Hex(data)) !== listed.sha256) report.fail('derivatives', 'sha256', { file: path });
    report.skip('derivatives', 'derivative', { file: path });
    return record['kind'] === 'redaction';
}

/** Whoever only took the media away has a receipt that lists it still. */
async function receiptListsMedia(self: Case): Promise<boolean> {
    const list = parse(await loadText(self, 'receipt.json'))?.['entries'];
    return !Array.isArray(list) || (list as { name?: string }[]).some(({ name }) => name?.startsWith('media/') ?? true);
}

/** Whether the media was left out on purpose, with a redaction in its place. */
export async function checkDerivatives(self: Case): Promise<boolean> {
    const names = [...self.entries.keys()];
    let redaction = false;
    for (const name of names.filter((key) => key.startsWith('derivatives/'))) {
        if (name.endsWith('.json')) redaction = (await checkRecord(self, name)) || redaction;
        else if (!name.endsWith('.webm') || !self.entries.has(name.replace(/\.webm$/, '.json')))
            self.report.fail('derivatives', 'unexpected', { file: name });
    }
    self.report.done('derivatives');
    return redaction && !names.some((name) => name.startsWith('media/')) && !(await receiptListsMedia(self));
}
