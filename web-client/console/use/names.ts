/** Names and times of a visit, as rows and headings show them. */
import { useI18n } from 'vue-i18n';
import type { Subject, Unit, Visitor } from '@rtc/protocol';
import { language } from '../i18n';
import { clockTime, countdown, dateTime, isoDate } from '../logic/time';
import type { TimeView } from '../logic/grouping';
import { useSession } from '../stores/session';

export function useNames() {
    const { t } = useI18n();
    const session = useSession();
    return {
        visitors: (list: readonly Visitor[]) =>
            list.map((one) => (one.relation ? `${one.name}（${one.relation}）` : one.name)).join(t('common.and')),
        unit: (unit: Unit) => (language() === 'en' && unit.name_en) || unit.name,
        subject: (subject: Subject) => `${subject.name} ${subject.number}`,
        clock: (ms: number, seconds = false) => clockTime(ms, session.zone, seconds),
        dateTime: (ms: number, seconds = false) => dateTime(ms, session.zone, seconds),
        date: (ms: number) => isoDate(ms, session.zone),
        slot: (starts: number, minutes: number) =>
            `${clockTime(starts, session.zone)}–${clockTime(starts + minutes * 60_000, session.zone)}`,
        inLanguage: (words: { text_zh: string; text_en: string }) =>
            language() === 'zh' ? words.text_zh : words.text_en,
        timeLeft: (view: TimeView) => {
            if (view.kind === 'none') return '';
            const key = { left: 'left', grace: 'grace', starts: 'startsIn', late: 'late' }[view.kind];
            if (view.kind === 'left' && view.ms <= 0) return t('visits.over');
            return t(`visits.${key}`, { time: countdown(view.ms) });
        },
    };
}
