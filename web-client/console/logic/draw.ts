/** Lots, drawn again on this page: what docs/protocol.md says of them, with the browser's own SHA-256. */

export interface Lot {
    id: string;
    /** The lowest of its lots; empty: it has none. */
    lot: string;
    weight: number;
    drawn: boolean;
}
/** Who has a weight of three has three lots in the drum. */
export interface Weighted {
    id: string;
    weight: number;
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

async function lowestOf(seed: string, one: Weighted): Promise<string> {
    const names = Array.from({ length: one.weight }, (_, i) => (i === 0 ? one.id : `${one.id}:${i + 1}`));
    const lots = await Promise.all(names.map((name) => sha256(`${seed}:${name}`)));
    return lots.sort(compare)[0] ?? '';
}

/** As bytes are compared: by UTF-16 units would differ only beyond the ids that a gateway makes. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `lineOf`: how one stands in the list that was frozen. */
async function drawAll(
    seed: string,
    listed: readonly Weighted[],
    wanted: number,
    lineOf: (one: Weighted) => string,
    told: (done: number) => void,
): Promise<Redrawn> {
    const sorted = [...listed].sort((a, b) => compare(a.id, b.id));
    const hash = await sha256(sorted.map((one) => `${lineOf(one)}\n`).join(''));
    const lots: Lot[] = [];
    for (let at = 0; at < sorted.length; at += BATCH) {
        const batch = sorted.slice(at, at + BATCH);
        const found = await Promise.all(batch.map((one) => lowestOf(seed, one)));
        batch.forEach((one, index) => lots.push({ ...one, lot: found[index] ?? '', drawn: false }));
        told(lots.length);
    }
    lots.sort((a, b) => Number(a.lot === '') - Number(b.lot === '') || compare(a.lot, b.lot) || compare(a.id, b.id));
    return { hash, lots: lots.map((lot, index) => ({ ...lot, drawn: index < wanted && lot.lot !== '' })), wanted };
}

type Told = (done: number) => void;

export const redraw = (
    seed: string,
    listed: readonly string[],
    percent: number,
    told: Told = () => undefined,
): Promise<Redrawn> =>
    drawAll(
        seed,
        listed.map((id) => ({ id, weight: 1 })),
        countOf(listed.length, percent),
        (one) => one.id,
        told,
    );

export const redrawWeighted = (
    seed: string,
    listed: readonly Weighted[],
    wanted: number,
    told: Told = () => undefined,
): Promise<Redrawn> => drawAll(seed, listed, wanted, (one) => `${one.id} ${one.weight}`, told);

/** What was published before the draw, from the seed that it revealed. */
export const publishedOf = (seed: string, list_sha256: string): Promise<string> => sha256(`${seed}:${list_sha256}`);

/** Whether the same ones come out, from the same list. */
export function agrees(redrawn: Redrawn, drawn: readonly string[], list_sha256: string): boolean {
    const said = new Set(drawn);
    return (
        redrawn.hash === list_sha256 &&
        said.size === redrawn.wanted &&
        redrawn.lots.every((lot) => lot.drawn === said.has(lot.id))
    );
}
