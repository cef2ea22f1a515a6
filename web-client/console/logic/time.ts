/** Times as people read them: always in the gateway's zone, never the machine's. */

export type Language = 'zh' | 'en';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = JSON.stringify([zone, language, options]);
    let found = formats.get(key);
    if (!found) {
        found = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { ...options, timeZone: zone });
        formats.set(key, found);
    }
    return found;
}

export interface WallTime {
    year: number;
    month: number;
    day: number;
    hour: number;
    minute: number;
    second: number;
}

/** The wall clock of a zone at an instant. */
export function wallTime(ms: number, zone: string): WallTime {
    const parts = format(zone, 'en', {
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        hourCycle: 'h23',
    }).formatToParts(ms);
    const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
    return {
        year: value('year'),
        month: value('month'),
        day: value('day'),
        hour: value('hour') % 24,
        minute: value('minute'),
        second: value('second'),
    };
}

const two = (value: number) => String(value).padStart(2, '0');

/** "2025-03-04": sorts, and means the same in both languages. */
export function isoDate(ms: number, zone: string): string {
    const wall = wallTime(ms, zone);
    return `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
}

/** "09:30", or "09:30:05" with seconds. */
export function clockTime(ms: number, zone: string, seconds = false): string {
    const wall = wallTime(ms, zone);
    const minutes = `${two(wall.hour)}:${two(wall.minute)}`;
    return seconds ? `${minutes}:${two(wall.second)}` : minutes;
}

export function dateTime(ms: number, zone: string, seconds = false): string {
    return `${isoDate(ms, zone)} ${clockTime(ms, zone, seconds)}`;
}

/** "3月4日 星期二" / "Tuesday 4 March". */
export function longDate(ms: number, zone: string, language: Language): string {
    return format(zone, language, { month: 'long', day: 'numeric', weekday: 'long' }).format(ms);
}

/** "周二" / "Tue". */
export function weekday(ms: number, zone: string, language: Language): string {
    return format(zone, language, { weekday: 'short' }).format(ms);
}

/**
 * The instant at which a zone's wall clock shows "2025-03-04" and "09:30". In an hour that a clock change skips it is the
 * instant that many minutes after the change. NaN for text that is no date.
 */
export function wallToMs(date: string, time: string, zone: string): number {
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d:\d\d$/.test(time)) return NaN;
    const wanted = Date.parse(`${date}T${time}:00Z`);
    if (Number.isNaN(wanted)) return NaN;
    const offset = (at: number) => {
        const wall = wallTime(at, zone);
        return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second) - at;
    };
    const guess = wanted - offset(wanted);
    return wanted - offset(guess);
}

/** Midnight to midnight around an instant, on the zone's wall clock. */
export function dayOf(ms: number, zone: string): { from: number; to: number } {
    const from = wallToMs(isoDate(ms, zone), '00:00', zone);
    return { from, to: wallToMs(isoDate(from + 36 * 3600_000, zone), '00:00', zone) };
}

/** "4:05", "1:04:05"; what is negative counts as nothing. Rounds down, as players do. */
export function duration(ms: number): string {
    const total = Math.max(0, Math.floor(ms / 1000));
    const hours = Math.floor(total / 3600);
    const minutes = Math.floor(total / 60) % 60;
    const seconds = two(total % 60);
    return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** Countdowns round up, so that "0:01" is shown until nothing is left. */
export function countdown(ms: number): string {
    return duration(Math.ceil(Math.max(0, ms) / 1000) * 1000);
}

/** "00:04:05": fixed width, for "recorded up to". */
export function stamp(ms: number): string {
    const total = Math.max(0, Math.floor(ms / 1000));
    return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}
