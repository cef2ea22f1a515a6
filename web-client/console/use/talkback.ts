/** The inspector's microphone to one place on the wall (F61), from a press until another. */
import { ref } from 'vue';
import type { Ref } from 'vue';
import { openMicrophone } from '@rtc/capture';
import { Publisher } from '@rtc/media';
import type { MediaCalls } from '@rtc/media';
import * as protocol from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { useSession } from '../stores/session';
import { useScope } from './scope';

export type TalkbackState = 'closed' | 'opening' | 'open';

export interface Talkback {
    state: Ref<TalkbackState>;
    start: (source: string) => Promise<void>;
    stop: () => void;
}

export function useTalkback(failed: (error: unknown) => void): Talkback {
    const session = useSession();
    const owner = useScope();
    const state = ref<TalkbackState>('closed');
    let life: Scope | null = null;

    function stop(): void {
        if (!life) return;
        life.end();
        life = null;
        state.value = 'closed';
        void session.call(protocol.wall.hush, {}).catch(() => undefined);
    }

    async function start(source: string): Promise<void> {
        stop();
        const connection = session.connection;
        if (!connection) return;
        const scope = (life = owner.child());
        state.value = 'opening';
        try {
            const stream = await openMicrophone(scope, null);
            const track = stream.getAudioTracks()[0] ?? null;
            const calls: MediaCalls = {
                publish: async (sdp) => {
                    try {
                        return (await connection.call(protocol.wall.talk, { source, sdp })).sdp;
                    } catch (error) {
                        if (life === scope) {
                            stop();
                            failed(error);
                        }
                        throw error;
                    }
                },
                watch: () => Promise.reject(new Error('nothing is watched here')),
                answer: () => Promise.resolve(),
                size: () => Promise.resolve(),
                close: () => connection.call(protocol.wall.hush, {}),
                onOffer: () => undefined,
            };
            if (life !== scope) return;
            const publisher = new Publisher(scope, calls, session.iceServers, () => 1, ['audio']);
            publisher.setTrack('audio', track);
            publisher.onState(scope, (next) => {
                if (life === scope) state.value = next === 'connected' ? 'open' : 'opening';
            });
            publisher.begin();
        } catch (error) {
            if (life !== scope) return;
            stop();
            failed(error);
        }
    }

    /* Whoever looks away must not be heard on. */
    owner.listen(window, 'pagehide', stop);
    owner.listen(document, 'visibilitychange', () => document.visibilityState !== 'visible' && stop());
    owner.add(stop);
    return { state, start, stop };
}
