import { describe, expect, it } from 'vitest';
import type { WallTile, WallWish } from '@rtc/protocol';
import { LivePool } from '../logic/live';
import type { LivePicture } from '../logic/live';
import { pagesOf, Patrol, preloadMs } from '../logic/patrol';
import { treeRows } from '../logic/tree';

const track = (id: number): MediaStreamTrack => ({ id: String(id) }) as unknown as MediaStreamTrack;

function stage(slots: number) {
    const asked: WallWish[][] = [];
    let run: (() => void) | null = null;
    let refuse = false;
    const pool = new LivePool(
        {
            show: (wishes) => {
                asked.push(wishes);
                if (refuse) return Promise.reject(new Error('refused'));
                const tiles: WallTile[] = wishes.map(({ slot, source }) =>
                    source ? { slot, source, state: 'picture' } : { slot, state: 'empty' },
                );
                return Promise.resolve(tiles);
            },
            soon: (next) => (run = next),
        },
        slots,
    );
    const settle = async (): Promise<void> => {
        const next = run;
        run = null;
        next?.();
        await Promise.resolve();
        await Promise.resolve();
    };
    const open = (): Promise<void> => {
        pool.opened(new Map(Array.from({ length: slots }, (_, i) => [i, track(i)])));
        return settle();
    };
    return { pool, asked, settle, open, refuse: (now: boolean) => (refuse = now) };
}

function watch() {
    const heard: LivePicture[] = [];
    return { heard, hear: (picture: LivePicture): void => void heard.push(picture), last: () => heard.at(-1) };
}

describe('slots for live pictures', () => {
    it('tells what changes together at once', async () => {
        const { pool, asked, open } = stage(4);
        const a = watch();
        pool.take('terminal:a', { width: 320, height: 180 }, a.hear);
        pool.take('terminal:b', null, watch().hear);
        await open();
        expect(asked).toEqual([
            [
                { slot: 0, source: 'terminal:a', width: 320, height: 180 },
                { slot: 1, source: 'terminal:b' },
            ],
        ]);
        expect(a.last()?.state).toBe('picture');
    });

    it('says of a slot that stills will do, and of whoever has it next that they will not', async () => {
        const { pool, asked, open, settle } = stage(1);
        const a = pool.take('terminal:a', null, watch().hear, true);
        await open();
        expect(asked.pop()).toEqual([{ slot: 0, stills: true, source: 'terminal:a' }]);
        a.rest(false);
        await settle();
        expect(asked.pop()).toEqual([{ slot: 0, stills: false }]);
        a.rest(true);
        await settle();
        asked.length = 0;
        a.release();
        pool.take('terminal:b', null, watch().hear);
        await settle();
        expect(asked.pop()).toEqual([{ slot: 0, stills: false, source: 'terminal:b' }]);
        await open();
        expect(asked.pop()).toEqual([{ slot: 0, source: 'terminal:b' }]);
    });

    it('shows a picture when there is one', async () => {
        const { pool, open } = stage(1);
        const a = watch();
        pool.take('terminal:a', null, a.hear);
        await open();
        expect(a.last()?.state).toBe('picture');
        expect(a.last()?.track?.id).toBe('0');
    });

    it('lets a slot rest as long as it can before it shows something else', async () => {
        const { pool, asked, open, settle } = stage(3);
        await open();
        const first = pool.take('terminal:a', null, watch().hear);
        await settle();
        first.release();
        pool.take('terminal:b', null, watch().hear);
        await settle();
        expect(asked.at(-1)).toEqual([
            { slot: 1, source: 'terminal:b' },
            { slot: 0, source: null },
        ]);
    });

    it('makes whoever comes when all slots are taken wait for one', async () => {
        const { pool, asked, open, settle } = stage(1);
        await open();
        const first = pool.take('terminal:a', null, watch().hear);
        await settle();
        const second = watch();
        pool.take('terminal:b', null, second.hear);
        await settle();
        expect(second.last()).toEqual({ state: 'connecting', track: null });
        first.release();
        await settle();
        expect(asked.at(-1)).toEqual([{ slot: 0, source: 'terminal:b' }]);
        expect(second.last()?.state).toBe('picture');
    });

    it('says everything again on a new connection, sizes too', async () => {
        const { pool, asked, open } = stage(2);
        const a = watch();
        pool.take('terminal:a', { width: 16, height: 16 }, a.hear);
        await open();
        pool.lost();
        expect(a.last()).toEqual({ state: 'connecting', track: null });
        await open();
        expect(asked).toHaveLength(2);
        expect(asked[1]).toEqual(asked[0]);
    });

    it('tells a new size alone', async () => {
        const { pool, asked, open, settle } = stage(1);
        const lease = pool.take('terminal:a', null, watch().hear);
        await open();
        lease.resize({ width: 640, height: 368 });
        await settle();
        expect(asked.at(-1)).toEqual([{ slot: 0, width: 640, height: 368 }]);
    });

    it('takes no word about what a slot showed before', async () => {
        const { pool, open, settle } = stage(1);
        await open();
        pool.take('terminal:a', null, watch().hear).release();
        const b = watch();
        pool.take('terminal:b', null, b.hear);
        await settle();
        pool.heard({ slot: 0, source: 'terminal:a', state: 'offline' });
        expect(b.last()?.state).toBe('picture');
        pool.heard({ slot: 0, source: 'terminal:b', state: 'no-right' });
        expect(b.last()?.state).toBe('no-right');
    });

    it('asks again after a refusal, with the next change', async () => {
        const { pool, asked, open, settle, refuse } = stage(2);
        await open();
        refuse(true);
        const lease = pool.take('terminal:a', null, watch().hear);
        await settle();
        refuse(false);
        lease.resize({ width: 16, height: 16 });
        await settle();
        expect(asked.at(-1)).toEqual([{ slot: 0, source: 'terminal:a', stills: false, width: 16, height: 16 }]);
    });
});

describe('a patrol', () => {
    const pages = pagesOf(['a', 'b', 'c', 'd', 'e'], 2);

    it('has pages that are full, the last with empty tiles', () => {
        expect(pages).toEqual([
            ['a', 'b'],
            ['c', 'd'],
            ['e', null],
        ]);
        expect(pagesOf([], 4)).toEqual([]);
        expect(pagesOf(['', 'x'], 2)).toEqual([[null, 'x']]);
    });

    it('turns in time, and loads the next page before', () => {
        const patrol = new Patrol(pages, 10_000, 0);
        expect(preloadMs(10_000)).toBe(5_000);
        expect(patrol.preloads(4_999)).toBe(false);
        expect(patrol.preloads(5_000)).toBe(true);
        expect(patrol.following).toBe(1);
        expect(patrol.tick(9_999)).toBe(false);
        expect(patrol.tick(10_000)).toBe(true);
        expect(patrol.page).toBe(1);
        expect(patrol.preloads(10_001)).toBe(false);
        patrol.tick(20_000);
        patrol.tick(30_000);
        expect(patrol.page).toBe(0);
        expect(patrol.turn).toBe(3);
    });

    it('stands still while it is paused, and goes on with what was left', () => {
        const patrol = new Patrol(pages, 10_000, 0);
        patrol.pause(4_000);
        expect(patrol.tick(60_000)).toBe(false);
        expect(patrol.leftMs(60_000)).toBe(6_000);
        patrol.resume(100_000);
        expect(patrol.leftMs(100_000)).toBe(6_000);
        expect(patrol.tick(106_000)).toBe(true);
    });

    it('goes back and forth by hand, with a whole page of time', () => {
        const patrol = new Patrol(pages, 10_000, 0);
        patrol.go(-1, 9_000);
        expect(patrol.page).toBe(2);
        expect(patrol.leftMs(9_000)).toBe(10_000);
        patrol.go(1, 9_000);
        expect(patrol.page).toBe(0);
    });

    it('never turns or loads with a single page', () => {
        const patrol = new Patrol([['a']], 10_000, 0);
        expect(patrol.tick(50_000)).toBe(false);
        expect(patrol.preloads(50_000)).toBe(false);
    });
});

describe('the tree of the wall', () => {
    const view = {
        units: [
            { id: 'city', name: '市', tier: 'city' },
            { id: 'b', name: '乙县', tier: 'county', parent: 'city' },
            { id: 'a', name: '甲县', tier: 'county', parent: 'city' },
            { id: 'o', name: '所', tier: 'office', parent: 'a' },
        ],
        sources: [
            { id: 'terminal:1', name: '1 号', unit: 'o', online: true },
            { id: 'terminal:2', name: '2 号', unit: 'o', online: false },
            { id: 'camera:1', name: '大门', unit: 'b', online: true },
        ],
        closed: new Set<string>(),
        find: '',
        nameOf: (unit: { name: string }) => unit.name,
    };

    it('shows each unit with all that is below it', () => {
        const rows = treeRows(view);
        expect(rows.map((row) => `${row.level}${row.id}`)).toEqual([
            '1city',
            '2a',
            '3o',
            '4terminal:1',
            '4terminal:2',
            '2b',
            '3camera:1',
        ]);
        expect(rows[0]).toMatchObject({ online: 2, of: 3, sources: ['terminal:1', 'terminal:2', 'camera:1'] });
    });

    it('folds', () => {
        expect(treeRows({ ...view, closed: new Set(['a']) }).map((row) => row.id)).toEqual([
            'city',
            'a',
            'b',
            'camera:1',
        ]);
    });

    it('finds by the name of a unit or a terminal, with what is above it', () => {
        expect(treeRows({ ...view, find: '大门' }).map((row) => row.id)).toEqual(['city', 'b', 'camera:1']);
        expect(treeRows({ ...view, find: '甲' }).map((row) => row.id)).toEqual([
            'city',
            'a',
            'o',
            'terminal:1',
            'terminal:2',
        ]);
        expect(treeRows({ ...view, find: 'nothing' })).toEqual([]);
    });
});
