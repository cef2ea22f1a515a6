// Dates and times as people read them, in the gateway's zone.
import type { Language } from '@rtc/protocol';

const locale = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-GB');

function partsOf(
    ms: number,
    language: Language,
    zone: string | undefined,
    options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormatPart[] {
    const where = locale(language);
    try {
        return new Intl.DateTimeFormat(where, zone ? { ...options, timeZone: zone } : options).formatToParts(ms);
    } catch {
        return new Intl.DateTimeFormat(where, options).formatToParts(ms); // a zone that this browser does not know
    }
}

const format = (...what: Parameters<typeof partsOf>): string =>
    partsOf(...what)
        .map(({ value }) => value)
        .join('');

/** 14:30 */
export function clockTime(ms: number, language: Language, zone?: string): string {
    return format(ms, language, zone, { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** 14:30:05 */
export function clockSeconds(ms: number, language: Language, zone?: string): string {
    return format(ms, language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

/** 11月21日星期六 / Saturday 21 November */
export function longDate(ms: number, language: Language, zone?: string): string {
    return format(ms, language, zone, { month: 'long', day: 'numeric', weekday: 'long' });
}

/** 中国标准时间 / China Standard Time */
export function zoneName(ms: number, language: Language, zone?: string): string {
    const options: Intl.DateTimeFormatOptions = { timeZoneName: 'long' };
    return partsOf(ms, language, zone, options).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** "3 天 4 小时", "2 hours 5 minutes", "12:05" when it is near. */
export function waitText(ms: number, language: Language): string {
    const minutes = Math.max(0, Math.ceil(ms / 60_000));
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    const rest = minutes % 60;
    const units: [number, string, string][] = [
        [days, '天', 'day'],
        [hours, '小时', 'hour'],
        [days > 0 ? 0 : rest, '分钟', 'minute'],
    ];
    const said = units.filter(([count]) => count > 0);
    if (said.length === 0) return language === 'zh' ? '0 分钟' : '0 minutes';
    return said
        .map(([count, zh, en]) => (language === 'zh' ? `${count} ${zh}` : `${count} ${en}${count === 1 ? '' : 's'}`))
        .join(' ');
}
