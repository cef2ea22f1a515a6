import { describe, expect, it } from 'vitest';
import { changed, correct, covers, MAX_NUDGE, nextSpeed, positionAt, skipOver } from '../logic/player-sync';
import { arrange } from '../logic/snapshot';
import {
    cluster,
    gapAt,
    eachOnce,
    gapsOf,
    markKind,
    marksOf,
    missingMs,
    neighbour,
    pausedStretches,
    percent,
    sharesOf,
    ticks,
    withCounted,
} from '../logic/timeline';

const track = { start_ms: 1200, duration_ms: 10_000 };
const at = (time: number, seeking = false) => ({ time, seeking });

describe('a file that follows the clock', () => {
    it('plays at the speed when it is in step', () => {
        expect(correct(3200, track, at(2.0), 1, true)).toEqual({ active: true, rate: 1 });
        expect(correct(3200, track, at(2.039), 2, true)).toEqual({ active: true, rate: 2 });
    });
    it('is nudged while it is a little off, towards the clock and never hard', () => {
        const behind = correct(3200, track, at(1.9), 1, true);
        const ahead = correct(3200, track, at(2.1), 1, true);
        expect(behind.seek).toBeUndefined();
        expect(behind.rate).toBeGreaterThan(1);
        expect(ahead.rate).toBeLessThan(1);
        expect(Math.abs(correct(3200, track, at(1.75), 1, true).rate - 1)).toBeLessThanOrEqual(MAX_NUDGE + 1e-9);
    });
    it('is moved when it is far off', () => {
        expect(correct(3200, track, at(1.6), 1, true).seek).toBeCloseTo(2.0);
        expect(correct(3200, track, at(9), 1, true).seek).toBeCloseTo(2.0);
    });
    it('allows a larger distance at a higher speed, where it is as short a time', () => {
        expect(correct(3200, track, at(1.2), 4, true).seek).toBeUndefined();
    });
    it('is left alone while it seeks', () => {
        expect(correct(3200, track, at(9, true), 1, true)).toEqual({ active: true, rate: 1 });
    });
    it('is silent before it begins and after it ended', () => {
        expect(correct(1000, track, at(0), 1, true).active).toBe(false);
        expect(correct(11_200, track, at(10), 1, true).active).toBe(false);
        expect(covers(1200, track)).toBe(true);
        expect(covers(11_200, track)).toBe(false);
    });
    it('is put exactly right while it stands still', () => {
        expect(correct(3200, track, at(1.9), 1, false)).toEqual({ active: false, seek: 2, rate: 1 });
        expect(correct(3200, track, at(2.01), 1, false).seek).toBeUndefined();
    });
    it('comes into step within two seconds from any small distance', () => {
        for (const start of [-0.29, -0.1, 0.05, 0.2, 0.29]) {
            let time = 2 + start;
            let position = 3200;
            for (let n = 0; n < 100; n++) {
                const next = correct(position, track, at(time), 1, true);
                expect(next.seek).toBeUndefined();
                time += 0.04 * next.rate;
                position += 40;
            }
            expect(Math.abs(time - (position - 1200) / 1000)).toBeLessThan(0.045);
        }
    });
});

describe('the clock', () => {
    const clock = { position_ms: 1000, at_ms: 50_000, speed: 2, running: true };
    it('runs at its speed and stops at the end', () => {
        expect(positionAt(clock, 51_000, 60_000)).toBe(3000);
        expect(positionAt(clock, 151_000, 60_000)).toBe(60_000);
        expect(positionAt({ ...clock, running: false }, 99_000, 60_000)).toBe(1000);
    });
    it('does not jump when its speed changes', () => {
        const slower = changed(clock, 51_000, 60_000, { speed: 0.5 });
        expect(positionAt(slower, 51_000, 60_000)).toBe(3000);
        expect(positionAt(slower, 52_000, 60_000)).toBe(3500);
    });
    it('goes over paused stretches, but lets one see them', () => {
        const stretches = [{ from_ms: 10_000, to_ms: 20_000 }];
        expect(skipOver(10_200, stretches)).toBe(10_200);
        expect(skipOver(10_600, stretches)).toBe(20_000);
        expect(skipOver(20_000, stretches)).toBe(20_000);
    });
    it('has speeds with ends', () => {
        expect(nextSpeed(1, 1)).toBe(1.25);
        expect(nextSpeed(1, -1)).toBe(0.75);
        expect(nextSpeed(4, 1)).toBe(4);
        expect(nextSpeed(0.5, -1)).toBe(0.5);
    });
});

describe('the line', () => {
    const events = [
        { at_ms: 0, type: 'admit' },
        { at_ms: 5000, type: 'visit.pause' },
        { at_ms: 8000, type: 'resume' },
        { at_ms: 20_000, type: 'drop' },
        { at_ms: 21_000, type: 'return' },
        { at_ms: 90_000, type: 'pause' },
    ];
    it('knows what kind each event is', () => {
        expect(events.map((event) => markKind(event.type))).toEqual([
            'begin',
            'pause',
            'resume',
            'drop',
            'return',
            'pause',
        ]);
        expect(markKind('something-new')).toBe('other');
    });
    it('pairs pauses with resumes, the last with the end', () => {
        expect(pausedStretches(events, 100_000)).toEqual([
            { from_ms: 5000, to_ms: 8000 },
            { from_ms: 90_000, to_ms: 100_000 },
        ]);
        expect(pausedStretches([{ at_ms: 5, type: 'resume' }], 100)).toEqual([]);
    });
    it('puts notes among events, in order', () => {
        const marks = marksOf(events, [{ at_ms: 6000 }]);
        expect(marks.map((mark) => mark.at_ms)).toEqual([0, 5000, 6000, 8000, 20_000, 21_000, 90_000]);
        expect(marks[2]).toMatchObject({ kind: 'note', source: 'note', index: 0 });
    });
    it('joins marks that would lie on each other', () => {
        const placed = cluster(marksOf(events, []), 100_000, 1.5);
        expect(placed.map((place) => place.marks.length)).toEqual([1, 1, 1, 2, 1]);
    });
    it('finds the next mark and the one before', () => {
        const marks = marksOf(events, []);
        expect(neighbour(marks, 5000, 1)?.at_ms).toBe(8000);
        expect(neighbour(marks, 8500, -1)?.at_ms).toBe(5000);
        expect(neighbour(marks, 95_000, 1)).toBeUndefined();
    });
    it('stays on the line', () => {
        expect(percent(-5, 100)).toBe(0);
        expect(percent(150, 100)).toBe(100);
        expect(percent(1, 0)).toBe(0);
    });
    it('has round ticks, not too many', () => {
        expect(ticks(62_000, 10)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
        expect(ticks(1_800_000, 10).length).toBeLessThanOrEqual(11);
        expect(ticks(0, 10)).toEqual([0]);
    });
});

describe('gaps', () => {
    const file = (
        start_ms: number,
        duration_ms: number,
        gaps: { from_ms: number; to_ms: number; cause: string }[] = [],
    ) => ({ start_ms, duration_ms, gaps });
    it('are what no file of the side covers', () => {
        expect(gapsOf([file(1000, 9000)], 12_000)).toEqual([
            { from_ms: 0, to_ms: 1000, cause: 'not-yet' },
            { from_ms: 10_000, to_ms: 12_000, cause: 'ended' },
        ]);
    });
    it('keep the cause that the file tells', () => {
        expect(gapsOf([file(0, 10_000, [{ from_ms: 4000, to_ms: 6000, cause: 'paused' }])], 10_000)).toEqual([
            { from_ms: 4000, to_ms: 6000, cause: 'paused' },
        ]);
    });
    it('lie between the files of a side that dropped and came back', () => {
        expect(gapsOf([file(0, 3000), file(5000, 5000)], 10_000)).toEqual([
            { from_ms: 3000, to_ms: 5000, cause: 'network' },
        ]);
    });
    it('are not there where another file has what this one lacks', () => {
        expect(
            gapsOf([file(0, 10_000, [{ from_ms: 4000, to_ms: 6000, cause: 'network' }]), file(3900, 2200)], 10_000),
        ).toEqual([]);
    });
    it('shorter than a blink are none', () => {
        expect(gapsOf([file(100, 9800)], 10_000)).toEqual([]);
    });
    it('of a side without files are everything', () => {
        /* Nothing was sent: the file has no hole, the sealer counted one; and one until the end, whose cause is not that they left. */
        const counted = [
            { track: 'v', from_ms: 4000, to_ms: 7000, cause: 'paused' },
            { track: 'a', from_ms: 5000, to_ms: 8000, cause: 'network' },
            { track: 'v', from_ms: 9000, to_ms: 10_000, cause: 'network' },
        ];
        expect(gapsOf(withCounted([{ ...file(0, 9000), track: 'v' }], counted), 10_000)).toEqual([
            { from_ms: 4000, to_ms: 7000, cause: 'paused' },
            { from_ms: 9000, to_ms: 10_000, cause: 'network' },
        ]);
        expect(sharesOf(eachOnce(counted))).toEqual([
            { cause: 'network', ms: 2000 },
            { cause: 'paused', ms: 3000 },
        ]);
        expect(gapsOf([], 10_000)).toEqual([{ from_ms: 0, to_ms: 10_000, cause: 'not-yet' }]);
    });
    it('add up without the pauses', () => {
        const gaps = gapsOf(
            [
                file(0, 10_000, [
                    { from_ms: 1000, to_ms: 3000, cause: 'paused' },
                    { from_ms: 5000, to_ms: 6000, cause: 'network' },
                ]),
            ],
            10_000,
        );
        expect(missingMs(gaps)).toBe(1000);
        expect(gapAt(gaps, 5500)?.cause).toBe('network');
        expect(gapAt(gaps, 4000)).toBeUndefined();
    });
});

describe('a snapshot', () => {
    it('stands pictures of any shape side by side at one height', () => {
        expect(
            arrange(
                [
                    { width: 640, height: 480 },
                    { width: 360, height: 640 },
                ],
                480,
            ),
        ).toEqual([
            { x: 0, width: 640 },
            { x: 640, width: 270 },
        ]);
    });
});
