/** Proof that what had to be observed was: which period, how much of it, and why something is not proven. Pure. */
import type { Observed, ObservedSession } from '@rtc/protocol';
import { isoDate, wallToMs } from './time';

export const PERIODS = ['week', 'month', 'last-month', 'quarter'] as const;
export type Period = (typeof PERIODS)[number];
export interface Days {
    from: string;
    to: string;
}

const DAY = 86_400_000;
const WEEK_DAYS = 7;
const QUARTER_MONTHS = 3;
const DATE = /^\d{4}-\d\d-\d\d$/;

const two = (value: number) => String(value).padStart(2, '0');
/** Of a month counted from January of year 0. */
const firstOf = (month: number): string => `${Math.floor(month / 12)}-${two((month % 12) + 1)}-01`;
const shifted = (date: string, days: number): string =>
    new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** First and last day, both counted, on the wall clock of the zone. */
export function daysOf(period: Period, now_ms: number, zone: string): Days {
    const today = isoDate(now_ms, zone);
    if (period === 'week') return { from: shifted(today, 1 - WEEK_DAYS), to: today };
    const month = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
    if (period === 'month') return { from: firstOf(month), to: today };
    if (period === 'last-month') return { from: firstOf(month - 1), to: shifted(firstOf(month), -1) };
    return { from: firstOf(month - (month % QUARTER_MONTHS)), to: today };
}

export function periodOf(days: Days, now_ms: number, zone: string): Period | null {
    return (
        PERIODS.find((one) => {
            const own = daysOf(one, now_ms, zone);
            return own.from === days.from && own.to === days.to;
        }) ?? null
    );
}

/** From the first midnight to the one after the last day; null for what is no period. */
export function spanOf(days: Days, zone: string): { from_ms: number; to_ms: number } | null {
    if (!DATE.test(days.from) || !DATE.test(days.to) || days.to < days.from) return null;
    const from_ms = wallToMs(days.from, '00:00', zone);
    const last = Date.parse(`${days.to}T00:00:00Z`);
    if (Number.isNaN(from_ms) || Number.isNaN(last)) return null;
    return { from_ms, to_ms: wallToMs(shifted(days.to, 1), '00:00', zone) };
}

export const REASONS = ['proven', 'privileged', 'free', 'nobody', 'short'] as const;
export type Reason = (typeof REASONS)[number];

/** What is to be said of one session. */
export function reasonOf(session: ObservedSession): Reason {
    if (session.required) return session.proven ? 'proven' : session.observed_ms > 0 ? 'short' : 'nobody';
    return session.recording_class === 'privileged' ? 'privileged' : 'free';
}

export const observedPercent = (session: ObservedSession): number =>
    session.duration_ms > 0 ? Math.min(100, Math.floor((session.observed_ms * 100) / session.duration_ms)) : 0;

export interface Sums {
    proven: number;
    open: number;
    free: number;
    /** Of what had to be observed; null where nothing had to be. Never 100 while something is open. */
    percent: number | null;
}

export function sumsOf(answer: Observed): Sums {
    const open = Math.max(0, answer.required - answer.proven);
    return {
        proven: answer.proven,
        open,
        free: Math.max(0, answer.total - answer.required),
        percent: answer.required > 0 ? Math.floor((answer.proven * 100) / answer.required) : null,
    };
}

export interface Watcher {
    by: string;
    parts: { from_ms: number; to_ms: number }[];
}

/** One row a person, in the order in which they came. */
export function watchersOf(session: ObservedSession): Watcher[] {
    const people = new Map<string, Watcher>();
    for (const one of [...session.observers].sort((a, b) => a.from_ms - b.from_ms)) {
        const watcher = people.get(one.by) ?? { by: one.by, parts: [] };
        watcher.parts.push({ from_ms: one.from_ms, to_ms: one.to_ms });
        people.set(one.by, watcher);
    }
    return [...people.values()];
}
