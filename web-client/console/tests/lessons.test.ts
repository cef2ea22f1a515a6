import { describe, expect, it } from 'vitest';
import type { Lesson, Place } from '@rtc/protocol';
import { asking, hours, monthsUntil, undecided } from '../logic/lessons';
import { MOVING, nextReport, slotsFor, STILLS_AT_ONCE, thumbsNow, toggleReport } from '../logic/thumbs';

const place = (number: number): Place => ({
    number,
    unit: `o${number}`,
    name: `Office ${number}`,
    state: 'here',
    confirmed: true,
    minutes: 3,
    passed: 0,
    failed: 0,
    people: [],
});

const lesson = {
    offices: [place(1), place(2), place(3)],
    checks: [
        {
            number: 1,
            at_ms: 1_000,
            until_ms: 61_000,
            offices: [
                { office: 1, answer: 'answered', verdict: 'open' },
                { office: 2, answer: 'asked', verdict: 'open' },
                { office: 3, answer: 'missed', verdict: 'failed' },
            ],
        },
    ],
} as unknown as Lesson;

describe('a lesson', () => {
    it('waits for a person where an office has answered or missed, not while it may still answer', () => {
        expect(undecided(lesson).map(({ place: of }) => of?.unit)).toEqual(['o1']);
    });

    it('knows the check that is being answered', () => {
        expect(asking(lesson, 60_000)?.number).toBe(1);
        expect(asking(lesson, 61_000)).toBeUndefined();
    });

    it('counts hours and goes back through months', () => {
        expect(hours(90)).toBe('1.5');
        expect(monthsUntil('2026-02', 4)).toEqual(['2026-02', '2026-01', '2025-12', '2025-11']);
    });
});

describe('thumbnails', () => {
    const many = Array.from({ length: 300 }, (_, i) => `s${i}`);

    it('move where they are few', () => {
        expect(thumbsNow(many.slice(0, MOVING), 7)).toEqual({ shown: new Set(many.slice(0, MOVING)), stills: false });
    });

    it('are stills of all of them where they are many', () => {
        const { shown, stills } = thumbsNow(many.slice(0, 96), 7);
        expect(stills).toBe(true);
        expect(shown.size).toBe(96);
        expect(slotsFor(96)).toBeGreaterThan(96);
        expect(slotsFor(500)).toBeLessThanOrEqual(127);
    });

    it('come round for everybody within a minute, never more at once than there are slots', () => {
        const seen = new Set<string>();
        for (let tick = 0; tick < 50; tick += 1) {
            const now = thumbsNow(many, tick);
            expect(now.shown.size).toBe(STILLS_AT_ONCE);
            for (const source of now.shown) seen.add(source);
        }
        expect(seen.size).toBe(many.length);
    });
});

describe('reports in turn', () => {
    it('go in the order of choosing, and end', () => {
        const chosen = toggleReport(toggleReport(toggleReport([], 'b'), 'a'), 'c');
        expect(chosen).toEqual(['b', 'a', 'c']);
        expect(toggleReport(chosen, 'a')).toEqual(['b', 'c']);
        expect(nextReport(chosen, undefined)).toBe('b');
        expect(nextReport(chosen, 'a')).toBe('c');
        expect(nextReport(chosen, 'c')).toBeUndefined();
    });
});
