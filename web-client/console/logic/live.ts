/**
 * A page's slots for live pictures. Whoever wants to show a source takes a lease and gets a slot of its own; a slot that was given
 * back rests as long as it can, so that what is still on its way through it is seen by nobody under another name. What changes
 * together is told together. Knows no page.
 */
import type { WallState, WallTile, WallWish } from '@rtc/protocol';
import type { Size } from '@rtc/shown';

/** What comes through now. `track` is the slot's; it shows something once `state` is "picture". */
export interface LivePicture {
    state: WallState;
    track: MediaStreamTrack | null;
}

export interface Lease {
    readonly source: string;
    resize: (size: Size) => void;
    /** Whether a still every few seconds will do. */
    rest: (stills: boolean) => void;
    release: () => void;
}

export interface LiveDeps {
    show: (wishes: WallWish[]) => Promise<WallTile[]>;
    /** Runs a moment later, once: what was asked for meanwhile goes along. */
    soon: (run: () => void) => void;
}

interface Place {
    source: string;
    slot: number | null;
    size: Size | null;
    stills: boolean;
    told: { source: boolean; size: string };
    state: WallState;
    heard: (picture: LivePicture) => void;
}

export class LivePool {
    #free: number[] = [];
    #tracks = new Map<number, MediaStreamTrack>();
    #places = new Set<Place>();
    #emptied = new Set<number>();
    /** Slots that have been told that stills will do: it stays with them, whoever has them. */
    #stills = new Set<number>();
    #ready = false;
    #asked = false;
    #slots = 0;

    constructor(
        private readonly deps: LiveDeps,
        slots: number,
    ) {
        this.grow(slots);
    }

    /** More slots; they are there when the connection was opened anew with them. */
    grow(by: number): void {
        for (let i = 0; i < by; i += 1) this.#free.push(this.#slots + i);
        this.#slots += by;
        this.#ready = false;
    }

    take(source: string, size: Size | null, heard: (picture: LivePicture) => void, stills = false): Lease {
        const place: Place = {
            source,
            slot: this.#free.shift() ?? null,
            size,
            stills,
            told: { source: false, size: '' },
            state: 'connecting',
            heard,
        };
        this.#places.add(place);
        this.#tell(place);
        this.#ask();
        return {
            source,
            resize: (next) => {
                place.size = next;
                this.#ask();
            },
            rest: (next) => {
                place.stills = next;
                this.#ask();
            },
            release: () => this.#release(place),
        };
    }

    /** A new connection: nothing of the old one is known there. */
    opened(tracks: ReadonlyMap<number, MediaStreamTrack>): void {
        this.#tracks = new Map(tracks);
        this.#emptied.clear();
        this.#stills.clear();
        this.#ready = true;
        for (const place of this.#places) {
            place.told = { source: false, size: '' };
            place.state = 'connecting';
            this.#tell(place);
        }
        this.#ask();
    }

    lost(): void {
        this.#ready = false;
        this.#tracks.clear();
        for (const place of this.#places) {
            place.state = 'connecting';
            this.#tell(place);
        }
    }

    /** What the gateway says of a slot; what it says of a source that is no longer there is old. */
    heard(tile: WallTile): void {
        for (const place of this.#places) {
            if (place.slot !== tile.slot || place.source !== tile.source || place.state === tile.state) continue;
            place.state = tile.state;
            this.#tell(place);
        }
    }

    #tell(place: Place): void {
        const track = place.slot === null ? undefined : this.#tracks.get(place.slot);
        place.heard({ state: place.state, track: track ?? null });
    }

    #release(place: Place): void {
        if (!this.#places.delete(place) || place.slot === null) return;
        this.#emptied.add(place.slot);
        this.#free.push(place.slot);
        this.#ask();
    }

    #ask(): void {
        if (this.#asked) return;
        this.#asked = true;
        this.deps.soon(() => {
            this.#asked = false;
            if (this.#ready) void this.#flush();
        });
    }

    #seat(): void {
        for (const place of this.#places) {
            if (place.slot !== null) continue;
            const slot = this.#free.shift();
            if (slot === undefined) return;
            place.slot = slot;
            this.#tell(place);
        }
    }

    #wishes(): WallWish[] {
        const wishes: WallWish[] = [];
        for (const place of this.#places) {
            if (place.slot === null) continue;
            const size = JSON.stringify(place.size);
            const wish: WallWish = { slot: place.slot };
            if (place.size && size !== place.told.size) Object.assign(wish, place.size);
            if (place.stills !== this.#stills.has(place.slot)) wish.stills = place.stills;
            if (!place.told.source) wish.source = place.source;
            if (Object.keys(wish).length > 1) wishes.push(wish);
            place.told = { source: true, size };
            if (place.stills) this.#stills.add(place.slot);
            else this.#stills.delete(place.slot);
            this.#emptied.delete(place.slot);
        }
        for (const slot of this.#emptied) wishes.push({ slot, source: null });
        this.#emptied.clear();
        return wishes;
    }

    async #flush(): Promise<void> {
        this.#seat();
        const wishes = this.#wishes();
        if (wishes.length === 0) return;
        try {
            for (const tile of await this.deps.show(wishes)) this.heard(tile);
        } catch {
            /* The line is down (then all is said anew), or refused: each is asked for again with the next change. */
            const slots = new Set(wishes.map((wish) => wish.slot));
            for (const place of this.#places) {
                if (place.slot === null || !slots.has(place.slot)) continue;
                place.told = { source: false, size: '' };
                if (place.stills) this.#stills.delete(place.slot);
                else this.#stills.add(place.slot);
            }
        }
    }
}
