/** Periods, places of what was recorded, and sums for charts. Pure. */
import type { CoveredOffice, Fact, FactKind, Looker, Part, Unit } from '@rtc/protocol';
import { isoDate, wallTime } from './time';

const DAY_MS = 86_400_000;
const two = (n: number) => String(n).padStart(2, '0');

/** "2026-03", the newest first. */
export function months(now: number, zone: string, n: number): string[] {
    const wall = wallTime(now, zone);
    return Array.from({ length: n }, (_, i) => {
        const month = wall.year * 12 + wall.month - 1 - i;
        return `${Math.floor(month / 12)}-${two((month % 12) + 1)}`;
    });
}

/** "2026-Q1", the newest first. */
export function quarters(now: number, zone: string, n: number): string[] {
    const wall = wallTime(now, zone);
    return Array.from({ length: n }, (_, i) => {
        const quarter = wall.year * 4 + Math.floor((wall.month - 1) / 3) - i;
        return `${Math.floor(quarter / 4)}-Q${(quarter % 4) + 1}`;
    });
}

/** "2026-W13" (ISO 8601) of a day, as the zone's calendar has it. */
export function weekOf(ms: number, zone: string): string {
    const wall = wallTime(ms, zone);
    const day = new Date(Date.UTC(wall.year, wall.month - 1, wall.day));
    day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7)); /* its Thursday says the year */
    const first = Date.UTC(day.getUTCFullYear(), 0, 1);
    return `${day.getUTCFullYear()}-W${two(Math.floor((day.getTime() - first) / DAY_MS / 7) + 1)}`;
}

export const weeks = (now: number, zone: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => weekOf(now - i * 7 * DAY_MS, zone));

/** Days from the Monday of the week of an instant: "2026-03-23" ... and that Monday. */
export function mondayOf(ms: number, zone: string): string {
    const wall = wallTime(ms, zone);
    const day = new Date(Date.UTC(wall.year, wall.month - 1, wall.day));
    day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
    return day.toISOString().slice(0, 10);
}
export function addDays(date: string, days: number): string {
    return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
/** The next day's date where a shift ends earlier on the clock than it begins. */
export const endOf = (date: string, from: string, until: string): string =>
    `${until > from ? date : addDays(date, 1)}T${until}`;

/** The page of what an entry is about; null: it has none here. */
export function placeOf(object: string | undefined): string | null {
    const [kind = '', id = ''] = (object ?? '').split(/:(.*)/s);
    if (!id) return null;
    if (kind === 'ticket') return `/tickets/${encodeURIComponent(id)}`;
    if (kind === 'roll-call') return `/rollcalls/${encodeURIComponent(id)}`;
    if (kind === 'case') return `/cases/${encodeURIComponent(id)}`;
    if (kind === 'spot-check') return `/spotchecks/${encodeURIComponent(id)}`;
    if (kind === 'lesson') return `/lessons/${encodeURIComponent(id)}`;
    return null;
}

/** "2026-0003" of a ticket, a name: what the detail says that a reader wants. */
export function aboutOf(fact: Pick<Fact, 'detail'>): string {
    const { number, text, reason, name } = fact.detail ?? {};
    return [number, name, text, reason].filter((part) => typeof part === 'string' && part !== '').join(' · ');
}

export const kindsOfPart: Readonly<Record<Part, FactKind[]>> = {
    response: ['answered', 'absent'],
    'in-time': ['ticket-issued', 'ticket-overdue'],
    lasting: ['ticket-replied', 'ticket-reopened'],
    covered: ['look', 'answered', 'spot-checked', 'ticket-issued'],
};
export const inspections = kindsOfPart.covered;

/** Offices in groups of the unit right below the chosen one; those without are together, last. */
export function inGroups(offices: readonly CoveredOffice[]): { unit: Unit | null; offices: CoveredOffice[] }[] {
    const groups = new Map<string, { unit: Unit | null; offices: CoveredOffice[] }>();
    for (const office of offices) {
        const own = !office.group || office.group.id === office.unit?.id;
        const key = own ? '' : (office.group?.id ?? '');
        const group = groups.get(key) ?? { unit: own ? null : (office.group ?? null), offices: [] };
        group.offices.push(office);
        groups.set(key, group);
    }
    return [...groups.values()].sort((a, b) => Number(a.unit === null) - Number(b.unit === null));
}

/** 0: never; up to 3. */
export const shadeOf = (inspected: number): number => (inspected === 0 ? 0 : inspected < 3 ? 1 : inspected < 8 ? 2 : 3);

export interface PersonSum {
    who: string;
    by: string;
    looks: number;
    looked_ms: number;
    units: number;
}
/** The longest first. */
export function byPerson(lookers: readonly Looker[]): PersonSum[] {
    const sums = new Map<string, PersonSum>();
    for (const one of lookers) {
        const sum = sums.get(one.who) ?? { who: one.who, by: one.by, looks: 0, looked_ms: 0, units: 0 };
        sum.looks += one.looks;
        sum.looked_ms += one.looked_ms;
        sum.units += 1;
        sums.set(one.who, sum);
    }
    return [...sums.values()].sort((a, b) => b.looked_ms - a.looked_ms);
}

export const score = (permille: number): string => (permille < 0 ? '–' : (permille / 10).toFixed(1));
export const dayName = (ms: number, zone: string): string => isoDate(ms, zone);
