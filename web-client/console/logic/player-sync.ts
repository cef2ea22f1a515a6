/**
 * Several files in step: one clock, and what each file's element has to do to follow it.
 *
 * A recording is a set of files per track. Each begins start_ms after the recording did. The clock is ours; elements are
 * nudged by their speed while they are a little off and moved when they are far off. Pure: elements and timers belong to
 * the caller.
 */

export const IN_STEP_S = 0.04; /* closer than this nobody can tell lips from voice */
export const SEEK_BEYOND_S = 0.3; /* a nudge would take too long */
export const MAX_NUDGE = 0.08; /* of the speed; more is heard */
const CATCH_UP_S = 1; /* the nudge that would close the distance in this time */

export interface ElementState {
    /** Of the element, seconds from the start of its own file. */
    time: number;
    seeking: boolean;
}

export interface Track {
    start_ms: number;
    duration_ms: number;
}

export interface Correction {
    /** What to play: nothing before the file begins and after it has ended. */
    active: boolean;
    /** Move the element there (seconds of its file); absent: leave it. */
    seek?: number;
    rate: number;
}

/** Seconds of the file that belong to a position of the recording; outside 0..duration the file has nothing there. */
export function fileTime(position_ms: number, track: Track): number {
    return (position_ms - track.start_ms) / 1000;
}

export function covers(position_ms: number, track: Track): boolean {
    return position_ms >= track.start_ms && position_ms < track.start_ms + track.duration_ms;
}

/** What an element of this track does now. */
export function correct(
    position_ms: number,
    track: Track,
    element: ElementState,
    speed: number,
    playing: boolean,
): Correction {
    const target = fileTime(position_ms, track);
    if (!covers(position_ms, track)) return { active: false, rate: speed };
    const off = target - element.time; /* positive: the element is behind */
    if (element.seeking) return { active: playing, rate: speed };
    if (!playing) {
        /* A still picture has no speed to be nudged by: put it where it belongs. */
        return Math.abs(off) > IN_STEP_S
            ? { active: false, seek: target, rate: speed }
            : { active: false, rate: speed };
    }
    if (Math.abs(off) > SEEK_BEYOND_S * Math.max(1, speed)) return { active: true, seek: target, rate: speed };
    if (Math.abs(off) <= IN_STEP_S) return { active: true, rate: speed };
    const nudge = Math.max(-MAX_NUDGE, Math.min(MAX_NUDGE, off / CATCH_UP_S / speed));
    return { active: true, rate: speed * (1 + nudge) };
}

/** The clock: a position that runs at a speed while it is let run. */
export interface Clock {
    position_ms: number;
    at_ms: number; /* when position_ms was true, of a monotonic clock */
    speed: number;
    running: boolean;
}

export function positionAt(clock: Clock, now_ms: number, end_ms: number): number {
    if (!clock.running) return clock.position_ms;
    return Math.min(end_ms, clock.position_ms + (now_ms - clock.at_ms) * clock.speed);
}

/** The same clock with something changed, without a jump in its position. */
export function changed(clock: Clock, now_ms: number, end_ms: number, change: Partial<Clock>): Clock {
    return { ...clock, position_ms: positionAt(clock, now_ms, end_ms), at_ms: now_ms, ...change };
}

export interface Stretch {
    from_ms: number;
    to_ms: number;
}

/** Where playing goes on when paused stretches are skipped: the end of the stretch, or the position itself. */
export function skipOver(position_ms: number, stretches: readonly Stretch[]): number {
    for (const stretch of stretches) {
        /* Half a second of the pause is let through, so that one sees that there was one. */
        if (position_ms >= stretch.from_ms + 500 && position_ms < stretch.to_ms) return stretch.to_ms;
    }
    return position_ms;
}

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;

/** The next speed up or down; stays at the ends. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
    const sorted = SPEEDS.filter((other) => (direction > 0 ? other > speed : other < speed));
    return (direction > 0 ? sorted[0] : sorted[sorted.length - 1]) ?? speed;
}
