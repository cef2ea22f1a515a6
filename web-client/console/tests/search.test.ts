import { describe, expect, it } from 'vitest';
import { bytes, daysUntil } from '../logic/amounts';
import { stepsOf } from '../logic/chain';
import { fromQuery, noFilters, setFilters, toParams, toQuery } from '../logic/search';

const zone = 'Asia/Shanghai';

describe('a search in the address', () => {
    it('goes there and back', () => {
        const search = fromQuery({
            text: '陈',
            from: '2025-03-01',
            held: 'yes',
            sort: 'bytes',
            order: 'up',
            page: '3',
        });
        expect(search).toMatchObject({ sort: 'bytes', order: 'up', page: 2 });
        expect(fromQuery(toQuery(search))).toEqual(search);
        expect(setFilters(search.filters)).toEqual(['text', 'from', 'held']);
    });
    it('is empty for the plain list', () => {
        expect(toQuery(fromQuery({}))).toEqual({});
        expect(fromQuery({}).filters).toEqual(noFilters());
    });
    it.each([
        { page: '-1', sort: 'shoe size', order: 'sideways', from: 'tomorrow', held: 'maybe', missing: 'much' },
        { page: '1e9', sort: ['began'], from: null, missing: '-3' },
    ])('takes nonsense for nothing %#', (query) => {
        expect(toQuery(fromQuery(query))).toEqual({});
    });
    it('asks for what it says: whole days, seconds, pages', () => {
        const search = fromQuery({
            from: '2025-03-01',
            to: '2025-03-01',
            missing: '5',
            held: 'no',
            page: '2',
            kind: 'visit',
        });
        expect(toParams(search, zone)).toEqual({
            from_ms: Date.UTC(2025, 1, 28, 16),
            to_ms: Date.UTC(2025, 2, 1, 16),
            min_missing_s: 5,
            held: false,
            kind: 'visit',
            sort: 'began',
            order: 'down',
            limit: 50,
            offset: 50,
        });
    });
    it('cuts what is too long to be meant', () => {
        expect(fromQuery({ text: 'x'.repeat(5000) }).filters.text).toHaveLength(200);
    });
});

describe('the chain of evidence', () => {
    const states = (state: 'recording' | 'sealing' | 'sealed' | 'failed', chain?: Parameters<typeof stepsOf>[1]) =>
        stepsOf({ state, recovered: false }, chain).map((step) => step.state);
    it.each([
        ['recording', undefined, ['unknown', 'doing', 'later', 'later', 'later', 'later']],
        ['sealing', { opened: 4 }, ['done', 'done', 'doing', 'later', 'later', 'later']],
        ['sealed', undefined, ['unknown', 'done', 'done', 'unknown', 'unknown', 'unknown']],
        [
            'sealed',
            { opened: 4, logged: 9, ed25519: true, sm2: true, time: 'pending' },
            ['done', 'done', 'done', 'done', 'done', 'doing'],
        ],
        ['sealed', { ed25519: true, sm2: false }, ['unknown', 'done', 'done', 'later', 'later', 'later']],
        ['failed', undefined, ['unknown', 'failed', 'failed', 'later', 'later', 'later']],
    ] as const)('%s', (state, chain, expected) => {
        expect(states(state, chain)).toEqual(expected);
    });
});

describe('amounts', () => {
    it.each([
        [0, '0 B'],
        [999, '999 B'],
        [1000, '1.0 kB'],
        [31_400_000, '31.4 MB'],
        [999_949_999, '1.0 GB'],
        [2.46e12, '2.5 TB'],
        [-5, '0 B'],
    ])('%d', (amount, text) => expect(bytes(amount)).toBe(text));
    it('count days up', () => {
        expect([daysUntil(1, 0), daysUntil(86_400_000 * 2, 0), daysUntil(-90_000_000, 0)]).toEqual([1, 2, -1]);
    });
});
