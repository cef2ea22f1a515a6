/** One room that one is in: who answers, the picture of whom it watches, and one's own voice. */
import { computed, ref, shallowRef, watch } from 'vue';
import { openMicrophone } from '@rtc/capture';
import { Failure } from '@rtc/failure';
import { mediaCalls, Publisher, Watcher } from '@rtc/media';
import type { Watched } from '@rtc/media';
import * as protocol from '@rtc/protocol';
import type { Room, SlotParty } from '@rtc/protocol';
import { Scope } from '@rtc/scope';
import { useSession } from '../stores/session';
import { useScope } from './scope';

const CONNECT_WITHIN_MS = 8_000;

/** id: null while there is none. */
export function useRoom(id: () => string | null) {
    const session = useSession();
    const owner = useScope();
    const room = shallowRef<Room | null>(null);
    const failure = shallowRef<unknown>(null);
    const tracks = shallowRef<ReadonlyMap<SlotParty, Watched>>(new Map());
    const talking = ref(false);
    const open = computed(() => room.value?.state === 'open');
    let life: Scope | null = null;
    let voice: Scope | null = null;
    let microphone: MediaStreamTrack | null = null;
    let joined: string | null = null;

    function close(): void {
        life?.end();
        life = null;
        voice?.end();
        voice = null;
        microphone = null;
        talking.value = false;
        tracks.value = new Map();
    }

    async function enter(name: string): Promise<void> {
        close();
        const scope = (life = new Scope());
        const { ice_servers } = await session.call(protocol.rooms.join, { room: name });
        joined = name;
        if (ice_servers) session.iceServers = ice_servers;
        const connection = session.connection;
        if (scope.ended || !connection) return;
        const watcher = new Watcher(scope, mediaCalls(connection, name), session.iceServers);
        watcher.onTracks(scope, (next) => (tracks.value = new Map(next)));
        watcher.begin();
    }

    async function load(): Promise<void> {
        const name = id();
        if (name === null) {
            close();
            room.value = null;
            return;
        }
        try {
            room.value = (await session.call(protocol.rooms.get, { room: name })).room;
            failure.value = null;
            if (room.value.state === 'open') await enter(name);
        } catch (error) {
            failure.value = error;
        }
    }

    session.onEvent(owner, protocol.caseEvents.room, (told) => {
        if (told.room.id !== id()) return;
        room.value = told.room;
        if (told.room.state === 'ended') close();
    });
    watch([() => session.greeted, id], () => void load(), { immediate: true });
    owner.add(() => {
        close();
        if (joined !== null && session.online)
            void session.call(protocol.rooms.leave, { room: joined }).catch(() => undefined);
    });

    async function openVoice(name: string): Promise<void> {
        if (voice && !voice.ended && microphone?.readyState === 'live') return;
        voice?.end();
        const scope = (voice = new Scope());
        const stream = await openMicrophone(scope, null);
        const connection = session.connection;
        microphone = stream.getAudioTracks()[0] ?? null;
        if (!connection || !microphone) throw new Failure('not-connected', 'there is no connection');
        const publisher = new Publisher(scope, mediaCalls(connection, name), session.iceServers, () => 1, ['audio']);
        publisher.setTrack('audio', microphone);
        await new Promise<void>((resolve, reject) => {
            scope.after(CONNECT_WITHIN_MS, () =>
                reject(new Failure('timed-out', 'the microphone did not reach the gateway')),
            );
            publisher.onState(scope, (state) => state === 'connected' && resolve());
            publisher.begin();
        });
    }

    /** To one, to all, or to nobody any more. */
    async function talk(to: { n?: number; all?: boolean }): Promise<void> {
        const name = id();
        const speaks = to.n !== undefined || to.all === true;
        if (name === null) return;
        if (speaks) await openVoice(name);
        if (microphone) microphone.enabled = speaks;
        await session.call(protocol.rooms.talk, { room: name, ...to });
        talking.value = speaks;
    }

    return { room, failure, tracks, talking, open, load, talk };
}
