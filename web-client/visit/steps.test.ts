import type { ConnectionState } from '@rtc/connection';
import type { Visit } from '@rtc/protocol';
import { describe, expect, it } from 'vitest';
import { cleanCode, codeFromPath, endOf, helpFor, problemOf, screenOf, waitingOf } from './steps';
import type { Progress } from './steps';
import { en } from './words.en';
import { zh } from './words.zh';

const own = (change: Partial<Progress> = {}): Progress => ({
    code: 'K7M2P9QRST',
    problem: null,
    devices: 'none',
    checked: false,
    left: false,
    ...change,
});
const visit = (change: Partial<Visit> = {}): Visit => ({ state: 'waiting', ...change }) as Visit;
const open: ConnectionState = { kind: 'open' };
const lost: ConnectionState = { kind: 'lost', retryAt: 0, attempt: 1 };

describe('which screen', () => {
    it.each([
        [own({ code: null }), null, null, 'code'],
        [own({ problem: 'unknown' }), null, null, 'problem'],
        [own(), null, null, 'opening'],
        [own(), open, visit(), 'welcome'],
        [own(), lost, visit(), 'welcome'],
        [own({ devices: 'asking' }), open, visit(), 'asking'],
        [own({ devices: 'refused' }), open, visit(), 'refused'],
        [own({ devices: 'open' }), open, visit(), 'check'],
        [own({ devices: 'open', checked: true }), open, visit(), 'waiting'],
        [own({ devices: 'open', checked: true }), open, visit({ state: 'scheduled' }), 'waiting'],
        [own({ devices: 'open', checked: true }), open, visit({ state: 'live' }), 'live'],
        [own({ devices: 'open', checked: true }), lost, visit({ state: 'live' }), 'live'],
        [own({ devices: 'open', checked: true }), open, visit({ state: 'paused' }), 'live'],
        [own({ devices: 'open', checked: true }), open, visit({ state: 'suspended' }), 'live'],
        [own({ left: true }), open, visit({ state: 'suspended' }), 'left'],
        [own({ left: true }), open, visit({ state: 'ended' }), 'ended'],
        [own(), { kind: 'closed', why: 'sign-in' }, visit({ state: 'ended' }), 'ended'],
        [own(), { kind: 'closed', why: 'sign-in' }, visit(), 'expired'],
        [own(), { kind: 'closed', why: 'elsewhere' }, visit({ state: 'live' }), 'elsewhere'],
    ] as [Progress, ConnectionState | null, Visit | null, string][])('%j, %j, %j: %s', (progress, state, now, screen) =>
        expect(screenOf(progress, state, now)).toBe(screen),
    );
});

describe('codes', () => {
    it.each([
        [' k7m2p-9qrst ', 'K7M2P9QRST'],
        ['会见码 K7M2P 9QRST', 'K7M2P9QRST'],
        ['', ''],
    ])('%j is %j', (text, code) => expect(cleanCode(text)).toBe(code));
    it.each([
        ['/visit/K7M2P9QRST', 'K7M2P9QRST'],
        ['/visit/k7m2p-9qrst/', 'K7M2P9QRST'],
        ['/visit/', null],
        ['/visit/short', null],
        ['/', null],
        ['/visit/K7M2P9QRST/x', null],
    ])('%j holds %j', (path, code) => expect(codeFromPath(path)).toBe(code));
    it.each([
        ['code-unknown', 'unknown'],
        ['code-expired', 'expired'],
        ['code-in-use', 'in-use'],
        ['limit-reached', 'busy'],
        ['unreachable', 'network'],
        ['internal-error', 'network'],
    ])('%s is told as %s', (reason, problem) => expect(problemOf(reason)).toBe(problem));
});

describe('what is said', () => {
    it.each([
        ['too-early', 'waitEarly', 1],
        ['terminal-offline', 'waitTerminal', 1],
        ['being-fetched', 'waitFetched', 1],
        ['recorder', 'waitRecorder', 2],
        ['officer', 'waitOfficer', 2],
        ['family', 'waitFamily', 0],
    ] as const)('waiting for %s', (waiting_for, now, step) =>
        expect(waitingOf(visit({ waiting_for }), true)).toMatchObject({ now, step }),
    );
    it('says that it enters until it has entered', () => {
        expect(waitingOf(visit(), false).now).toBe('waitEntering');
    });
    it('reads a cause that it does not know as another one', () => {
        expect(endOf('completed').why).toBe('endCompleted');
        expect(endOf('struck-by-lightning').why).toBe('endOther');
        expect(endOf(undefined).why).toBe('endOther');
    });
    it('helps on the telephone that it is', () => {
        const wechat = { system: 'ios', wechat: true } as const;
        expect(helpFor('denied', 'both', wechat).steps).toContain('helpWechatIos1');
        expect(helpFor('denied', 'both', { system: 'android', wechat: false }).steps).toContain('helpAndroid1');
        expect(helpFor('no-device', 'camera', wechat)).toMatchObject({ title: 'refusedNoCamera', soundOnly: true });
        expect(helpFor('no-device', 'microphone', wechat)).toMatchObject({ soundOnly: false });
    });
});

describe('the dictionaries', () => {
    const values = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    const other: Partial<Record<string, true>> = { language: true, languageLabel: true };

    it.each(Object.keys(zh) as (keyof typeof zh)[])(
        '%s takes the same values in both and stays in its language',
        (key) => {
            expect(values(en[key])).toEqual(values(zh[key]));
            if (other[key]) return;
            expect(en[key]).not.toMatch(/[\u4e00-\u9fff]/);
            expect(zh[key].replace(/\{\w+\}|https|Safari/g, '')).not.toMatch(/[A-Za-z]{2,}/);
        },
    );
});
