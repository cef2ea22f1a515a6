/** Lots, drawn again on this page: what docs/protocol.md says of them, with the browser's own SHA-256. */

export interface Lot {
    session: string;
    lot: string;
    drawn: boolean;
}
export interface Redrawn {
    /** Of the lines of the list, as they were frozen. */
    hash: string;
    /** All, lowest lot first. */
    lots: Lot[];
    /** How many are drawn. */
    wanted: number;
}

/** So many at a time: the page stays alive, and can tell how far it is. */
const BATCH = 500;
const MOST_PERCENT = 100;

/** Of pages that came over an encrypted line, or from this machine; others must take the gateway's word. */
export const canRedraw = (): boolean => typeof crypto !== 'undefined' && crypto.subtle !== undefined;

export async function sha256(text: string): Promise<string> {
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As many as `percent` of the list, rounded up. */
export const countOf = (listed: number, percent: number): number =>
    Math.ceil((listed * Math.min(Math.max(0, percent), MOST_PERCENT)) / MOST_PERCENT);

/** As bytes are compared: by UTF-16 units would differ only beyond the ids that a gateway makes. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export async function redraw(
    seed: string,
    listed: readonly string[],
    percent: number,
    told: (done: number) => void = () => undefined,
): Promise<Redrawn> {
    const sessions = [...listed].sort(compare);
    const hash = await sha256(sessions.map((session) => `${session}\n`).join(''));
    const lots: Lot[] = [];
    for (let at = 0; at < sessions.length; at += BATCH) {
        const batch = sessions.slice(at, at + BATCH);
        const hashes = await Promise.all(batch.map((session) => sha256(`${seed}:${session}`)));
        batch.forEach((session, index) => lots.push({ session, lot: hashes[index] ?? '', drawn: false }));
        told(lots.length);
    }
    lots.sort((a, b) => compare(a.lot, b.lot) || compare(a.session, b.session));
    const wanted = countOf(lots.length, percent);
    return { hash, lots: lots.map((lot, index) => ({ ...lot, drawn: index < wanted })), wanted };
}

/** Whether the same ones come out, from the same list. */
export function agrees(redrawn: Redrawn, drawn: readonly string[], list_sha256: string): boolean {
    const said = new Set(drawn);
    return (
        redrawn.hash === list_sha256 &&
        said.size === redrawn.wanted &&
        redrawn.lots.every((lot) => lot.drawn === said.has(lot.session))
    );
}
