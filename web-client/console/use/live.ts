/**
 * Live pictures of terminals and cameras on this page (LiveTile.vue): one connection for all of them. The page calls
 * provideLive() once; whatever is in it shows sources by useLive().take(). Ends with the page.
 */
import { inject, provide, shallowRef, watch } from 'vue';
import type { InjectionKey, ShallowRef } from 'vue';
import { Watcher } from '@rtc/media';
import type { MediaCalls } from '@rtc/media';
import * as protocol from '@rtc/protocol';
import type { Slot } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import type { Connection } from '@rtc/connection';
import type { PeerState } from '@rtc/peer';
import { LivePool } from '../logic/live';
import { useSession } from '../stores/session';
import { useScope } from './scope';

/** As many as there can be: what is not taken costs a few lines of the first description, and nothing after it. */
export const MAX_LIVE = 127;

export interface Live {
    pool: LivePool;
    /** The sound of whatever is listened to. */
    sound: Readonly<ShallowRef<MediaStreamTrack | null>>;
    state: Readonly<ShallowRef<PeerState>>;
    listening: Readonly<ShallowRef<string | null>>;
    listen: (source: string | null) => void;
    /** So many pictures may come at once from now on; more than before opens the connection anew. */
    need: (slots: number) => void;
}

const key: InjectionKey<Live> = Symbol('live');

const asSlots = (slots: readonly protocol.WallSlot[]): Slot[] => slots as unknown as Slot[];

function wallCalls(connection: Connection, tiles: number): MediaCalls {
    return {
        publish: () => Promise.reject(new Error('a wall publishes nothing')),
        watch: async () => {
            const { sdp, slots } = await connection.call(protocol.wall.open, { tiles });
            return { sdp, slots: asSlots(slots) };
        },
        answer: (sdp) => connection.call(protocol.wall.answer, { sdp }),
        size: () => Promise.resolve(),
        close: () => connection.call(protocol.wall.close, {}),
        onOffer: () => undefined,
    };
}

/** `slots`: pictures that can come at once; pages that load the next before they show it need twice as many as they show. */
export function provideLive(slots: number): Live {
    const session = useSession();
    const owner = useScope();
    const sound = shallowRef<MediaStreamTrack | null>(null);
    const state = shallowRef<PeerState>('idle');
    const listening = shallowRef<string | null>(null);
    let tiles = Math.min(slots, MAX_LIVE);
    const pool = new LivePool(
        {
            show: async (wishes) => (await session.call(protocol.wall.show, { tiles: wishes })).tiles,
            soon: (run) => void owner.after(0, run),
        },
        tiles,
    );
    let life: Scope | null = null;

    function begin(): void {
        life?.end();
        const connection = session.connection;
        if (!connection || !session.online) return;
        const scope = (life = owner.child());
        const watcher = new Watcher(scope, wallCalls(connection, tiles), session.iceServers);
        watcher.onState(scope, (next) => {
            state.value = next;
            if (next === 'mending') pool.lost();
        });
        watcher.onTracks(scope, (tracks) => {
            const pictures = new Map<number, MediaStreamTrack>();
            for (const [party, { video, audio }] of tracks) {
                if (video) pictures.set(Number(party), video);
                if (audio) sound.value = audio;
            }
            pool.opened(pictures);
            if (listening.value !== null) listen(listening.value);
        });
        watcher.begin();
    }

    function listen(source: string | null): void {
        listening.value = source;
        void session.call(protocol.wall.listen, source === null ? {} : { source }).catch(() => undefined);
    }

    function need(more: number): void {
        const wanted = Math.min(more, MAX_LIVE);
        if (wanted <= tiles) return;
        pool.grow(wanted - tiles);
        tiles = wanted;
        begin();
    }

    watch(() => session.greeted, begin, { immediate: true });
    session.onEvent(owner, protocol.wallEvents.tile, (tile) => pool.heard(tile));
    owner.add(() => void session.call(protocol.wall.close, {}).catch(() => undefined));
    const live: Live = { pool, sound, state, listening, listen, need };
    provide(key, live);
    return live;
}

export function useLive(): Live {
    const live = inject(key);
    if (!live) throw new Error('the page has not called provideLive()');
    return live;
}
