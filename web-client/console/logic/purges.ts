/** What the gateway says of a purge in English, as the log has it, for people who read another language. */
import type { words } from '../i18n/all';

export type Why = keyof typeof words.purges.why;

const WHY: readonly [RegExp, Why][] = [
    [/^held$/, 'held'],
    [/^kept longer$/, 'longer'],
    [/^this is more than (?<percent>\d+) % of the archive in a day$/, 'share'],
    [/\bclock\b/, 'clock'],
];

/** The words for why a recording was spared or a purge stopped; null: none are known, the sentence stands for itself. */
export function whyOf(sentence: string): { key: Why; values: Record<string, string> } | null {
    for (const [pattern, key] of WHY) {
        const match = pattern.exec(sentence);
        if (match) return { key, values: { ...match.groups } };
    }
    return null;
}

/** "kept until before 2026-03-25T12:00:00Z": that time; null: there is more to the rule than a time. */
export function ruleBefore(rule: string): number | null {
    const at = Date.parse(/^kept until before (\S+Z)$/.exec(rule)?.[1] ?? '');
    return Number.isNaN(at) ? null : at;
}
