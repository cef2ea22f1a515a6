/**
 * Thumbnails of many offices: as many streams as the page can carry, in turn; what is not live just now keeps its last picture. Pure.
 */

/** Pictures that move at once, and how many are handed on each second. */
export const LIVE_AT_ONCE = 24;
const HANDED_ON = 6;

/** Those whose turn it is in second `tick`: all of them where there are few, else a window that goes round. */
export function liveNow(sources: readonly string[], tick: number): ReadonlySet<string> {
    if (sources.length <= LIVE_AT_ONCE) return new Set(sources);
    const first = (tick * HANDED_ON) % sources.length;
    return new Set(Array.from({ length: LIVE_AT_ONCE }, (_, i) => sources[(first + i) % sources.length] ?? ''));
}

/** Sites that report one after another (demonstration): whose turn comes after `unit`; undefined: it was the last. */
export function nextReport(units: readonly string[], unit: string | undefined): string | undefined {
    return unit === undefined ? units[0] : units[units.indexOf(unit) + 1];
}

/** Chooses a site to report, or takes it out again; the order is that of choosing. */
export function toggleReport(units: readonly string[], unit: string): string[] {
    return units.includes(unit) ? units.filter((one) => one !== unit) : [...units, unit];
}
