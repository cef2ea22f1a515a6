/** Words in both languages stand side by side, so that neither can lack one: each leaf is [中文, English]. */

export type Pair = readonly [zh: string, en: string];
export interface Words {
    readonly [key: string]: Pair | Words;
}

export interface Messages {
    [key: string]: string | Messages;
}

/** Words that come from elsewhere are looked up here before they become part of a key. */
export function has<T extends object>(words: T, key: unknown): key is keyof T & string {
    return typeof key === 'string' && Object.prototype.hasOwnProperty.call(words, key);
}

const isPair = (value: Pair | Words): value is Pair => Array.isArray(value);

/** One language of a tree of words, as vue-i18n takes it. */
export function pick(words: Words, language: 'zh' | 'en'): Messages {
    const result: Messages = {};
    for (const [key, value] of Object.entries(words)) {
        result[key] = isPair(value) ? value[language === 'zh' ? 0 : 1] : pick(value, language);
    }
    return result;
}
