/**
 * Looking on at a session in whose middle the console stands (a roll-call, a lesson): the picture that all look at, and one's own
 * voice or picture to those who take part. Ends with the page.
 */
import { shallowRef } from 'vue';
import { openBoth, openMicrophone } from '@rtc/capture';
import { Failure } from '@rtc/failure';
import { mediaCalls, Publisher, Watcher } from '@rtc/media';
import type { Watched } from '@rtc/media';
import type { SlotParty } from '@rtc/protocol';
import { Scope } from '@rtc/scope';
import { useSession } from '../stores/session';
import { useScope } from './scope';

const CONNECT_WITHIN_MS = 8_000;

export interface StarCalls {
    watch: () => Promise<{ ice_servers?: RTCIceServer[] }>;
    unwatch: () => Promise<unknown>;
}

export function useStar(id: string, calls: StarCalls, sends: 'sound' | 'both') {
    const session = useSession();
    const owner = useScope();
    const tracks = shallowRef<ReadonlyMap<SlotParty, Watched>>(new Map());
    /** What this device sends, once it was opened. */
    const own = shallowRef<MediaStream | null>(null);
    let life: Scope | null = null;
    let sending: Scope | null = null;
    let watching = false;

    async function look(): Promise<void> {
        life?.end();
        const scope = (life = new Scope());
        const { ice_servers } = await calls.watch();
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
        sending?.end();
        sending = null;
        own.value = null;
        tracks.value = new Map();
    }

    const isLive = (): boolean => !!sending && !sending.ended && own.value?.getAudioTracks()[0]?.readyState === 'live';

    /** Camera or microphone to the gateway; who hears it is decided there. */
    async function send(): Promise<void> {
        if (isLive()) return;
        sending?.end();
        const scope = (sending = new Scope());
        const stream =
            sends === 'both'
                ? await openBoth(scope, { camera: null, microphone: null })
                : await openMicrophone(scope, null);
        const connection = session.connection;
        if (!connection) throw new Failure('not-connected', 'there is no connection');
        own.value = stream;
        const kinds = sends === 'both' ? (['audio', 'video'] as const) : (['audio'] as const);
        const publisher = new Publisher(scope, mediaCalls(connection, id), session.iceServers, () => 1, kinds);
        for (const track of stream.getTracks()) publisher.setTrack(track.kind as 'audio' | 'video', track);
        await new Promise<void>((resolve, reject) => {
            scope.after(CONNECT_WITHIN_MS, () =>
                reject(new Failure('timed-out', 'camera and microphone did not reach the gateway')),
            );
            publisher.onState(scope, (state) => state === 'connected' && resolve());
            publisher.begin();
        });
    }

    function setHeard(on: boolean): void {
        for (const track of own.value?.getTracks() ?? []) track.enabled = on;
    }

    owner.add(() => {
        close();
        if (watching && session.online) void calls.unwatch().catch(() => undefined);
    });

    return { tracks, own, look, close, send, setHeard };
}
