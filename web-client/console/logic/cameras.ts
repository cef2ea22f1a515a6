/** What a list of cameras says of them. */
import type { CameraRow } from '@rtc/protocol';

const RTSP = /^rtsp:\/\/[^/\s@]+(\/\S*)?$/i;
/** Seconds from key frame to key frame that somebody who opens a picture still finds short. */
const LONG_KEYFRAMES_S = 4;

export const isAddress = (text: string): boolean => RTSP.test(text.trim());

/** Seconds as people read them; the third decimal is noise. */
export const inTenths = (seconds: number): number => Math.round(seconds * 10) / 10;
export const waitsLong = (one: CameraRow): boolean => (one.keyframe_s ?? 0) > LONG_KEYFRAMES_S;

/** Faults first, then by unit and name, with numbers in their order. */
export function sorted(rows: readonly CameraRow[]): CameraRow[] {
    const order = new Intl.Collator(['zh', 'en'], { numeric: true });
    return [...rows].sort(
        (a, b) =>
            Number(b.state === 'fault') - Number(a.state === 'fault') ||
            order.compare(a.unit.name, b.unit.name) ||
            order.compare(a.name, b.name),
    );
}

/** The first number whose name nobody in that unit has. */
export function freeNumber(rows: readonly CameraRow[], unit: string, nameOf: (n: number) => string): number {
    const taken = new Set(rows.filter((one) => one.unit.id === unit).map((one) => one.name));
    let n = 1;
    while (taken.has(nameOf(n))) n += 1;
    return n;
}
