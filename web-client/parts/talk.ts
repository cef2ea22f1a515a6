// A party's side of a visit while its page is open: in the waiting room and in the visit, entered again after each loss.
import { Call } from '@rtc/call';
import type { Health } from '@rtc/call';
import type { Connection } from '@rtc/connection';
import { reasonOf } from '@rtc/failure';
import type { Watched, Watcher } from '@rtc/media';
import { events, party } from '@rtc/protocol';
import type { Side, SlotParty, Visit } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { shallowReactive, watch } from 'vue';
import type { Own } from './own';

const enterAgainMs = 5_000;

export interface Talk {
    visit: Visit | null;
    zone: string | undefined;
    version: string;
    /** In the waiting room or in the visit, as far as the gateway knows. */
    entered: boolean;
    /** Why entering was refused the last time; it is tried again. */
    refused: string | null;
    health: Health | null;
    tracks: ReadonlyMap<SlotParty, Watched>;
    /** Who speaks now. */
    speaking: ReadonlySet<Side>;
    /** The line is too thin for a moving picture: when the still was taken. */
    stillMs: number | null;
    watcher: Watcher | null;
}

export interface TalkActions {
    talk: Talk;
    /** Wants to be in; enters now and after every loss until leave() or the end. */
    enter: (consent: boolean) => void;
    leave: () => Promise<void>;
    setTrack: (kind: 'audio' | 'video', track: MediaStreamTrack | null) => void;
}

export function useTalk(
    scope: Scope,
    connection: Connection,
    own: () => Own,
    other: Side,
    sizes: (up: number) => number = () => 1,
): TalkActions {
    const talk = shallowReactive<Talk>({
        visit: null,
        zone: undefined,
        version: '',
        entered: false,
        refused: null,
        health: null,
        tracks: new Map(),
        speaking: new Set(),
        stillMs: null,
        watcher: null,
    });
    let iceServers: RTCIceServer[] = [];
    let call: Call | null = null;
    let callLife: Scope | null = null;
    let wanted: { consent: boolean } | null = null;
    let entering = false;
    let cancelRetry: () => void = () => undefined;

    function dropCall(): void {
        callLife?.end();
        callLife = null;
        call = null;
        talk.health = null;
        talk.tracks = new Map();
        talk.speaking = new Set();
        talk.stillMs = null;
        talk.watcher = null;
    }

    function apply(visit: Visit | null): void {
        const before = talk.visit;
        talk.visit = visit;
        if (!visit || visit.state === 'ended' || (before && before.id !== visit.id)) {
            wanted = null;
            talk.entered = false;
            dropCall();
        } else if (wanted && !talk.entered && before?.state !== visit.state) void tryEnter();
    }

    function beginCall(): void {
        if (!call) {
            callLife = scope.child();
            call = new Call(callLife, connection, iceServers, other, sizes);
            talk.watcher = call.watcher;
            call.onHealth(callLife, (health) => {
                talk.health = health;
                if (talk.stillMs !== null && health.rates.framesPerSecond > 0) talk.stillMs = connection.clock.now();
            });
            call.watcher.onTracks(callLife, (tracks) => {
                talk.tracks = new Map(tracks);
            });
            call.publisher.setTrack('audio', own().audio);
            call.publisher.setTrack('video', own().video);
        }
        call.begin();
    }

    async function tryEnter(): Promise<void> {
        if (!wanted || entering || connection.state.kind !== 'open') return;
        entering = true;
        cancelRetry();
        try {
            const { visit, ice_servers } = await connection.call(party.enter, wanted);
            iceServers = ice_servers ?? iceServers;
            if (!wanted) return; // has left meanwhile
            talk.entered = true;
            talk.refused = null;
            apply(visit);
            if (wanted) beginCall();
        } catch (error) {
            talk.refused = reasonOf(error);
            cancelRetry = scope.after(enterAgainMs, () => void tryEnter());
        } finally {
            entering = false;
        }
    }

    connection.on(scope, 'hello', (hello) => {
        iceServers = hello.ice_servers;
        talk.zone = hello.zone;
        talk.version = hello.version;
        talk.entered = false;
        if (hello.visit !== undefined) apply(hello.visit);
        void tryEnter();
    });
    connection.onEvent(scope, events.visitChanged, ({ visit }) => apply(visit));
    connection.onEvent(scope, events.speaking, ({ parties }) => {
        talk.speaking = new Set(parties);
    });
    connection.onEvent(scope, events.stills, ({ active }) => {
        talk.stillMs = active ? connection.clock.now() : null;
    });
    connection.onEvent(scope, events.visitEnded, ({ cause }) => {
        if (talk.visit) apply({ ...talk.visit, state: 'ended', end: { cause, at_ms: connection.clock.now() } });
    });
    /** The recording says why nothing is heard or seen. */
    function tellMuted(kind: 'audio' | 'video', isOn: () => boolean): void {
        const tell = (muted: boolean): unknown =>
            talk.entered && connection.call(party.mute, { kind, muted }).catch(() => undefined);
        scope.add(watch(() => talk.entered && !isOn(), tell));
    }
    tellMuted('audio', () => own().microphoneOn);
    tellMuted('video', () => own().cameraOn);
    scope.add(dropCall);

    return {
        talk,
        enter: (consent) => {
            wanted = { consent };
            void tryEnter();
        },
        leave: async () => {
            wanted = null;
            cancelRetry();
            talk.entered = false;
            dropCall();
            await connection.call(party.leave, {}).catch(() => undefined); // without a connection it has left already
        },
        setTrack: (kind, track) => call?.publisher.setTrack(kind, track),
    };
}
