/** Moving a camera while a button or a key is held. One question at a time; the last one is always to stop. */
import { onBeforeUnmount, ref } from 'vue';
import * as protocol from '@rtc/protocol';
import { velocityOf } from '../logic/steer';
import type { Direction } from '../logic/steer';
import { useSession } from '../stores/session';
import { useScope } from './scope';

/** A camera stops by itself a second after it was told to move. */
const AGAIN_MS = 400;

export function useSteer(camera: () => string, failed: (error: unknown) => void) {
    const session = useSession();
    const scope = useScope();
    const held = ref<ReadonlySet<Direction>>(new Set());
    let running = false;

    async function run(): Promise<void> {
        if (running) return;
        running = true;
        const target = camera();
        try {
            while (held.value.size) {
                await session.call(protocol.steering.move, { camera: target, ...velocityOf(held.value) });
                await new Promise<void>((done) => scope.after(AGAIN_MS, done));
            }
        } catch (error) {
            held.value = new Set();
            failed(error);
        } finally {
            running = false;
        }
        await session.call(protocol.steering.move, { camera: target, pan: 0, tilt: 0, zoom: 0 }).catch(() => undefined);
        if (held.value.size) void run();
    }
    function hold(direction: Direction): void {
        if (held.value.has(direction)) return;
        held.value = new Set([...held.value, direction]);
        void run();
    }
    function release(direction?: Direction): void {
        held.value = new Set([...held.value].filter((one) => direction !== undefined && one !== direction));
    }
    onBeforeUnmount(() => release());
    return { held, hold, release };
}
