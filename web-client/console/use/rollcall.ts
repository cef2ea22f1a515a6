/** One roll-call that is followed: its offices as they change, the picture of whose turn it is, and one's own voice. */
import { ref, shallowRef, watch } from 'vue';
import { openMicrophone } from '@rtc/capture';
import { Failure } from '@rtc/failure';
import { mediaCalls, Publisher, Watcher } from '@rtc/media';
import type { Watched } from '@rtc/media';
import * as protocol from '@rtc/protocol';
import type { Office, Rollcall, SlotParty } from '@rtc/protocol';
import { Scope } from '@rtc/scope';
import { merge } from '../logic/rollcall';
import { useSession } from '../stores/session';
import { useScope } from './scope';

const CONNECT_WITHIN_MS = 8_000;

export function useRollcall(id: string) {
    const session = useSession();
    const owner = useScope();
    const rollcall = shallowRef<Rollcall | null>(null);
    const offices = shallowRef<readonly Office[]>([]);
    const failure = shallowRef<unknown>(null);
    const tracks = shallowRef<ReadonlyMap<SlotParty, Watched>>(new Map());
    const talking = ref(false);
    let life: Scope | null = null;
    let voice: Scope | null = null;
    let microphone: MediaStreamTrack | null = null;
    let watching = false;

    async function load(): Promise<void> {
        try {
            const answer = await session.call(protocol.rollcall.get, { rollcall: id });
            rollcall.value = answer.rollcall;
            offices.value = answer.offices;
            failure.value = null;
            if (answer.rollcall.state === 'running') await look();
        } catch (error) {
            failure.value = error;
        }
    }

    /** Who looks on sees whose turn it is. */
    async function look(): Promise<void> {
        life?.end();
        const scope = (life = new Scope());
        const { ice_servers } = await session.call(protocol.rollcall.watch, { rollcall: id });
        if (ice_servers) session.iceServers = ice_servers;
        const connection = session.connection;
        if (scope.ended || !connection) return;
        watching = true;
        const watcher = new Watcher(scope, mediaCalls(connection, id), session.iceServers);
        watcher.onTracks(scope, (next) => (tracks.value = new Map(next)));
        watcher.begin();
    }

    function close(): void {
        life?.end();
        life = null;
        voice?.end();
        voice = null;
        microphone = null;
        talking.value = false;
        tracks.value = new Map();
    }

    session.onEvent(owner, protocol.callEvents.rollcallChanged, (change) => {
        if (change.rollcall.id !== id) return;
        rollcall.value = change.rollcall;
        offices.value = merge(offices.value, change.offices);
        if (change.rollcall.state === 'ended') close();
    });
    watch(
        () => session.greeted,
        () => void load(),
        { immediate: true },
    );
    owner.add(() => {
        close();
        if (watching && session.online)
            void session.call(protocol.rollcall.unwatch, { rollcall: id }).catch(() => undefined);
    });

    async function openVoice(): Promise<void> {
        if (voice && !voice.ended && microphone?.readyState === 'live') return;
        voice?.end();
        const scope = (voice = new Scope());
        const stream = await openMicrophone(scope, null);
        const connection = session.connection;
        microphone = stream.getAudioTracks()[0] ?? null;
        if (!connection || !microphone) throw new Failure('not-connected', 'there is no connection');
        const publisher = new Publisher(scope, mediaCalls(connection, id), session.iceServers, () => 1, ['audio']);
        publisher.setTrack('audio', microphone);
        await new Promise<void>((resolve, reject) => {
            scope.after(CONNECT_WITHIN_MS, () =>
                reject(new Failure('timed-out', 'the microphone did not reach the gateway')),
            );
            publisher.onState(scope, (state) => state === 'connected' && resolve());
            publisher.begin();
        });
    }

    /** A unit, "*" for all, empty for nobody. */
    async function talk(to: string): Promise<void> {
        if (to !== '') await openVoice();
        if (microphone) microphone.enabled = to !== '';
        await session.call(protocol.rollcall.talk, { rollcall: id, to });
        talking.value = to !== '';
    }

    const turn = (unit: string, forAll: boolean): Promise<unknown> =>
        session.call(protocol.rollcall.turn, { rollcall: id, unit, for_all: forAll });

    return { rollcall, offices, failure, tracks, talking, load, talk, turn };
}
