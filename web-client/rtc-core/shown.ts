// How large a page shows a picture, and telling the gateway so: it sends no larger one than that.
import type { MediaCalls, Watcher } from './media';
import type { SlotParty } from './protocol';
import type { Scope } from './scope';

export interface Size {
    width: number;
    height: number;
}

const stepPixels = 16;
const tellAfterMs = 400;

/** In device pixels, in steps, so that a frame that moves by a hair is no news. Nothing shown is the smallest there is. */
export function shownSize(element: Pick<Element, 'clientWidth' | 'clientHeight'>, ratio: number): Size {
    const step = (length: number): number => (Math.ceil((length * ratio) / stepPixels) || 1) * stepPixels;
    return { width: step(element.clientWidth), height: step(element.clientHeight) };
}

/** Told at each change of the layout; the answer stops it. Old browsers do not say: then the largest there is is sent. */
export function followSize(element: Element, tell: (size: Size) => void): () => void {
    if (typeof ResizeObserver === 'undefined') return () => undefined;
    const observer = new ResizeObserver(() => tell(shownSize(element, devicePixelRatio)));
    observer.observe(element);
    return () => observer.disconnect();
}

/**
 * Tells one connection's sizes: what is news, a moment after it changed, and all of them again after a fresh offer. The
 * answer takes each size of a party's picture.
 */
export function sizeTeller(
    scope: Scope,
    watcher: Pick<Watcher, 'slots' | 'onTracks'> & { calls: Pick<MediaCalls, 'size'> },
): (party: SlotParty, size: Size) => void {
    const shown = new Map<SlotParty, Size>();
    const told = new Map<string, string>();
    let cancel: (() => void) | null = null;

    function tell(): void {
        cancel = null;
        for (const { mid, party, kind } of watcher.slots) {
            const size = shown.get(party);
            const news = JSON.stringify(size);
            if (kind !== 'video' || !size || told.get(mid) === news) continue;
            told.set(mid, news);
            watcher.calls.size(mid, size).catch(() => told.delete(mid)); // said again with the next change
        }
    }
    const soon = (): void => {
        cancel ??= scope.after(tellAfterMs, tell);
    };
    watcher.onTracks(scope, () => {
        told.clear();
        soon();
    });
    return (party, size) => {
        shown.set(party, size);
        soon();
    };
}
