/** What is on an inspector's wall: which source on which tile, by hand or by a patrol. */
import { computed, ref, shallowRef } from 'vue';
import type { ComputedRef, Ref, ShallowRef } from 'vue';
import { pagesOf, Patrol } from '../logic/patrol';
import { useScope } from './scope';

export const TILES = [1, 4, 9, 16, 25, 36, 64] as const;

/** One page of tiles, mounted: the one that is shown, or the next on its way. */
export interface BoardPage {
    key: string;
    sources: readonly (string | null)[];
    shown: boolean;
}

export interface Board {
    tiles: Ref<number>;
    /** By hand; more than there are tiles are pages of a patrol. */
    sources: Ref<(string | null)[]>;
    patrol: Readonly<ShallowRef<Patrol | null>>;
    /** Which the keys act on. */
    marked: Ref<number>;
    pages: ComputedRef<BoardPage[]>;
    leftMs: Readonly<Ref<number>>;
    /** An alarm's source, on the first tile until the page turns. */
    alarmed: Ref<string | null>;
    setTiles: (n: number) => void;
    put: (sources: readonly string[], at?: number) => void;
    remove: (at: number) => void;
    clear: () => void;
    start: (sources: readonly string[], seconds: number) => void;
    stop: () => void;
    turn: (by: 1 | -1) => void;
    pause: () => void;
}

const TICK_MS = 250;

export function useBoard(now: () => number): Board {
    const tiles = ref<number>(9);
    const sources = ref<(string | null)[]>(new Array<null>(9).fill(null));
    const patrol = shallowRef<Patrol | null>(null);
    const marked = ref(0);
    const alarmed = ref<string | null>(null);
    const leftMs = ref(0);
    /** Counts whatever the pages depend on and a Patrol cannot tell. */
    const steps = ref(0);

    const pages = computed<BoardPage[]>(() => {
        void steps.value;
        const round = patrol.value;
        const first = (page: readonly (string | null)[]): (string | null)[] =>
            alarmed.value === null || page.includes(alarmed.value) ? [...page] : [alarmed.value, ...page.slice(1)];
        if (!round) return [{ key: 'hand', sources: first(sources.value.slice(0, tiles.value)), shown: true }];
        const shown = { key: `turn-${round.turn}`, sources: first(round.pages[round.page] ?? []), shown: true };
        if (!round.preloads(now())) return [shown];
        return [shown, { key: `turn-${round.turn + 1}`, sources: round.pages[round.following] ?? [], shown: false }];
    });

    function setTiles(n: number): void {
        tiles.value = n;
        if (patrol.value)
            start(
                patrol.value.pages.flat().filter((one) => one !== null),
                patrol.value.everyMs / 1000,
            );
        while (sources.value.length < n) sources.value.push(null);
        marked.value = Math.min(marked.value, n - 1);
    }

    /** From the marked tile on; one that is there already is not shown twice. */
    function put(more: readonly string[], at = marked.value): void {
        stop();
        const next = sources.value.slice(0, tiles.value);
        let place = at;
        for (const source of more) {
            if (place >= tiles.value) break;
            const there = next.indexOf(source);
            if (there >= 0) next[there] = null;
            next[place] = source;
            place += 1;
        }
        sources.value = next;
        const free = next.indexOf(null);
        marked.value = place < tiles.value ? place : free >= 0 ? free : tiles.value - 1;
    }

    function remove(at: number): void {
        if (patrol.value) return;
        sources.value = sources.value.map((source, i) => (i === at ? null : source));
    }

    function clear(): void {
        stop();
        sources.value = new Array<null>(tiles.value).fill(null);
        marked.value = 0;
    }

    function start(list: readonly string[], seconds: number): void {
        const all = pagesOf(list, tiles.value);
        patrol.value = all.length > 0 ? new Patrol(all, seconds * 1000, now()) : null;
        alarmed.value = null;
        steps.value += 1;
    }

    function stop(): void {
        const round = patrol.value;
        if (!round) return;
        sources.value = [...(round.pages[round.page] ?? [])];
        patrol.value = null;
    }

    function turn(by: 1 | -1): void {
        alarmed.value = null;
        patrol.value?.go(by, now());
        steps.value += 1;
    }

    function pause(): void {
        const round = patrol.value;
        if (!round) return;
        if (round.paused) round.resume(now());
        else round.pause(now());
        steps.value += 1;
    }

    useScope().every(TICK_MS, () => {
        const round = patrol.value;
        if (!round) return;
        const before = round.preloads(now());
        const turned = round.tick(now());
        if (turned) alarmed.value = null;
        leftMs.value = round.leftMs(now());
        if (turned || before !== pages.value.length > 1) steps.value += 1;
    });

    return {
        tiles,
        sources,
        patrol,
        marked,
        pages,
        leftMs,
        alarmed,
        setTiles,
        put,
        remove,
        clear,
        start,
        stop,
        turn,
        pause,
    };
}
