// What is needed of an X.509 certificate: its Ed25519 key, when it is valid, and its fingerprint. Whether to trust it is not asked here.
import { fromBase64, hex, sha256 } from './hash.ts';
import type { Bytes } from './hash.ts';

export interface Certificate {
    name: string;
    sha256: string;
    key: Bytes | null; // 32 bytes; null: another kind of key
    fromMs: number;
    toMs: number;
}

interface Item {
    tag: number;
    content: Bytes;
}

/** The items of a DER sequence; null: it is not one. */
export function readDer(data: Bytes): Item[] | null {
    const items: Item[] = [];
    for (let at = 0; at < data.length;) {
        const tag = data[at] ?? 0;
        let size = data[at + 1] ?? 0;
        at += 2;
        if (size >= 0x80) {
            const n = size & 0x7f;
            if (n === 0 || n > 3) return null;
            size = 0;
            for (let i = 0; i < n; i++) size = size * 256 + (data[at + i] ?? 0);
            at += n;
        }
        if (at + size > data.length) return null;
        items.push({ tag, content: data.slice(at, at + size) });
        at += size;
    }
    return items;
}

/** UTCTime and GeneralizedTime as RFC 5280 has them. NaN: neither. */
function readTime(item: Item | undefined): number {
    const text = item ? new TextDecoder().decode(item.content) : '';
    const year =
        item?.tag === 0x17 ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text.slice(0, 2) : text.slice(0, 4);
    const rest = item?.tag === 0x17 ? text.slice(2) : text.slice(4);
    const [, month, day, hour, minute, second] = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(rest) ?? [];
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

const ed25519 = '06032b6570';

export async function readCertificate(name: string, pem: string): Promise<Certificate | null> {
    const [, body] = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/.exec(pem) ?? [];
    const der = body ? fromBase64(body.replace(/\s/g, '')) : null;
    const outer = der && readDer(der);
    const parts = outer?.length === 1 && outer[0] ? readDer(outer[0].content) : null;
    const fields = parts?.[0] ? readDer(parts[0].content) : null;
    if (!der || !fields) return null;
    const first = fields[0]?.tag === 0xa0 ? 1 : 0; // the version stands before the number
    const validity = fields[first + 3] ? readDer(fields[first + 3]?.content ?? new Uint8Array(0)) : null;
    const spki = fields[first + 5] ? readDer(fields[first + 5]?.content ?? new Uint8Array(0)) : null;
    const fromMs = readTime(validity?.[0]);
    const toMs = readTime(validity?.[1]);
    if (!spki?.[0] || Number.isNaN(fromMs) || Number.isNaN(toMs)) return null;
    const bits = spki[1]?.content;
    const key = hex(spki[0].content) === ed25519 && bits?.length === 33 ? bits.slice(1) : null;
    return { name, sha256: hex(await sha256(der)), key, fromMs, toMs };
}

/** null: this browser has no Ed25519. */
export async function verifyEd25519(key: Bytes, data: Bytes, signature: Bytes): Promise<boolean | null> {
    let imported: CryptoKey;
    try {
        imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    } catch {
        return null;
    }
    return crypto.subtle.verify('Ed25519', imported, signature, data);
}
