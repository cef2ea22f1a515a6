import { describe, expect, it } from 'vitest';
import type { Office } from '@rtc/protocol';
import { clockLeft, merge, nextOf, officesOf } from '../logic/rollcall';

const office = (number: number, state: Office['state'], more: Partial<Office> = {}): Office => ({
    number,
    unit: `o${number}`,
    name: `Office ${number}`,
    state,
    calls: 1,
    ...more,
});

describe('a roll-call', () => {
    const offices = [
        office(1, 'answered'),
        office(2, 'absent'),
        office(3, 'answered'),
        office(4, 'answered', { left: true }),
    ];

    it('goes through those that are there, round and round', () => {
        expect(nextOf(offices, undefined, 1)?.unit).toBe('o1');
        expect(nextOf(offices, 'o1', 1)?.unit).toBe('o3');
        expect(nextOf(offices, 'o3', 1)?.unit).toBe('o1');
        expect(nextOf(offices, 'o1', -1)?.unit).toBe('o3');
        expect(nextOf(offices, 'o2', -1)?.unit).toBe('o3');
        expect(nextOf([office(2, 'absent')], 'o2', 1)).toBeUndefined();
    });

    it('takes changes by number and keeps the order', () => {
        const merged = merge(offices, [office(2, 'answered'), office(5, 'ringing')]);
        expect(merged.map(({ number, state }) => `${number} ${state}`)).toEqual([
            '1 answered',
            '2 answered',
            '3 answered',
            '4 answered',
            '5 ringing',
        ]);
    });

    it('shows a clock that runs down', () => {
        const ringing = office(1, 'ringing', { until_ms: 60_000 });
        expect(clockLeft(ringing, 60, 0)).toBe(1);
        expect(clockLeft(ringing, 60, 45_000)).toBe(0.25);
        expect(clockLeft(ringing, 60, 99_000)).toBe(0);
        expect(clockLeft(office(1, 'absent', { until_ms: 60_000 }), 60, 0)).toBe(0);
    });

    it('calls units with a terminal and those at the bottom', () => {
        const units = [
            { id: 'city', parent: null },
            { id: 'county', parent: 'city', terminal: 't' },
            { id: 'a', parent: 'county', terminal: 't1' },
            { id: 'b', parent: 'county' },
            { id: 'c', parent: 'county' },
        ];
        expect(officesOf(units, new Set(['city', 'county', 'a', 'b']))).toEqual(['county', 'a', 'b']);
    });
});
