/** The officer's microphone: closed until a button is held. */
import { ref } from 'vue';
import type { Ref } from 'vue';
import { CaptureError, openMicrophone } from '@rtc/capture';
import { mediaCalls, Publisher } from '@rtc/media';
import * as protocol from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { Failure } from '@rtc/failure';
import { PushToTalk } from '../logic/talk';
import type { TalkState, TalkTarget } from '../logic/talk';
import { useSession } from '../stores/session';
import { useScope } from './scope';

const CONNECT_WITHIN_MS = 8_000;

export interface Talk {
    state: Ref<TalkState>;
    to: Ref<TalkTarget>;
    hold: (to: TalkTarget) => void;
    release: () => void;
}

export function useTalk(visit: string, failed: (error: unknown, microphone: boolean) => void): Talk {
    const session = useSession();
    const owner = useScope();
    const state = ref<TalkState>('closed');
    const to = ref<TalkTarget>('both');
    let life: Scope | null = null;
    let publisher: Publisher | null = null;
    let track: MediaStreamTrack | null = null;

    function connected(scope: Scope, peer: Publisher): Promise<void> {
        if (peer.state === 'connected') return Promise.resolve();
        return new Promise((resolve, reject) => {
            const wait = scope.child();
            wait.after(CONNECT_WITHIN_MS, () => {
                wait.end();
                reject(new Failure('timed-out', 'the microphone did not reach the gateway'));
            });
            peer.onState(wait, (next) => {
                if (next !== 'connected') return;
                wait.end();
                resolve();
            });
        });
    }

    async function prepare(): Promise<void> {
        if (!life || life.ended || !publisher || track?.readyState !== 'live') {
            life?.end();
            const scope = owner.child();
            life = scope;
            const stream = await openMicrophone(scope, null);
            track = stream.getAudioTracks()[0] ?? null;
            if (!track) throw new CaptureError('no-device', 'microphone');
            track.enabled = false;
            const connection = session.connection;
            if (!connection) throw new Failure('not-connected', 'there is no connection');
            publisher = new Publisher(scope, mediaCalls(connection, visit), session.iceServers, () => 1, ['audio']);
            publisher.setTrack('audio', track);
            publisher.begin();
        }
        await connected(life, publisher);
    }

    const talk = new PushToTalk({
        prepare,
        gate: (open) => {
            if (track) track.enabled = open;
        },
        tell: async (target) => {
            await session.call(protocol.visits.talk, { visit, to: target });
        },
        changed: (next, target) => {
            state.value = next;
            if (next !== 'closed' && next !== 'closing') to.value = target;
        },
        failed: (error) => {
            const microphone = error instanceof CaptureError;
            life?.end();
            life = null;
            failed(error, microphone);
        },
    });

    /* Whoever looks away must not be heard on. */
    owner.listen(window, 'blur', () => talk.release());
    owner.listen(window, 'pagehide', () => talk.release());
    owner.listen(document, 'visibilitychange', () => document.visibilityState !== 'visible' && talk.release());
    owner.add(() => talk.release());
    return { state, to, hold: (target) => talk.hold(target), release: () => talk.release() };
}
