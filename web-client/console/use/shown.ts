/** How large an element is on the screen, told at each change of the layout. */
import { watch } from 'vue';
import type { Ref } from 'vue';
import { Scope } from '@rtc/scope';
import { followSize } from '@rtc/shown';
import type { Size } from '@rtc/shown';
import { useScope } from './scope';

export function useShown(element: Ref<HTMLElement | undefined>, tell: (size: Size) => void): void {
    const owner = useScope();
    let life = new Scope();
    owner.add(() => life.end());
    watch(
        element,
        (now) => {
            life.end();
            life = new Scope();
            if (now) life.add(followSize(now, tell));
        },
        { immediate: true, flush: 'post' },
    );
}
