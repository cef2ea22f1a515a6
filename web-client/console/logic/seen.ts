/** Which parts of a recording were shown: what the audit record is told. Times are ms from its start. Pure. */
import type { View } from '@rtc/protocol';
import type { Stretch } from './player-sync';

/** Longer than this between two looks is a jump, not playing. */
const JUMP_MS = 1500;

export class Seen {
    private _from = -1;
    private _to = -1;
    private _parts: Stretch[] = [];

    /** While it plays, several times a second. Four times the speed moves four times as far. */
    at(position_ms: number, speed: number): void {
        const step = position_ms - this._to;
        if (this._from >= 0 && step >= 0 && step <= JUMP_MS * Math.max(1, speed)) this._to = position_ms;
        else {
            this._close();
            this._from = position_ms;
            this._to = position_ms;
        }
    }

    /** What was not told yet, merged; told only once. Goes on from where it is. */
    take(): Stretch[] {
        const on = this._to;
        this._close();
        if (on >= 0) {
            this._from = on;
            this._to = on;
        }
        return merge(this._parts.splice(0));
    }

    /** Playing stopped here. */
    stop(): void {
        this._close();
    }

    private _close(): void {
        if (this._from >= 0 && this._to > this._from)
            this._parts.push({ from_ms: Math.round(this._from), to_ms: Math.round(this._to) });
        this._from = -1;
        this._to = -1;
    }
}

/** In order, none overlapping or touching another. */
export function merge(parts: readonly Stretch[]): Stretch[] {
    const merged: Stretch[] = [];
    for (const part of [...parts].sort((a, b) => a.from_ms - b.from_ms)) {
        const last = merged[merged.length - 1];
        if (last && part.from_ms <= last.to_ms) last.to_ms = Math.max(last.to_ms, part.to_ms);
        else merged.push({ ...part });
    }
    return merged;
}

export function total(parts: readonly Stretch[]): number {
    return merge(parts).reduce((sum, part) => sum + part.to_ms - part.from_ms, 0);
}

export interface Viewer {
    person: string;
    by: string;
    last: number;
    parts: Stretch[];
    ms: number;
}

/** One row a person, who looked last first. */
export function viewersOf(views: readonly View[]): Viewer[] {
    const people = new Map<string, View[]>();
    for (const view of views) people.set(view.person, [...(people.get(view.person) ?? []), view]);
    return [...people]
        .map(([person, own]) => ({
            person,
            by: own.find((view) => view.by)?.by ?? person,
            last: Math.max(...own.map((view) => view.at_ms)),
            parts: merge(own),
            ms: total(own),
        }))
        .sort((a, b) => b.last - a.last);
}
