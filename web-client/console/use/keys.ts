import { ref } from 'vue';
import type { Ref } from 'vue';
import { isPressing, isTyping, keyName } from '../logic/keys';
import { useScope } from './scope';

export type Keys = Record<string, (event: KeyboardEvent) => void>;

/** Shortcuts of a page, while it is shown. "?" opens the help, whose state is the answer. */
export function useKeys(keys: Keys): Ref<boolean> {
    const help = ref(false);
    useScope().listen<KeyboardEvent>(window, 'keydown', (event) => {
        if (event.defaultPrevented || isTyping(event.target)) return;
        const name = keyName(event);
        if (name === null || document.querySelector('.el-overlay:not([style*="none"])')) return;
        if (name === '?') help.value = true;
        const run = keys[name];
        if (!run || ((name === 'Enter' || name === 'Space') && isPressing(event.target))) return;
        event.preventDefault();
        run(event);
    });
    return help;
}
