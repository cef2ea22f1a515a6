// A Scope that lives as long as a component.
import { Scope } from '@rtc/scope';
import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';

export function useScope(): Scope {
    const scope = new Scope();
    onScopeDispose(() => scope.end());
    return scope;
}

/** The gateway's time, renewed four times a second so that no countdown skips a number. */
export function useNow(scope: Scope, now: () => number): Ref<number> {
    const time = ref(now());
    scope.every(250, () => {
        time.value = now();
    });
    return time;
}
