// Tells the gateway how large the other side's picture is on the page.
import type { Watcher } from '@rtc/media';
import type { Side } from '@rtc/protocol';
import { Scope } from '@rtc/scope';
import { sizeTeller } from '@rtc/shown';
import type { Size } from '@rtc/shown';
import { onScopeDispose, watch } from 'vue';

/** The answer takes each size of that picture. */
export function useShows(watcher: () => Watcher | null | undefined, party: Side): (size: Size) => void {
    let life = new Scope();
    let last: Size | null = null;
    let tell: ReturnType<typeof sizeTeller> | null = null;
    watch(
        watcher,
        (now) => {
            life.end();
            life = new Scope();
            tell = now ? sizeTeller(life, now) : null;
            if (last) tell?.(party, last);
        },
        { immediate: true },
    );
    onScopeDispose(() => life.end());
    return (size) => {
        last = size;
        tell?.(party, size);
    };
}
