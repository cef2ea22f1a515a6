/** Where things stand on the line under the player. All positions are ms from the start of the recording. */

import type { Stretch } from './player-sync';

export interface RawEvent {
    at_ms: number;
    type: string;
    by?: string | undefined;
    detail?: unknown;
}

export type MarkKind =
    | 'warn'
    | 'talk'
    | 'pause'
    | 'resume'
    | 'drop'
    | 'return'
    | 'note'
    | 'begin'
    | 'end'
    | 'snapshot'
    | 'remark'
    | 'other';

export interface Mark {
    at_ms: number;
    kind: MarkKind;
    /** Index into what it was made from. */
    index: number;
    source: 'event' | 'note' | 'snapshot' | 'remark';
}

/** Events arrive with or without their family name ("visit.warned", "warn"). */
export function plainType(type: string): string {
    return type.replace(/^(visits?|sessions?|party)\./, '').replace(/_/g, '-');
}

const kinds: readonly (readonly [RegExp, MarkKind])[] = [
    [/^warn/, 'warn'],
    [/^(talk|officer-speaks)/, 'talk'],
    [/^paus/, 'pause'],
    [/^resum/, 'resume'],
    [/^(drop|lost|suspend|gone|left|leave|disconnect)/, 'drop'],
    [/^(return|back|reconnect|rejoin)/, 'return'],
    [/^(admit|began|start)/, 'begin'],
    [/^(end|cut|complet)/, 'end'],
    [/^note$/, 'note'],
];

export function markKind(type: string): MarkKind {
    const plain = plainType(type);
    return kinds.find(([pattern]) => pattern.test(plain))?.[1] ?? 'other';
}

/** Notes, pictures kept as evidence and remarks: each where it was made. */
export interface Placeable {
    at_ms?: number | null;
}

export function marksOf(
    events: readonly RawEvent[],
    notes: readonly Placeable[],
    snapshots: readonly Placeable[] = [],
    remarks: readonly Placeable[] = [],
): Mark[] {
    const placed = (list: readonly Placeable[], kind: 'note' | 'snapshot' | 'remark'): Mark[] =>
        list.map((one, index) => ({ at_ms: one.at_ms ?? -1, kind, index, source: kind }));
    const marks: Mark[] = [
        ...events.map((event, index) => ({
            at_ms: event.at_ms,
            kind: markKind(event.type),
            index,
            source: 'event' as const,
        })),
        ...placed(notes, 'note'),
        ...placed(snapshots, 'snapshot'),
        ...placed(remarks, 'remark'),
    ];
    return marks.filter((mark) => mark.at_ms >= 0).sort((a, b) => a.at_ms - b.at_ms);
}

/** Per cent of the line, kept on it. */
export function percent(at_ms: number, duration_ms: number): number {
    if (duration_ms <= 0) return 0;
    return Math.max(0, Math.min(100, (at_ms / duration_ms) * 100));
}

export interface Placed {
    marks: Mark[];
    at_ms: number;
}

/** Marks that would lie on top of each other become one with a number. `apart` is in per cent of the line. */
export function cluster(marks: readonly Mark[], duration_ms: number, apart: number): Placed[] {
    const placed: Placed[] = [];
    for (const mark of marks) {
        const last = placed[placed.length - 1];
        if (last && percent(mark.at_ms, duration_ms) - percent(last.at_ms, duration_ms) < apart) last.marks.push(mark);
        else placed.push({ marks: [mark], at_ms: mark.at_ms });
    }
    return placed;
}

/** The stretches in which the visit was paused: from each pause to the resume (or the end) after it. */
export function pausedStretches(events: readonly RawEvent[], duration_ms: number): Stretch[] {
    const stretches: Stretch[] = [];
    let from: number | undefined;
    for (const event of [...events].sort((a, b) => a.at_ms - b.at_ms)) {
        const plain = plainType(event.type);
        if (/^paus/.test(plain)) from ??= Math.max(0, event.at_ms);
        else if (/^resum/.test(plain) && from !== undefined) {
            stretches.push({ from_ms: from, to_ms: event.at_ms });
            from = undefined;
        }
    }
    if (from !== undefined && from < duration_ms) stretches.push({ from_ms: from, to_ms: duration_ms });
    return stretches;
}

export interface GapSource {
    start_ms: number;
    duration_ms: number;
    gaps: readonly { from_ms: number; to_ms: number; cause: string }[];
}

export interface Gap extends Stretch {
    cause: string;
}

/** Shorter holes are how tracks start and end, not something that a person misses. */
const SHORTEST_GAP_MS = 250;

/** What is there: each file less its own gaps, joined. */
function present(files: readonly GapSource[]): Stretch[] {
    const pieces: Stretch[] = [];
    for (const file of files) {
        let from = file.start_ms;
        const end = file.start_ms + file.duration_ms;
        for (const gap of [...file.gaps].sort((a, b) => a.from_ms - b.from_ms)) {
            if (gap.from_ms > from) pieces.push({ from_ms: from, to_ms: Math.min(gap.from_ms, end) });
            from = Math.max(from, gap.to_ms);
        }
        if (from < end) pieces.push({ from_ms: from, to_ms: end });
    }
    const joined: Stretch[] = [];
    for (const piece of pieces.sort((a, b) => a.from_ms - b.from_ms)) {
        const last = joined[joined.length - 1];
        if (last && piece.from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, piece.to_ms);
        else joined.push({ ...piece });
    }
    return joined;
}

/** Where one side has nothing, over all its files (it has several when it dropped and came back), and why. */
export function gapsOf(files: readonly GapSource[], duration_ms: number): Gap[] {
    const there = present(files);
    const told = files.flatMap((file) => file.gaps);
    const gaps: Gap[] = [];
    const add = (from_ms: number, to_ms: number, otherwise: string) => {
        if (to_ms - from_ms < SHORTEST_GAP_MS) return;
        const cause = told.find((gap) => gap.from_ms < to_ms && gap.to_ms > from_ms)?.cause ?? otherwise;
        gaps.push({ from_ms, to_ms, cause });
    };
    let from = 0;
    there.forEach((piece, index) => {
        add(from, piece.from_ms, index === 0 ? 'not-yet' : 'network');
        from = piece.to_ms;
    });
    add(from, duration_ms, there.length === 0 ? 'not-yet' : 'ended');
    return gaps;
}

type Told = GapSource['gaps'][number];

/** A file in which nothing came for a while has no hole of its own when nothing was sent: the sealer counted that by its track. */
export function withCounted<F extends GapSource & { track?: string }>(
    files: readonly F[],
    counted: readonly (Told & { track?: string })[],
): F[] {
    return files.map((file) => {
        const own = counted.filter((gap) => gap.track !== undefined && gap.track === file.track);
        return own.length > 0 ? { ...file, gaps: [...file.gaps, ...own] } : file;
    });
}

/** Each moment once, where sound and picture miss it both; of two causes the one that began first. */
export function eachOnce(counted: readonly Told[]): Gap[] {
    const gaps: Gap[] = [];
    let until = 0;
    for (const { from_ms, to_ms, cause } of [...counted].sort((a, b) => a.from_ms - b.from_ms)) {
        if (to_ms > until) gaps.push({ from_ms: Math.max(from_ms, until), to_ms, cause });
        until = Math.max(until, to_ms);
    }
    return gaps;
}

export interface Share {
    cause: string;
    ms: number;
}

/** Whose fault it was is told first; what nobody was meant to send comes last. */
const CAUSE_ORDER = ['network', 'node', 'recorder', 'terminal', 'other', 'muted', 'paused', 'left', 'ended', 'not-yet'];

/** What is missing of a side, summed by cause, the causes that matter first. */
export function sharesOf(gaps: readonly Gap[]): Share[] {
    const sums = new Map<string, number>();
    for (const gap of gaps) {
        const cause = CAUSE_ORDER.includes(gap.cause) ? gap.cause : 'other';
        sums.set(cause, (sums.get(cause) ?? 0) + gap.to_ms - gap.from_ms);
    }
    return CAUSE_ORDER.filter((cause) => sums.has(cause)).map((cause) => ({ cause, ms: sums.get(cause) ?? 0 }));
}

/** How much of a side is missing, pauses not counted: nobody was meant to be there. */
export function missingMs(gaps: readonly Gap[]): number {
    return gaps.filter((gap) => gap.cause !== 'paused').reduce((sum, gap) => sum + gap.to_ms - gap.from_ms, 0);
}

export function gapAt(gaps: readonly Gap[], at_ms: number): Gap | undefined {
    return gaps.find((gap) => at_ms >= gap.from_ms && at_ms < gap.to_ms);
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Round times for the axis, at most `most` of them. */
export function ticks(duration_ms: number, most: number): number[] {
    if (duration_ms <= 0 || most < 1) return [0];
    const step = (STEPS_S.find((s) => duration_ms / (s * 1000) <= most) ?? 7200) * 1000;
    const result: number[] = [];
    for (let at = 0; at <= duration_ms; at += step) result.push(at);
    return result;
}

/** The mark after (or before) a position; a mark that one is just standing on does not count. */
export function neighbour(marks: readonly Mark[], at_ms: number, direction: 1 | -1): Mark | undefined {
    if (direction > 0) return marks.find((mark) => mark.at_ms > at_ms + 300);
    /* Going back while playing: leave a second to press again and reach the one before. */
    return [...marks].reverse().find((mark) => mark.at_ms < at_ms - 1000);
}
