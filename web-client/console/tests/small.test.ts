import { describe, expect, it } from 'vitest';
import { problems, suggestedStart, times } from '../logic/booking';
import { slim } from '../style-diet';
import { keyName } from '../logic/keys';
import { linkCode } from '../logic/link';
import { linePath, push } from '../logic/sparkline';
import { clockTime, countdown, dateTime, dayOf, duration, isoDate, stamp, wallToMs } from '../logic/time';
import { countBelow, findNode, openAtFirst, pathOf, treeOf } from '../logic/units';
import { units } from './data';

describe('times', () => {
    const zone = 'Asia/Shanghai';
    const at = Date.UTC(2025, 2, 4, 16, 5, 9);
    it('are of the zone of the gateway', () => {
        expect(isoDate(at, zone)).toBe('2025-03-05');
        expect(clockTime(at, zone)).toBe('00:05');
        expect(dateTime(at, zone, true)).toBe('2025-03-05 00:05:09');
    });
    it('go back to the same instant', () => {
        expect(wallToMs('2025-03-05', '00:05', zone)).toBe(Date.UTC(2025, 2, 4, 16, 5));
        expect(wallToMs('2025-07-01', '12:00', 'Europe/Berlin')).toBe(Date.UTC(2025, 6, 1, 10, 0));
        expect(wallToMs('2025-01-01', '12:00', 'Europe/Berlin')).toBe(Date.UTC(2025, 0, 1, 11, 0));
    });
    it.each(['', '2025-3-5', '2025-13-05', 'tomorrow'])('%j is no date', (date) =>
        expect(wallToMs(date, '09:00', zone)).toBeNaN(),
    );
    it.each(['', '9:00', '25:00', '09:61'])('%j is no time', (time) =>
        expect(wallToMs('2025-03-05', time, zone)).toBeNaN(),
    );
    it('know days of 23 and 25 hours', () => {
        const hours = (date: string) => {
            const { from, to } = dayOf(wallToMs(date, '12:00', 'Europe/Berlin'), 'Europe/Berlin');
            return (to - from) / 3_600_000;
        };
        expect([hours('2025-03-30'), hours('2025-10-26'), hours('2025-06-01')]).toEqual([23, 25, 24]);
    });
    it.each([
        [0, '0:00', '0:00', '00:00:00'],
        [999, '0:00', '0:01', '00:00:00'],
        [65_000, '1:05', '1:05', '00:01:05'],
        [3_845_000, '1:04:05', '1:04:05', '01:04:05'],
        [-5, '0:00', '0:00', '00:00:00'],
    ])('%i ms', (ms, passed, left, fixed) =>
        expect([duration(ms), countdown(ms), stamp(ms)]).toEqual([passed, left, fixed]),
    );
});

describe('a one-time link', () => {
    it.each([
        ['#link=Zk3mP9QrTt7uVw', 'Zk3mP9QrTt7uVw'],
        ['#/link=Zk3mP9QrTt7uVw', 'Zk3mP9QrTt7uVw'],
        ['#link=', null],
        ['#link=a b', null],
        ['#/visits', null],
        ['', null],
    ])('%j', (fragment, code) => expect(linkCode(fragment)).toBe(code));
});

describe('a booking', () => {
    const good = {
        subject: 's',
        visitors: ['a'],
        terminal: 't',
        startsMs: 1_000_000,
        minutes: 25,
        recordingClass: 'recorded' as const,
        reason: '',
    };
    it.each([
        [{}, []],
        [{ subject: '' }, ['needSubject']],
        [{ visitors: ['a', 'b', 'c', 'd'] }, ['needVisitors']],
        [{ terminal: '' }, ['needTerminal']],
        [{ startsMs: NaN }, ['needTime']],
        [{ startsMs: -2_000_000 }, ['past']],
        [{ recordingClass: 'privileged' as const }, ['needReason']],
        [{ recordingClass: 'privileged' as const, reason: 'counsel' }, []],
    ])('%j lacks %j', (change, lacking) => expect(problems({ ...good, ...change }, 0)).toEqual(lacking));
    it('may begin late into its slot', () => expect(problems(good, 1_000_000 + 600_000)).toEqual([]));
    it('is suggested for a full five minutes', () => expect(suggestedStart(1_000_000) % 300_000).toBe(0));
    it('has a choice of times', () => expect([times()[0], times()[95]]).toEqual(['00:00', '23:45']));
});

describe('keys', () => {
    const key = (name: string, more = {}) =>
        keyName({ key: name, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more });
    it.each([
        [' ', {}, 'Space'],
        ['K', { shiftKey: true }, 'k'],
        ['?', { shiftKey: true }, '?'],
        ['ArrowLeft', { shiftKey: true }, 'Shift+ArrowLeft'],
        ['p', { ctrlKey: true }, null],
    ])('%j', (name, more, meant) => expect(key(name, more)).toBe(meant));
});

describe('the tree of units', () => {
    it('is open as far as it fits', () => {
        const leaf = (id: string) => ({ id, name: id, tier: 'office', children: [] });
        const tree = [{ ...leaf('a'), children: [{ ...leaf('b'), children: [leaf('c'), leaf('d')] }, leaf('e')] }];
        expect(openAtFirst(tree, 5)).toEqual(['a', 'b']);
        expect(openAtFirst(tree, 4)).toEqual(['a']);
        expect(openAtFirst(tree, 2)).toEqual([]);
    });

    it('has every unit once', () => {
        const tree = treeOf(units);
        expect(tree).toHaveLength(1);
        expect(tree.reduce((sum, node) => sum + 1 + countBelow(node), 0)).toBe(units.length);
        expect(findNode(tree, 'u-c3-4')?.name).toBe('北原第5司法所');
    });
    it('begins where one may look', () => {
        expect(treeOf(units.filter((unit) => unit.id.startsWith('u-c3'))).map((node) => node.id)).toEqual(['u-c3']);
    });
    it('survives a circle', () => {
        const circle = [
            { id: 'a', name: 'a', tier: 'office', parent: 'b' },
            { id: 'b', name: 'b', tier: 'office', parent: 'a' },
        ];
        expect(pathOf(circle, 'a').map((unit) => unit.id)).toEqual(['b', 'a']);
        expect(treeOf(circle).length).toBe(2);
    });
});

describe('the small line', () => {
    it('ends at the right edge', () => {
        expect(linePath([0, 50, 100], 3, 100, 100, 34)).toEqual({ path: 'M0,33L50,17.5L100,2', from: 0 });
        expect(linePath([1, 1], 11, 100, 100, 34)?.from).toBe(90);
        expect(linePath([1], 11, 100, 100, 34)).toBeNull();
    });
    it('keeps the newest', () => expect(push([1, 2, 3], 4, 3)).toEqual([2, 3, 4]));
});

describe('the style sheet', () => {
    it('loses selectors that no page uses, and keeps what stands beside them', () => {
        expect(
            slim('.el-button--info,.el-button--danger{a:b}.el-tag--dark{c:d}@media x{.el-tag--dark{c:d}.el-tag{e:f}}'),
        ).toBe('.el-button--danger{a:b}@media x{.el-tag{e:f}}');
    });
});
