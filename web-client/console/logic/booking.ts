/** What a booking must have before it is sent. Pure; the gateway decides. */
import type { RecordingClass } from '@rtc/protocol';

export const MOST_VISITORS = 3;

export interface Draft {
    subject: string;
    visitors: readonly string[];
    terminal: string;
    startsMs: number;
    minutes: number;
    recordingClass: RecordingClass;
    reason: string;
}

export type Problem = 'needSubject' | 'needVisitors' | 'needTerminal' | 'needTime' | 'past' | 'needReason';

export function problems(draft: Draft, now: number): Problem[] {
    const found: Problem[] = [];
    if (!draft.subject) found.push('needSubject');
    if (draft.visitors.length === 0 || draft.visitors.length > MOST_VISITORS) found.push('needVisitors');
    if (!draft.terminal) found.push('needTerminal');
    if (!Number.isFinite(draft.startsMs)) found.push('needTime');
    else if (draft.startsMs + draft.minutes * 60_000 <= now) found.push('past');
    if (draft.recordingClass === 'privileged' && !draft.reason.trim()) found.push('needReason');
    return found;
}

/** The next full five minutes that leave time to hand the link over. */
export function suggestedStart(now: number): number {
    return Math.ceil((now + 10 * 60_000) / 300_000) * 300_000;
}

/** Every quarter of an hour of the day. */
export function times(): string[] {
    return Array.from({ length: 96 }, (_, index) => {
        const two = (value: number) => String(value).padStart(2, '0');
        return `${two(Math.floor(index / 4))}:${two((index % 4) * 15)}`;
    });
}
