/** What the pages of spot checks show of a list. Pure. */
import type { Candidate, CheckItem } from '@rtc/protocol';

const DAY = 24 * 3600_000;
const PER_CENT = 100;

/** Of being the first who is drawn, in per cent with one place. */
export function chanceOf(one: Candidate, all: readonly Candidate[]): string {
    const lots = all.reduce((sum, other) => sum + other.weight, 0);
    return lots > 0 ? `${((one.weight / lots) * PER_CENT).toFixed(1)}%` : '–';
}

export const daysSince = (ms: number, now: number): number => Math.max(0, Math.floor((now - ms) / DAY));

export const drawnOf = (items: readonly CheckItem[]): CheckItem[] =>
    items.filter((item) => item.rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));

/** Weights by hand and who is left out, as they lie over what the gateway has weighed. */
export function changed(
    items: readonly Candidate[],
    weights: Readonly<Record<string, number>>,
    excluded: Readonly<Record<string, string>>,
): Candidate[] {
    return items.map((item) => {
        const reason = excluded[item.id];
        if (reason !== undefined) return { ...item, weight: 0, reason };
        return { ...item, weight: weights[item.id] ?? item.weight };
    });
}
