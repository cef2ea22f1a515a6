/** Edits of a redaction: what a person may ask for, checked before the gateway is asked. Pure. */
import type { Edit } from '@rtc/protocol';

export const MOST_EDITS = 200;
/** Shorter is a slip of the hand. */
export const SHORTEST_MS = 200;

export const AREAS = ['all', 'left', 'right', 'top', 'bottom'] as const;
export type Area = (typeof AREAS)[number];
const WHOLE = 1000;
const HALF = 500;
const areas: Readonly<Record<Exclude<Area, 'all'>, NonNullable<Edit['area']>>> = {
    left: { x: 0, y: 0, width: HALF, height: WHOLE },
    right: { x: HALF, y: 0, width: HALF, height: WHOLE },
    top: { x: 0, y: 0, width: WHOLE, height: HALF },
    bottom: { x: 0, y: HALF, width: WHOLE, height: HALF },
};

export function areaOf(edit: Edit): Area | 'part' {
    const own = edit.area;
    if (!own) return 'all';
    const same = (one: NonNullable<Edit['area']>) =>
        one.x === own.x && one.y === own.y && one.width === own.width && one.height === own.height;
    return (['left', 'right', 'top', 'bottom'] as const).find((name) => same(areas[name])) ?? 'part';
}

/** "1:05", "1:02:03", "65"; also with tenths. NaN for what is no time. */
export function timeOf(text: string): number {
    const parts = text.trim().split(/[:：]/);
    if (parts.length > 3 || !parts.every((part) => /^\d{1,3}(\.\d{1,3})?$/.test(part))) return NaN;
    /* Tenths only at the end. */
    if (parts.slice(0, -1).some((part) => part.includes('.'))) return NaN;
    return Math.round(parts.reduce((sum, part) => sum * 60 + Number(part), 0) * 1000);
}

/** "1:05.4": what timeOf reads again. */
export function timeText(ms: number): string {
    const tenths = Math.round(Math.max(0, ms) / 100);
    const seconds = Math.floor(tenths / 10);
    const two = (value: number) => String(value).padStart(2, '0');
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
    return `${head}:${two(seconds % 60)}.${tenths % 10}`;
}

export interface Draft {
    what: Edit['what'];
    /** '' is everybody. */
    party: string;
    from: string;
    to: string;
    area: Area;
}

export type Fault = 'from' | 'to' | 'order' | 'beyond' | 'many';

/** The edit, or what is wrong with it. */
export function editOf(draft: Draft, duration_ms: number, already: number): Edit | Fault {
    const from_ms = timeOf(draft.from);
    const to_ms = timeOf(draft.to);
    if (Number.isNaN(from_ms)) return 'from';
    if (Number.isNaN(to_ms)) return 'to';
    if (from_ms >= duration_ms) return 'beyond';
    const end = Math.min(to_ms, duration_ms);
    if (end - from_ms < SHORTEST_MS) return 'order';
    if (already >= MOST_EDITS) return 'many';
    const area = draft.what === 'black' && draft.party && draft.area !== 'all' ? areas[draft.area] : undefined;
    return {
        what: draft.what,
        ...(draft.party ? { party: draft.party } : {}),
        from_ms,
        to_ms: end,
        ...(area ? { area } : {}),
    };
}

export const sorted = (edits: readonly Edit[]): Edit[] => [...edits].sort((a, b) => a.from_ms - b.from_ms);
