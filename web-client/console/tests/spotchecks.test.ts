import { describe, expect, it } from 'vitest';
import type { Candidate } from '@rtc/protocol';
import { agrees, publishedOf, redrawWeighted } from '../logic/draw';
import { chanceOf, changed, daysSince, drawnOf } from '../logic/spotchecks';

const unit = { id: 'u', name: 'U' };
const one = (id: string, weight: number): Candidate => ({ id, name: id, unit, weight, open: 0, past: 0 });

describe('a draw with weights', () => {
    const listed = [
        { id: 'd', weight: 2 },
        { id: 'b', weight: 3 },
        { id: 'c', weight: 0 },
        { id: 'a', weight: 1 },
        { id: 'e', weight: 1 },
    ];
    // By another program, from what docs/protocol.md says.
    it('is what somebody else computes', async () => {
        const again = await redrawWeighted('seed', listed, 3);
        expect(again.hash).toBe('858b37a5f5cec0d7501c540b6f99e6a554b330b129eca85fedd7dee9d947e9f0');
        expect(again.lots.map((lot) => lot.id)).toEqual(['a', 'e', 'b', 'd', 'c']);
        expect(again.lots[2]?.lot).toBe('4f47ff0090a31e170d78f25773292c091e00f80bd090a6a6e1c41577e2237fea');
        expect(again.lots.filter((lot) => lot.drawn).map((lot) => lot.id)).toEqual(['a', 'e', 'b']);
        expect(agrees(again, ['b', 'a', 'e'], again.hash)).toBe(true);
        expect(agrees(again, ['d', 'a', 'e'], again.hash)).toBe(false);
        expect(await publishedOf('seed', again.hash)).toBe(
            '3ec274a0f4db9ce6efac61420dc581e241e39241581e0c4d28ba560c133db5e9',
        );
    });
    it('draws nobody without a lot', async () => {
        const again = await redrawWeighted('seed', listed, 5);
        expect(again.lots.filter((lot) => lot.drawn)).toHaveLength(4);
    });
});

describe('a list before it is frozen', () => {
    it('shows weights by hand and who is left out', () => {
        const items = changed([one('a', 1), one('b', 1)], { a: 3 }, { b: 'rebuilt' });
        expect(items.map((item) => [item.weight, item.reason])).toEqual([
            [3, undefined],
            [0, 'rebuilt'],
        ]);
        expect(chanceOf(items[0] ?? one('x', 1), items)).toBe('100.0%');
        expect(chanceOf(one('x', 0), [])).toBe('–');
    });
    it('counts whole days', () => {
        expect(daysSince(0, 86_399_999)).toBe(0);
        expect(daysSince(0, 86_400_000)).toBe(1);
        expect(daysSince(5, 0)).toBe(0);
    });
    it('tells who was drawn in order', () => {
        const items = [{ ...one('a', 1), rank: 2 }, one('b', 1), { ...one('c', 1), rank: 1 }];
        expect(drawnOf(items).map((item) => item.id)).toEqual(['c', 'a']);
    });
});
