import { describe, expect, it } from 'vitest';
import type { CoveredOffice } from '@rtc/protocol';
import {
    aboutOf,
    addDays,
    byPerson,
    endOf,
    inGroups,
    mondayOf,
    months,
    placeOf,
    quarters,
    score,
    weekOf,
} from '../logic/reports';

const zone = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);

describe('periods', () => {
    it('goes back over the turn of the year', () => {
        expect(months(at('2026-02-10T12:00Z'), zone, 3)).toEqual(['2026-02', '2026-01', '2025-12']);
        expect(quarters(at('2026-04-10T12:00Z'), zone, 3)).toEqual(['2026-Q2', '2026-Q1', '2025-Q4']);
    });
    it('knows weeks as ISO 8601 has them, by the calendar of the zone', () => {
        expect(weekOf(at('2026-01-01T12:00Z'), zone)).toBe('2026-W01');
        expect(weekOf(at('2027-01-01T12:00Z'), zone)).toBe('2026-W53');
        expect(weekOf(at('2026-03-29T22:30Z'), zone)).toBe('2026-W14');
        expect(mondayOf(at('2026-03-29T21:30Z'), zone)).toBe('2026-03-23');
    });
    it('ends a night on the next day', () => {
        expect(endOf('2026-03-31', '20:00', '08:00')).toBe('2026-04-01T08:00');
        expect(endOf('2026-03-31', '08:00', '20:00')).toBe('2026-03-31T20:00');
        expect(addDays('2026-03-28', 2)).toBe('2026-03-30');
    });
});

describe('what was recorded', () => {
    it('leads to the page of what it is about', () => {
        expect(placeOf('ticket:t-1')).toBe('/tickets/t-1');
        expect(placeOf('roll-call:a/b')).toBe('/rollcalls/a%2Fb');
        expect(placeOf('terminal:t')).toBeNull();
        expect(placeOf(undefined)).toBeNull();
        expect(placeOf('ticket:')).toBeNull();
    });
    it('says what a reader wants', () => {
        expect(aboutOf({ detail: { number: '2026-0001', text: 'Files', unit: 'u' } })).toBe('2026-0001 · Files');
        expect(aboutOf({})).toBe('');
        expect(aboutOf({ detail: { text: 7 } })).toBe('');
    });
});

describe('coverage', () => {
    const office = (id: string, group?: string): CoveredOffice => ({
        unit: { id, name: id },
        ...(group ? { group: { id: group, name: group } } : {}),
        inspections: 0,
        looks: 0,
        looked_ms: 0,
    });
    it('groups offices by the unit right below; those right below stand alone, last', () => {
        const groups = inGroups([office('p', 'p'), office('a', 'c1'), office('b', 'c1')]);
        expect(groups.map((group) => [group.unit?.id, group.offices.length])).toEqual([
            ['c1', 2],
            [undefined, 1],
        ]);
    });
    it('adds up who looked, the longest first', () => {
        const looker = (who: string, ms: number) => ({ who, by: who, looks: 1, looked_ms: ms, last_ms: 0 });
        expect(
            byPerson([looker('a', 5), looker('b', 7), looker('a', 6)]).map((one) => [one.by, one.looked_ms]),
        ).toEqual([
            ['a', 11],
            ['b', 7],
        ]);
    });
    it('shows thousandths as people read them', () => {
        expect([score(1000), score(866), score(-1)]).toEqual(['100.0', '86.6', '–']);
    });
});
