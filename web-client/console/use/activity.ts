/** The strip of who spoke, made of the sound files once the player has them; a file that cannot be read has none. */
import { shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import type { RecordingFile, Side } from '@rtc/protocol';
import { packetsOf, strip } from '../logic/activity';
import { useScope } from './scope';

const AFTER_MS = 1500; /* the player's own first bytes come first */
const LARGEST_BYTES = 48 << 20;
const SLOTS = 300;

export function useActivity(
    files: readonly RecordingFile[],
    durationMs: number,
): Readonly<ShallowRef<Partial<Record<Side, number[]>>>> {
    const strips = shallowRef<Partial<Record<Side, number[]>>>({});
    const scope = useScope();
    const abort = new AbortController();
    scope.add(() => abort.abort());

    async function read(file: RecordingFile, side: Side): Promise<void> {
        const response = await fetch(file.url, { signal: abort.signal, credentials: 'same-origin' });
        if (!response.ok) return;
        const packets = packetsOf(new Uint8Array(await response.arrayBuffer()));
        const own = strip(packets, file.start_ms, durationMs, SLOTS);
        const before = strips.value[side];
        strips.value = {
            ...strips.value,
            [side]: before ? own.map((one, slot) => Math.max(one, before[slot] ?? 0)) : own,
        };
    }

    scope.after(AFTER_MS, () => {
        for (const side of ['family', 'terminal'] as const) {
            const sounds = files.filter(
                (file) =>
                    file.party === side &&
                    file.kind === 'audio' &&
                    /webm/.test(file.content_type) &&
                    file.bytes <= LARGEST_BYTES,
            );
            for (const file of sounds) void read(file, side).catch(() => undefined);
        }
    });
    return strips;
}
