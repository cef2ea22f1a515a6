/**
 * Thumbnails of many offices: a few move; of more there are stills, one every few seconds each, which a browser carries for as many as it
 * has slots; of more than that the slots go round, and what has none just now keeps its last picture. Pure.
 */

/** Pictures that move at once, and slots for stills, and how many of those are handed on each second. */
export const MOVING = 12;
export const STILLS_AT_ONCE = 112;
const HANDED_ON = 6;
/** Slots rest between two pictures: more than are shown at once. */
const RESTING = 12;

export interface Thumbs {
    /** Those that have a slot in second `tick`. */
    shown: ReadonlySet<string>;
    stills: boolean;
}

export function thumbsNow(sources: readonly string[], tick: number): Thumbs {
    const stills = sources.length > MOVING;
    if (sources.length <= STILLS_AT_ONCE) return { shown: new Set(sources), stills };
    const first = (tick * HANDED_ON) % sources.length;
    const window = Array.from({ length: STILLS_AT_ONCE }, (_, i) => sources[(first + i) % sources.length] ?? '');
    return { shown: new Set(window), stills };
}

/** Slots for so many offices. */
export const slotsFor = (offices: number): number => Math.min(Math.max(offices, MOVING), STILLS_AT_ONCE) + RESTING;

/** Sites that report one after another (demonstration): whose turn comes after `unit`; undefined: it was the last. */
export function nextReport(units: readonly string[], unit: string | undefined): string | undefined {
    return unit === undefined ? units[0] : units[units.indexOf(unit) + 1];
}

/** Chooses a site to report, or takes it out again; the order is that of choosing. */
export function toggleReport(units: readonly string[], unit: string): string[] {
    return units.includes(unit) ? units.filter((one) => one !== unit) : [...units, unit];
}
