import { describe, expect, it } from 'vitest';
import type { Quality, Visit } from '@rtc/protocol';
import {
    alarms,
    groupVisits,
    heardAt,
    isReady,
    recordingView,
    searchVisits,
    timeView,
    worstFirst,
} from '../logic/grouping';
import { missing, obstacles, presenceOf } from '../logic/presence';
import { aDay, quality, visit } from './data';

const now = 1_760_000_000_000;
const running = (change: Partial<Visit>): Visit =>
    visit(now, -10, { state: 'live', live_since_ms: now - 300_000, ends_at_ms: now + 600_000, ...change });
const sides = (family: Partial<Quality>, terminal: Partial<Quality> = {}): Visit['parties'] => ({
    family: { present: true, ready: true, connected: true, quality: quality(family) },
    terminal: { present: true, ready: true, connected: true, quality: quality(terminal) },
});

describe('groups', () => {
    it('come in the order of urgency, without empty ones', () => {
        expect(groupVisits(aDay(now)).map((group) => group.name)).toEqual([
            'ready',
            'waiting',
            'live',
            'held',
            'coming',
            'ended',
        ]);
        expect(groupVisits([])).toEqual([]);
    });
    it('put a live visit that ends soonest first', () => {
        const late = running({ id: 'late', ends_at_ms: now + 900_000 });
        const soon = running({ id: 'soon', ends_at_ms: now + 60_000 });
        expect(groupVisits([late, soon])[0]?.visits.map((one) => one.id)).toEqual(['soon', 'late']);
    });
    it('put what has only a grace time before what is paused', () => {
        const paused = running({ id: 'paused', state: 'paused', starts_ms: 1 });
        const suspended = running({ id: 'suspended', state: 'suspended', starts_ms: 2 });
        expect(groupVisits([paused, suspended])[0]?.visits[0]?.id).toBe('suspended');
    });
    it('need both sides for ready', () => {
        const both = visit(now, 0, { state: 'waiting', parties: sides({}) });
        expect(isReady(both)).toBe(true);
        expect(
            isReady({ ...both, parties: { ...both.parties, terminal: { ...both.parties.terminal, ready: false } } }),
        ).toBe(false);
        expect(isReady({ ...both, state: 'live' })).toBe(false);
    });
});

describe('search', () => {
    const day = aDay(now);
    it.each([
        ['陈志强', 1],
        ['20455', 1],
        ['母亲', 2],
        ['母亲 陈', 1],
        ['  ', day.length],
        ['nobody', 0],
    ])('%j finds %i', (text, count) => expect(searchVisits(day, text)).toHaveLength(count));
});

describe('the recording badge', () => {
    it.each([
        ['of a privileged visit never says recorded', running({ recording_class: 'privileged' }), 'privileged'],
        ['without a recording says so', running({ recording: { state: 'none' } }), 'none'],
        [
            'when the service says so',
            running({ recording: { state: 'recording', up_to_ms: now - 1500, behind_ms: 1500 } }),
            'stale',
        ],
        ['while it advances', running({ recording: { state: 'recording', up_to_ms: now - 400 } }), 'recording'],
        [
            'that does not advance is an alarm',
            running({ recording: { state: 'recording', up_to_ms: now - 30_000 } }),
            'stale',
        ],
        [
            'stands still while paused, which is right',
            running({ state: 'paused', recording: { state: 'recording', up_to_ms: now - 30_000 } }),
            'recording',
        ],
        ['has failed', running({ recording: { state: 'failed' } }), 'failed'],
    ])('%s', (_name, it, kind) => expect(recordingView(it, now).kind).toBe(kind));
    it('is not stale because this page has not asked for a while', () => {
        const told = heardAt(running({ recording: { state: 'recording', up_to_ms: now - 60_300 } }), now - 60_000);
        expect(recordingView(told, now).kind).toBe('recording');
        const stuck = heardAt(running({ recording: { state: 'recording', up_to_ms: now - 60_300 } }), now - 1000);
        expect(recordingView(stuck, now).kind).toBe('stale');
    });
    it('says how much there is, not when', () => {
        const view = recordingView(running({ recording: { state: 'recording', up_to_ms: now - 1000 } }), now);
        expect(view).toMatchObject({ recordedMs: 299_000, behindMs: 1000 });
    });
    it('is not stale in the first moments, when nothing is on disk yet', () => {
        const view = recordingView(running({ live_since_ms: now - 1000, recording: { state: 'recording' } }), now);
        expect(view).toMatchObject({ kind: 'recording', recordedMs: 0 });
    });
});

describe('alarms', () => {
    it('come worst first', () => {
        const day = [
            running({ id: 'ending', ends_at_ms: now + 30_000, recording: { state: 'recording', up_to_ms: now } }),
            running({
                id: 'gone',
                parties: sides({ level: 'gone' }),
                recording: { state: 'recording', up_to_ms: now },
            }),
            running({ id: 'failed', recording: { state: 'failed' } }),
        ];
        expect(alarms(day, now).map((alarm) => [alarm.kind, alarm.visit.id])).toEqual([
            ['failed', 'failed'],
            ['gone', 'gone'],
            ['ending', 'ending'],
        ]);
    });
    it('tell of a terminal that is off only once its slot has begun', () => {
        const off = (starts: number) => {
            const one = visit(now, starts, {});
            return { ...one, terminal: { ...one.terminal, online: false } };
        };
        expect(alarms([off(5)], now)).toEqual([]);
        expect(alarms([off(-5)], now).map((alarm) => alarm.kind)).toEqual(['offline']);
        expect(alarms([off(-60)], now)).toEqual([]);
    });
});

describe('the wall', () => {
    it('shows what is flagged before what is merely weak', () => {
        const good = running({ id: 'good', parties: sides({}) });
        const weak = running({ id: 'weak', parties: sides({}, { level: 'weak' }) });
        const failed = running({ id: 'failed', parties: sides({}), recording: { state: 'failed' } });
        expect(worstFirst([good, weak, failed], now).map((one) => one.id)).toEqual(['failed', 'weak', 'good']);
    });
});

describe('the time of a visit', () => {
    it.each([
        [running({ state: 'suspended', resumes_until_ms: now + 5000 }), 'grace', 5000],
        [running({ state: 'paused' }), 'left', 600_000],
        [visit(now, 10, {}), 'starts', 600_000],
        [visit(now, -2, {}), 'late', 120_000],
        [visit(now, -2, { state: 'ended' }), 'none', 0],
    ])('%#', (one, kind, ms) => expect(timeView(one, now)).toMatchObject({ kind, ms }));
});

describe('before admission', () => {
    const waiting = (family: Partial<Visit['parties']['family']>, change: Partial<Visit> = {}) =>
        visit(now, 0, {
            state: 'waiting',
            parties: {
                family: { present: false, ready: false, connected: false, ...family },
                terminal: { present: true, ready: true, connected: false },
            },
            ...change,
        });
    it.each([
        [waiting({}), 'absent'],
        [waiting({ present: true }), 'present'],
        [waiting({ present: true, consent: false }), 'consent'],
        [waiting({ present: true, ready: true }), 'ready'],
    ])('the family lacks %#', (one, what) => expect(missing(one, 'family')).toBe(what));
    it('names every obstacle, and none when it can begin', () => {
        expect(obstacles(waiting({}))).toEqual(['family']);
        expect(obstacles(waiting({ ready: true }, { recording: { state: 'failed' } }))).toEqual(['recorder']);
        expect(obstacles(waiting({ ready: true }))).toEqual([]);
    });
    it('a side that was live and is not connected has dropped', () => {
        expect(presenceOf(running({}), 'family')).toBe('dropped');
        expect(presenceOf(running({ parties: sides({}) }), 'family')).toBe('connected');
    });
});
