// Two dictionaries of the same words; Chinese first. A page makes one of these and asks it for every word it shows.
import type { Language } from '@rtc/protocol';
import { ref, shallowRef, watchEffect } from 'vue';
import type { Ref } from 'vue';

export type Words = Readonly<Record<string, string>>;

export interface Translator<Key extends string> {
    language: Ref<Language>;
    /** The word, with {name} replaced from `values`. */
    t: (key: Key, values?: Record<string, string | number>) => string;
    toggle: () => Promise<void>;
    /** To be awaited before the page is shown, so that no word changes under somebody's eyes. */
    ready: Promise<void>;
}

export function fill(text: string, values: Record<string, string | number> = {}): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The address (?lang=en), then what was chosen before, then Chinese. */
export function firstLanguage(search: string, remembered: string | null): Language {
    const asked = new URLSearchParams(search).get('lang');
    return (asked ?? remembered) === 'en' ? 'en' : 'zh';
}

const storageKey = 'yuanjian.language';

export function remember(key: string, value: string): void {
    try {
        localStorage.setItem(key, value);
    } catch {
        // private windows refuse it; the page works without
    }
}

export function recall(key: string): string | null {
    try {
        return localStorage.getItem(key);
    } catch {
        return null;
    }
}

/** Chinese is at hand; English may be fetched when it is first wanted, since few want it and telephones pay by the byte. */
export function makeTranslator<Key extends string>(
    zh: Record<Key, string>,
    english: Record<Key, string> | (() => Promise<Record<Key, string>>),
    title: Key,
): Translator<Key> {
    const words = shallowRef(zh);
    const language = ref<Language>('zh');
    const t = (key: Key, values?: Record<string, string | number>): string => fill(words.value[key], values);
    async function choose(next: Language): Promise<void> {
        if (next === 'zh') words.value = zh;
        else words.value = typeof english === 'function' ? await english() : english;
        language.value = next;
    }
    watchEffect(() => {
        document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
        document.title = t(title);
    });
    const toggle = async (): Promise<void> => {
        await choose(language.value === 'zh' ? 'en' : 'zh').catch(() => undefined); // no network: the words stay as they are
        remember(storageKey, language.value);
    };
    // A page that cannot fetch its English begins in Chinese rather than not at all.
    const ready = choose(firstLanguage(location.search, recall(storageKey))).catch(() => undefined);
    return { language, t, toggle, ready };
}
