import type { ConnectionState } from '@rtc/connection';
import type { Visit } from '@rtc/protocol';
import { describe, expect, it } from 'vitest';
import { mayReload } from './errors';
import {
    codeFromText,
    deviceTrouble,
    endText,
    linkFromHash,
    pairProblem,
    peopleOf,
    reportOf,
    screenOf,
    troubleCode,
} from './steps';
import type { Place } from './steps';

const place = (change: Partial<Place> = {}): Place => ({ started: true, ended: null, greeted: true, ...change });
const visit = (state: string): Visit => ({ state }) as Visit;
const open: ConnectionState = { kind: 'open' };

describe('which screen', () => {
    it.each([
        [place({ greeted: false }), { kind: 'connecting' }, null, 'opening'],
        [place(), { kind: 'closed', why: 'sign-in' }, null, 'pair'],
        [place(), { kind: 'closed', why: 'elsewhere' }, visit('live'), 'elsewhere'],
        [place({ started: false }), open, null, 'start'],
        [place(), open, null, 'idle'],
        [place(), { kind: 'lost', retryAt: 0, attempt: 3 }, null, 'idle'],
        [place(), open, visit('waiting'), 'waiting'],
        [place(), open, visit('scheduled'), 'waiting'],
        [place(), open, visit('suspended'), 'live'],
        [place({ ended: { cause: 'completed' } }), open, null, 'ended'],
        [place({ ended: { cause: 'completed' } }), open, visit('waiting'), 'waiting'],
    ] as [Place, ConnectionState, Visit | null, string][])('%j, %j, %j: %s', (where, state, now, screen) =>
        expect(screenOf(where, state, now)).toBe(screen),
    );
});

describe('pairing', () => {
    it.each([
        ['#link=ABC', 'ABC'],
        ['#x=1&link=ABC', 'ABC'],
        ['#link=', null],
        ['', null],
    ])('%j holds %j', (hash, code) => expect(linkFromHash(hash)).toBe(code));
    it.each([
        ['ABC', 'ABC'],
        [' A B C ', 'ABC'],
        ['https://prison.example/terminal#link=ABC', 'ABC'],
    ])('%j means %j', (text, code) => expect(codeFromText(text)).toBe(code));
    it('tells a used code from a lost network', () => {
        expect(pairProblem('link-used')).toBe('pairUsed');
        expect(pairProblem('unreachable')).toBe('pairNetwork');
    });
});

describe('who is in the room', () => {
    it('is a name a line, with a number after it where there is one', () => {
        expect(peopleOf('李四 3301\n\n 王五、Zhang San 7 ')).toEqual([
            { name: '李四', number: '3301' },
            { name: '王五' },
            { name: 'Zhang San', number: '7' },
        ]);
        expect(peopleOf(' \n')).toEqual([]);
    });
});

describe('what a terminal reports', () => {
    it('is bounded, without doubles and control characters', () => {
        const many = Array.from({ length: 20 }, (_, index) => `error ${index}`);
        expect(reportOf(many)).toHaveLength(8);
        expect(reportOf(many).at(-1)).toBe('error 19');
        expect(reportOf(['a', 'a', '', 'x'.repeat(900)])).toEqual(['a', 'x'.repeat(198)]);
        expect(reportOf(['错'.repeat(900)])).toEqual(['错'.repeat(66)]);
        expect(reportOf(['line\u0000one'])).toEqual(['line one']);
    });
    it('names the trouble of the devices', () => {
        expect(troubleCode(deviceTrouble('no-device', 'camera'))).toBe('no-camera');
        expect(troubleCode(deviceTrouble('denied', 'both'))).toBe('camera-denied');
        expect(troubleCode(null)).toBe('');
    });
    it('reads an unknown cause as the officer', () => {
        expect(endText('completed')).toBe('endCompleted');
        expect(endText(undefined)).toBe('endOther');
    });
    it('starts anew once a minute at most', () => {
        expect(mayReload(-Infinity, 0)).toBe(true);
        expect(mayReload(0, 59_999)).toBe(false);
        expect(mayReload(0, 60_000)).toBe(true);
        expect(mayReload(NaN, 1)).toBe(true);
    });
});
