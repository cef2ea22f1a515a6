import { describe, expect, it } from 'vitest';
import type { ObservedSession } from '../../rtc-core/types';
import { agrees, countOf, redraw, sha256 } from '../logic/draw';
import { areaOf, editOf, MOST_EDITS, timeOf, timeText } from '../logic/edits';
import { damageWord, mayKnow } from '../logic/health';
import { daysOf, observedPercent, periodOf, reasonOf, spanOf, sumsOf, watchersOf } from '../logic/observed';
import { viewersOf } from '../logic/seen';

const ZONE = 'Asia/Shanghai';
/* 2025-03-05 00:30 in Shanghai: still the day before in UTC. */
const NOW = Date.parse('2025-03-04T16:30:00Z');

describe('a period', () => {
    it.each([
        ['week', '2025-02-27', '2025-03-05'],
        ['month', '2025-03-01', '2025-03-05'],
        ['last-month', '2025-02-01', '2025-02-28'],
        ['quarter', '2025-01-01', '2025-03-05'],
    ] as const)('%s goes from %s to %s', (name, from, to) => {
        expect(daysOf(name, NOW, ZONE)).toEqual({ from, to });
        expect(periodOf({ from, to }, NOW, ZONE)).toBe(name);
    });
    it('in January, the month before was last year', () => {
        expect(daysOf('last-month', Date.parse('2025-01-10T00:00:00Z'), ZONE)).toEqual({
            from: '2024-12-01',
            to: '2024-12-31',
        });
    });
    it('counts both days, on the wall clock of the zone', () => {
        expect(spanOf({ from: '2025-03-04', to: '2025-03-04' }, ZONE)).toEqual({
            from_ms: Date.parse('2025-03-03T16:00:00Z'),
            to_ms: Date.parse('2025-03-04T16:00:00Z'),
        });
        expect(spanOf({ from: '2025-03-05', to: '2025-03-04' }, ZONE)).toBeNull();
        expect(spanOf({ from: '', to: '2025-03-04' }, ZONE)).toBeNull();
        expect(spanOf({ from: '2025-13-04', to: '2025-14-04' }, ZONE)).toBeNull();
    });
});

describe('the proof', () => {
    const session = (change: Partial<ObservedSession>): ObservedSession => ({
        session: 's',
        kind: 'visit',
        began_ms: 0,
        duration_ms: 1000,
        required: true,
        observed_ms: 0,
        observers: [],
        proven: false,
        ...change,
    });
    it.each([
        [{ proven: true, observed_ms: 900 }, 'proven'],
        [{ observed_ms: 100 }, 'short'],
        [{}, 'nobody'],
        [{ required: false }, 'free'],
        [{ required: false, recording_class: 'privileged' }, 'privileged'],
    ] as const)('%# is %s', (change, reason) => expect(reasonOf(session(change))).toBe(reason));
    it('is never rounded up to all', () => {
        const answer = { sessions: [], total: 1200, required: 1000, proven: 999, complete: true };
        expect(sumsOf(answer)).toEqual({ proven: 999, open: 1, free: 200, percent: 99 });
        expect(sumsOf({ ...answer, required: 0, proven: 0 }).percent).toBeNull();
        expect(observedPercent(session({ observed_ms: 999 }))).toBe(99);
        expect(observedPercent(session({ observed_ms: 5, duration_ms: 0 }))).toBe(0);
    });
    it('has one row a person, in the order in which they came', () => {
        const observers = [
            { by: 'Liu', from_ms: 500, to_ms: 700 },
            { by: 'Zhang', from_ms: 0, to_ms: 400 },
            { by: 'Zhang', from_ms: 800, to_ms: 900 },
        ];
        expect(watchersOf(session({ observers })).map((one) => [one.by, one.parts.length])).toEqual([
            ['Zhang', 2],
            ['Liu', 1],
        ]);
    });
});

describe('lots', () => {
    const listed = ['s-c', 's-a', 's-b', 's-d'];
    it('are drawn again from the list and the seed', async () => {
        const again = await redraw('seed', listed, 50);
        expect(again.hash).toBe(await sha256('s-a\ns-b\ns-c\ns-d\n'));
        expect(again.wanted).toBe(2);
        expect(again.lots.map((lot) => lot.lot)).toEqual([...again.lots.map((lot) => lot.lot)].sort());
        expect(again.lots[0]?.lot).toBe(await sha256(`seed:${again.lots[0]?.id}`));
        const drawn = again.lots.filter((lot) => lot.drawn).map((lot) => lot.id);
        expect(agrees(again, drawn, again.hash)).toBe(true);
        expect(agrees(again, [...drawn].reverse(), again.hash)).toBe(true);
    });
    it('do not agree when one was replaced, left out, or the list was another', async () => {
        const again = await redraw('seed', listed, 50);
        const drawn = again.lots.filter((lot) => lot.drawn).map((lot) => lot.id);
        const other = again.lots[2]?.id ?? '';
        expect(agrees(again, [drawn[0] ?? '', other], again.hash)).toBe(false);
        expect(agrees(again, drawn.slice(1), again.hash)).toBe(false);
        expect(agrees(again, [...drawn, other], again.hash)).toBe(false);
        expect(agrees(again, drawn, 'f'.repeat(64))).toBe(false);
    });
    it.each([
        [0, 5, 0],
        [1, 5, 1],
        [20, 5, 1],
        [21, 5, 2],
        [3, 100, 3],
        [3, 250, 3],
        [700, 7, 49],
    ])('of %i, %i%% are %i', (n, percent, count) => expect(countOf(n, percent)).toBe(count));
});

describe('edits of a redaction', () => {
    const draft = { what: 'black', party: 'family', from: '0:10', to: '0:20', area: 'all' } as const;
    it.each([
        ['1:05', 65_000],
        ['0:05.5', 5500],
        ['1:00:00', 3_600_000],
        ['90', 90_000],
        ['1：05', 65_000],
        ['', NaN],
        ['1:', NaN],
        ['-1', NaN],
        ['1.5:00', NaN],
        ['1:2:3:4', NaN],
        ['0x10', NaN],
    ])('%s is %d ms', (text, ms) => expect(timeOf(text)).toBe(ms));
    it('write times that are read again', () => {
        for (const ms of [0, 100, 59_900, 60_000, 3_599_900, 3_600_000, 7_261_500])
            expect(timeOf(timeText(ms))).toBe(ms);
    });
    it('are what was chosen, up to the end', () => {
        expect(editOf(draft, 15_000, 0)).toEqual({ what: 'black', party: 'family', from_ms: 10_000, to_ms: 15_000 });
        const left = editOf({ ...draft, area: 'left' }, 60_000, 0);
        expect(left).toMatchObject({ area: { x: 0, y: 0, width: 500, height: 1000 } });
        expect(typeof left === 'string' ? left : areaOf(left)).toBe('left');
        expect(editOf({ ...draft, party: '', area: 'left' }, 60_000, 0)).not.toHaveProperty('area');
        expect(editOf({ ...draft, what: 'mute', area: 'left' }, 60_000, 0)).not.toHaveProperty('area');
        expect(areaOf({ what: 'black', from_ms: 0, to_ms: 1, area: { x: 1, y: 2, width: 3, height: 4 } })).toBe('part');
    });
    it.each([
        [{ from: 'x' }, 0, 'from'],
        [{ to: '' }, 0, 'to'],
        [{ from: '0:20', to: '0:20' }, 0, 'order'],
        [{ from: '0:30' }, 0, 'order'],
        [{ from: '5:00', to: '6:00' }, 0, 'beyond'],
        [{}, MOST_EDITS, 'many'],
    ] as const)('%# say what is wrong', (change, already, fault) =>
        expect(editOf({ ...draft, ...change }, 60_000, already)).toBe(fault),
    );
});

describe('damage', () => {
    it.each([
        ['it is not there any more', 'missing'],
        ['a line of it cannot be read', 'unreadable'],
        ['it is not what the manifest says', 'changed'],
        ['it has not the length that it had', 'changed'],
        ['the moon fell on it', 'other'],
    ])('%s: %s', (what, word) => expect(damageWord(what)).toBe(word));
    it('is not told to offices and procurators', () => {
        expect(mayKnow(['officer'])).toBe(true);
        expect(mayKnow(['procurator'])).toBe(false);
        expect(mayKnow([])).toBe(false);
    });
});

describe('who has seen it', () => {
    it('is one row a person, who looked last first', () => {
        const view = (person: string, at_ms: number, from_ms: number) => ({
            person,
            at_ms,
            from_ms,
            to_ms: from_ms + 10,
        });
        const rows = viewersOf([view('a', 1, 0), { ...view('b', 5, 0), by: 'B' }, view('a', 2, 5)]);
        expect(rows.map((row) => [row.by, row.last, row.ms])).toEqual([
            ['B', 5, 10],
            ['a', 2, 15],
        ]);
    });
});
