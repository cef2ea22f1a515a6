// What is sent, and what the answers mean: pure choices.
import type { PhotoPlace } from '@rtc/protocol';
import type { Key } from './words';

/** The code of the link: the fragment never leaves the browser by itself. */
export function codeOf(hash: string): string | null {
    const code = /^#link=([A-Za-z0-9_-]{20,128})$/.exec(hash)?.[1];
    return code ?? null;
}

type FirstOf<K> = K extends `${infer First}Next` ? Extract<Key, First> : never;
export type Told = FirstOf<Key>;

const problems: Readonly<Record<string, Told>> = {
    'photo-unknown': 'unknown',
    'bad-params': 'unknown',
    'photo-expired': 'expired',
    'photo-used': 'used',
    'photo-withdrawn': 'withdrawn',
    'bad-picture': 'badPicture',
    'too-large': 'badPicture',
    'limit-reached': 'busy',
};
export const problemOf = (reason: string): Told => problems[reason] ?? 'network';

/** Whether the same picture, or another one, may be sent after it. */
export const canGoOn = (told: Told): boolean => ['network', 'busy', 'badPicture'].includes(told);

export const nextOf = (told: Told): Key => `${told}Next`;

/** One line of JSON, then the picture. */
export function bodyOf(head: { mark: string; taken_ms: number; place: PhotoPlace }, picture: Blob): Blob {
    return new Blob([`${JSON.stringify(head)}\n`, picture], { type: 'application/octet-stream' });
}

/** By GeolocationPositionError.code. */
export function placeFault(code: number): PhotoPlace {
    const denied = 1;
    const timeout = 3;
    return { state: code === denied ? 'denied' : code === timeout ? 'timeout' : 'unavailable' };
}

/** So large that a face can be told, so small that a thin line carries it. */
export function sizeFor(width: number, height: number, longest: number): { width: number; height: number } {
    const scale = Math.min(1, longest / Math.max(1, width, height));
    return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
