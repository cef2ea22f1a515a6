/** Watching one visit unseen: asks the gateway, keeps the pictures coming, says how it goes. */
import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import { mediaCalls, Watcher } from '@rtc/media';
import type { Watched } from '@rtc/media';
import type { PeerState } from '@rtc/peer';
import * as protocol from '@rtc/protocol';
import type { Side, SlotParty } from '@rtc/protocol';
import { sizeTeller } from '@rtc/shown';
import type { Size } from '@rtc/shown';
import { Scope } from '@rtc/scope';
import { useSession } from '../stores/session';
import { useScope } from './scope';

export type ObserveState = 'off' | 'asking' | PeerState | 'refused';

export interface Observation {
    state: Readonly<ShallowRef<ObserveState>>;
    failure: Readonly<ShallowRef<unknown>>;
    tracks: Readonly<ShallowRef<ReadonlyMap<SlotParty, Watched>>>;
    /** Who speaks now. */
    speaking: Readonly<ShallowRef<ReadonlySet<Side>>>;
    /** That side's picture is this large on the page. */
    shows: (side: Side, size: Size) => void;
    start: () => void;
    stop: () => void;
}

export function useObserve(visit: string): Observation {
    const session = useSession();
    const owner = useScope();
    const state = shallowRef<ObserveState>('off');
    const failure = shallowRef<unknown>(null);
    const tracks = shallowRef<ReadonlyMap<SlotParty, Watched>>(new Map());
    const speaking = shallowRef<ReadonlySet<Side>>(new Set());
    const sizes = new Map<Side, Size>();
    let tell: ReturnType<typeof sizeTeller> | null = null;
    let life: Scope | null = null;
    let wanted = false;

    function end(): void {
        life?.end();
        life = null;
        tell = null;
        tracks.value = new Map();
        speaking.value = new Set();
        state.value = 'off';
    }

    async function begin(): Promise<void> {
        life?.end();
        const scope = new Scope();
        life = scope;
        state.value = 'asking';
        failure.value = null;
        try {
            const { ice_servers } = await session.call(protocol.visits.observe, { visit });
            if (ice_servers) session.iceServers = ice_servers;
        } catch (error) {
            if (life !== scope) return;
            failure.value = error;
            state.value = 'refused';
            return;
        }
        const connection = session.connection;
        if (life !== scope || scope.ended || !connection) return;
        const watcher = new Watcher(scope, mediaCalls(connection, visit), session.iceServers);
        watcher.onState(scope, (next) => (state.value = next));
        watcher.onTracks(scope, (next) => (tracks.value = new Map(next)));
        const own = (tell = sizeTeller(scope, watcher));
        sizes.forEach((size, side) => own(side, size));
        watcher.begin();
    }

    function start(): void {
        wanted = true;
        if (session.online) void begin();
    }

    function stop(): void {
        const was = wanted;
        wanted = false;
        end();
        if (!was || !session.online) return;
        const connection = session.connection;
        if (connection)
            void mediaCalls(connection, visit)
                .close('watch')
                .catch(() => undefined);
        void session.call(protocol.visits.unobserve, { visit }).catch(() => undefined);
    }

    /* A new connection to the gateway knows nothing of the old one's observing. */
    watch(
        () => session.greeted,
        () => wanted && void begin(),
    );
    session.onEvent(owner, protocol.events.speaking, (said) => {
        if (said.visit === visit) speaking.value = new Set(said.parties);
    });
    function shows(side: Side, size: Size): void {
        sizes.set(side, size);
        tell?.(side, size);
    }
    owner.add(stop);
    return { state, failure, tracks, speaking, shows, start, stop };
}
