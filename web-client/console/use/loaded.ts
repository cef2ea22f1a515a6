/** A list that is asked for when the page opens and after each greeting. */
import { ref, shallowRef, watch } from 'vue';
import { useSession } from '../stores/session';

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
