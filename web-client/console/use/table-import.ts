/** A table of a file: judged first, then all of it is taken, or nothing. */
import { ref, watch } from 'vue';
import type { Ref } from 'vue';
import { textOf } from '../logic/table-file';
import { useAct } from './act';

export interface Judged {
    applied: boolean;
    n_faults: number;
}

export function useTableImport<T extends Judged>(
    open: Ref<boolean>,
    call: (text: string, apply: boolean) => Promise<T>,
    changed: () => void,
) {
    const { busy, act } = useAct();
    const text = ref('');
    const name = ref('');
    const judged = ref<T | null>(null) as Ref<T | null>;

    watch(open, () => {
        text.value = '';
        name.value = '';
        judged.value = null;
    });

    async function ask(apply: boolean): Promise<void> {
        const answer = await act(() => call(text.value, apply));
        if (!answer) return;
        judged.value = answer;
        if (answer.applied) changed();
    }

    async function choose(file: File): Promise<void> {
        text.value = textOf(await file.arrayBuffer());
        name.value = file.name;
        await ask(false);
    }

    return { busy, name, judged, ask, choose };
}
