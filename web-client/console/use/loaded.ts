/** A list that is asked for when the page opens and after each greeting. */
import { ref, shallowRef, watch } from 'vue';
import * as protocol from '@rtc/protocol';
import { useSession } from '../stores/session';
import { useScope } from './scope';

const SETTLE_MS = 400;

/** Calls load a moment after something was done with a recording, here or at another desk; several things at once are one. */
export function useArchiveChanges(load: () => Promise<void>): void {
    const scope = useScope();
    const session = useSession();
    let cancel: () => void = () => undefined;
    const later = (): void => {
        cancel();
        cancel = scope.after(SETTLE_MS, () => void load());
    };
    session.onEvent(scope, protocol.archiveEvents.changed, later);
    session.onEvent(scope, protocol.archiveEvents.waiting, later);
}

export function useLoaded<T>(empty: T, ask: () => Promise<T>) {
    const session = useSession();
    const value = shallowRef<T>(empty);
    const loaded = ref(false);
    const failure = shallowRef<unknown>(null);

    async function load(): Promise<void> {
        try {
            value.value = await ask();
            failure.value = null;
            loaded.value = true;
        } catch (error) {
            failure.value = error;
        }
    }
    watch(
        () => session.greeted,
        () => void load(),
        { immediate: true },
    );
    return { value, loaded, failure, load };
}
