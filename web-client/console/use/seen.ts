/** Tells the gateway which part of a recording was shown: on a pause, a jump, on leaving, and every 15 s. written: it has it. */
import { watch } from 'vue';
import * as protocol from '@rtc/protocol';
import { Seen, total } from '../logic/seen';
import type { Stretch } from '../logic/player-sync';
import { useSession } from '../stores/session';
import type { Player } from './player';
import { useScope } from './scope';

const EVERY_MS = 15_000;
const SHORTEST_MS = 400;

export function useSeen(
    recording: string,
    player: Player,
    told: (parts: Stretch[]) => void,
    written: () => void,
): void {
    const session = useSession();
    const scope = useScope();
    const seen = new Seen();

    function tell(): void {
        const parts = seen.take().filter((part) => part.to_ms - part.from_ms >= SHORTEST_MS);
        if (total(parts) === 0) return;
        told(parts);
        const calls = parts.map((part) => session.call(protocol.archive.viewed, { session: recording, ...part }));
        void Promise.allSettled(calls).then(written);
    }

    watch(player.position, (now) => player.playing.value && seen.at(now, player.speed.value));
    watch(player.playing, (playing) => {
        if (playing) return;
        tell();
        seen.stop();
    });
    scope.every(EVERY_MS, tell);
    scope.listen(window, 'pagehide', tell);
    scope.add(tell);
}
