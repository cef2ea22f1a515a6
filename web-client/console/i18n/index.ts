import { createI18n } from 'vue-i18n';
import type { Language } from '@rtc/protocol';
import { audit, people, terminals, units } from './admin';
import { archive, player } from './archive';
import { common, errors, password, signIn } from './common';
import { sentences } from './sentences';
import { visit, wall } from './visit';
import { booking, visits } from './visits';
import { pick } from './words';

export const words = {
    common,
    errors,
    signIn,
    password,
    visits,
    booking,
    visit,
    wall,
    archive,
    player,
    people,
    terminals,
    units,
    audit,
    sentences,
};

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
