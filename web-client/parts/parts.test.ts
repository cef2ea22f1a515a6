import { describe, expect, it } from 'vitest';
import { fill, firstLanguage } from './language';
import { warningText, withNotice } from './notices';
import type { Notice } from './notices';
import { clockTime, waitText, zoneName } from './times';

describe('words', () => {
    it.each([
        ['{a} and {b}', { a: 1, b: 'x' }, '1 and x'],
        ['{a}', {}, '{a}'],
    ])('%s', (text, values, filled) => expect(fill(text, values as Record<string, string>)).toBe(filled));
    it.each([
        ['', null, 'zh'],
        ['?lang=en', null, 'en'],
        ['?lang=en', 'zh', 'en'],
        ['', 'en', 'en'],
        ['?lang=fr', 'en', 'zh'],
    ])('%s with %s begins in %s', (search, before, language) => expect(firstLanguage(search, before)).toBe(language));
});

describe('times', () => {
    const noon = Date.UTC(2024, 4, 6, 4, 5);
    it('are those of the gateway', () => {
        expect(clockTime(noon, 'zh', 'Asia/Shanghai')).toBe('12:05');
        expect(clockTime(noon, 'en', 'Asia/Shanghai')).toBe('12:05');
        expect(zoneName(noon, 'en', 'Asia/Shanghai')).toBe('China Standard Time');
    });
    it('survive a zone that is unknown', () => {
        expect(clockTime(noon, 'en', 'Moon/Crater')).toMatch(/^\d\d:\d\d$/);
        expect(() => zoneName(noon, 'zh', 'Moon/Crater')).not.toThrow();
    });
    it.each([
        [0, 'en', '0 minutes'],
        [61_000, 'en', '2 minutes'],
        [3_600_000, 'en', '1 hour'],
        [3_660_000, 'zh', '1 小时 1 分钟'],
        [90_000_000, 'en', '1 day 1 hour'],
    ] as const)('%d ms in %s: %s', (ms, language, text) => expect(waitText(ms, language)).toBe(text));
});

describe('notices', () => {
    const warning = (id: number): Notice => ({ id, kind: 'warning' });
    it('keeps the last three, and one of time', () => {
        let list: Notice[] = [];
        for (const id of [1, 2, 3, 4]) list = withNotice(list, warning(id));
        expect(list.map(({ id }) => id)).toEqual([2, 3, 4]);
        list = withNotice(withNotice([], { id: 1, kind: 'time', minutes: 5 }), { id: 2, kind: 'time', minutes: 1 });
        expect(list).toEqual([{ id: 2, kind: 'time', minutes: 1 }]);
    });
    it('speaks the language of the page', () => {
        const both = { preset: 'x', text_zh: '甲', text_en: 'A' };
        expect(warningText(both, 'zh')).toBe('甲');
        expect(warningText(both, 'en')).toBe('A');
        expect(warningText(undefined, 'en')).toBe('');
    });
});
