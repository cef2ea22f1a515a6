import { createI18n } from 'vue-i18n';
import type { Language } from '@rtc/protocol';
import { words } from './all';
import { pick } from './words';

const key = 'yuanjian-console-language';

function remembered(): Language {
    const kept = typeof localStorage === 'undefined' ? null : localStorage.getItem(key);
    if (kept === 'zh' || kept === 'en') return kept;
    return typeof navigator === 'undefined' || /^zh/i.test(navigator.language) ? 'zh' : 'en';
}

export const i18n = createI18n({
    legacy: false,
    locale: remembered(),
    fallbackLocale: 'zh',
    messages: { zh: pick(words, 'zh'), en: pick(words, 'en') },
    missingWarn: false,
    fallbackWarn: false,
});

export function language(): Language {
    return i18n.global.locale.value === 'en' ? 'en' : 'zh';
}

export function setLanguage(next: Language): void {
    i18n.global.locale.value = next;
    document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
    localStorage.setItem(key, next);
}
