/** Going round: page by page through a list, each for the same time, the next one loaded before it is shown. Pure. */

/** Sources by page; the last one is filled up with empty tiles. No page at all where there is nothing. */
export function pagesOf(sources: readonly string[], tiles: number): (string | null)[][] {
    const pages: (string | null)[][] = [];
    for (let at = 0; at < sources.length; at += tiles) {
        const page: (string | null)[] = sources.slice(at, at + tiles).map((source) => source || null);
        while (page.length < tiles) page.push(null);
        pages.push(page);
    }
    return pages;
}

/** How long before it is shown a page is loaded: as long as a slow terminal takes to answer, at most half of a page's time. */
export function preloadMs(everyMs: number): number {
    return Math.min(5_000, everyMs / 2);
}

export class Patrol {
    /** Counts on at each turn, so that the same page is another one the next time round. */
    turn = 0;
    page = 0;
    paused = false;
    #dueMs: number;
    #leftMs = 0;

    constructor(
        readonly pages: readonly (readonly (string | null)[])[],
        readonly everyMs: number,
        nowMs: number,
    ) {
        this.#dueMs = nowMs + everyMs;
    }

    get following(): number {
        return (this.page + 1) % this.pages.length;
    }

    leftMs(nowMs: number): number {
        return this.paused ? this.#leftMs : Math.max(0, this.#dueMs - nowMs);
    }

    /** Whether the page that comes next should be on its way. A single page needs no other. */
    preloads(nowMs: number): boolean {
        return this.pages.length > 1 && !this.paused && this.leftMs(nowMs) <= preloadMs(this.everyMs);
    }

    /** True: the page has turned. */
    tick(nowMs: number): boolean {
        if (this.paused || nowMs < this.#dueMs || this.pages.length < 2) return false;
        this.go(1, nowMs);
        return true;
    }

    go(by: 1 | -1, nowMs: number): void {
        this.page = (this.page + by + this.pages.length) % this.pages.length;
        this.turn += 1;
        this.#dueMs = nowMs + this.everyMs;
        this.#leftMs = this.everyMs;
    }

    pause(nowMs: number): void {
        if (this.paused) return;
        this.#leftMs = this.leftMs(nowMs);
        this.paused = true;
    }

    resume(nowMs: number): void {
        if (!this.paused) return;
        this.paused = false;
        this.#dueMs = nowMs + this.#leftMs;
    }
}
