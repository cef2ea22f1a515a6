import { onScopeDispose, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import { Scope } from '@rtc/scope';

/** A Scope that lives as long as the component (or effect scope) that asks for it. */
export function useScope(): Scope {
    const scope = new Scope();
    onScopeDispose(() => scope.end());
    return scope;
}

/** A number that changes every `ms`, for things that count. */
export function useTick(now: () => number, ms = 1000): Readonly<ShallowRef<number>> {
    const value = shallowRef(now());
    useScope().every(ms, () => (value.value = now()));
    return value;
}
