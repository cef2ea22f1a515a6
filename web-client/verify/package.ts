// One package that is being verified: its entries, its manifest, what was found.
import type { Bytes } from './hash.ts';
import type { Certificate } from './certificate.ts';
import type { Report } from './report.ts';
import type { Slices } from './slices.ts';
import type { Entry } from './zip.ts';

export interface ManifestFile {
    file: string;
    track: string;
    bytes: number;
    sha256: string;
    chunks: number;
    first_leaf: number;
}

export interface Gap {
    from_us: number;
    to_us: number;
    cause: string;
}

export interface Manifest {
    format: string;
    session: { id: string; class: string; kind?: string; authority?: string; opened_us: number; ended_us: number };
    recovered: boolean;
    began_us: number;
    duration_us: number;
    made_us: number;
    parties: { id: string; completeness?: { expected_us: number; missing_us: number; gaps: Gap[] } }[];
    files: ManifestFile[];
    documents: { file: string; bytes: number; sha256: string }[];
    leaves: { count: number; sha256_root: string };
    log: { origin: string; opened: number };
    keys: { ed25519: string };
}

export interface Options {
    trusted: string[]; // SHA-256 of certificates, hex
    signal: AbortSignal;
    progress: (share: number) => void;
}

export interface Case {
    file: Slices;
    entries: Map<string, Entry>;
    report: Report;
    options: Options;
    manifest: Manifest;
    manifestSha256: string;
    certificates: Certificate[];
}

export const maxDocument = 64 * 1024 * 1024;

/** Bytes of a small entry; null: it is not there, or too large to be one. */
export async function load(
    self: Pick<Case, 'file' | 'entries'>,
    name: string,
    max = maxDocument,
): Promise<Bytes | null> {
    const entry = self.entries.get(name);
    if (!entry || entry.size > max) return null;
    const bytes = await self.file.read(entry.offset, entry.size);
    return bytes.length === entry.size ? bytes : null;
}

/** UTF-8 that is UTF-8; null: it is not, or not there. */
export async function loadText(self: Pick<Case, 'file' | 'entries'>, name: string): Promise<string | null> {
    const bytes = await load(self, name);
    return bytes && decode(bytes);
}

export function decode(bytes: Uint8Array): string | null {
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        return null;
    }
}

export function parse(text: string | null): Record<string, unknown> | null {
    try {
        const value: unknown = text === null ? null : JSON.parse(text);
        return value !== null && typeof value === 'object' && !Array.isArray(value)
            ? (value as Record<string, unknown>)
            : null;
    } catch {
        return null;
    }
}

function isWhole(value: unknown): value is number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFile(value: ManifestFile): boolean {
    return (
        typeof value.file === 'string' &&
        typeof value.track === 'string' &&
        typeof value.sha256 === 'string' &&
        [value.bytes, value.chunks, value.first_leaf].every(isWhole)
    );
}

/** The manifest with all that is read later in its place; null: it is none. */
export function asManifest(value: Record<string, unknown> | null): Manifest | null {
    const manifest = value as unknown as Manifest | null;
    const times = [
        manifest?.session?.opened_us,
        manifest?.session?.ended_us,
        manifest?.made_us,
        manifest?.began_us,
        manifest?.duration_us,
        manifest?.leaves?.count,
    ];
    const fits =
        manifest?.format === 'yuanjian-manifest/1' &&
        manifest.session.class === 'recorded' &&
        typeof manifest.session.id === 'string' &&
        times.every(isWhole) &&
        [manifest.files, manifest.documents, manifest.parties].every(Array.isArray) &&
        manifest.files.every(isFile) &&
        typeof manifest.log?.origin === 'string' &&
        typeof manifest.keys?.ed25519 === 'string';
    return fits ? manifest : null;
}
