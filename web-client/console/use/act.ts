/** Doing something on the gateway, and telling the person how it went. */
import { ElMessage } from 'element-plus';
import { ref } from 'vue';
import type { Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { Failure, reasonOf } from '@rtc/failure';
import { words } from '../i18n/all';
import { has } from '../i18n/words';

export interface Toast {
    done: (text: string) => void;
    warn: (text: string) => void;
    failed: (error: unknown) => void;
}

/** "This visit is paused: NAME paused it.": what the gateway tells the second of two officers. */
export function whoWasFirst(message: string): { who: string; did: keyof typeof words.errors.did } | null {
    const match = /^This (?:visit|ticket) is [a-z]+: (.+) ([a-z]+) it\.$/.exec(message);
    const [, who, did] = match ?? [];
    return who && has(words.errors.did, did) ? { who, did } : null;
}

/** What went wrong, in the person's language, with what to do. */
export function useExplain(): (error: unknown) => string {
    const { t } = useI18n();
    return (error) => {
        const reason = reasonOf(error);
        const said = error instanceof Failure ? error.message : '';
        if (!(error instanceof Failure))
            return t('errors.other', { message: String((error as Error)?.message ?? error) });
        if (reason === 'wrong-state') {
            const first = whoWasFirst(said);
            if (first) return t('errors.wrong-state-by', { who: first.who, what: t(`errors.did.${first.did}`) });
            return `${t('errors.wrong-state')} ${said}`.trim();
        }
        if (!has(words.errors, reason)) return t('errors.other', { message: said || reason });
        /* The gateway's sentence says what exactly is missing or too much; ours what that means. */
        const exact = reason === 'bad-params' || reason === 'unavailable' || reason === 'forbidden';
        return exact && said ? `${t(`errors.${reason}`)} ${said}` : t(`errors.${reason}`);
    };
}

export function useToast(): Toast {
    const explain = useExplain();
    const show = (type: 'success' | 'warning' | 'error', message: string, duration: number) =>
        ElMessage({ type, message, duration, showClose: duration > 4000, grouping: true });
    return {
        done: (text) => show('success', text, 2500),
        warn: (text) => show('warning', text, 6000),
        failed: (error) => show('error', explain(error), 8000),
    };
}

/** `busy` is true while it runs; a failure is shown and answered with undefined. */
export function useAct(): {
    busy: Ref<boolean>;
    act: <T>(run: () => Promise<T>, done?: string) => Promise<T | undefined>;
} {
    const toast = useToast();
    const busy = ref(false);
    async function act<T>(run: () => Promise<T>, done?: string): Promise<T | undefined> {
        busy.value = true;
        try {
            const answer = await run();
            if (done) toast.done(done);
            return answer;
        } catch (error) {
            toast.failed(error);
            return undefined;
        } finally {
            busy.value = false;
        }
    }
    return { busy, act };
}
