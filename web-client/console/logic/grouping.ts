/** Which visits need an officer now, and in which order. Pure. */
import type { EndCause, Side, Visit } from '@rtc/protocol';

export type GroupName = 'ready' | 'waiting' | 'live' | 'held' | 'coming' | 'ended';
export interface Group {
    name: GroupName;
    visits: Visit[];
}

export const SIDES: readonly Side[] = ['family', 'terminal'];
export const STALE_AFTER_MS = 8_000; /* the journal is synced four times a second */
const MINUTE = 60_000;

/** Both sides wait with camera and microphone: one press and it begins. */
export function isReady(visit: Visit): boolean {
    return visit.state === 'waiting' && SIDES.every((side) => visit.parties[side].ready);
}

export function groupOf(visit: Visit): GroupName {
    switch (visit.state) {
        case 'waiting':
            return isReady(visit) ? 'ready' : 'waiting';
        case 'live':
            return 'live';
        case 'paused':
        case 'suspended':
            return 'held';
        case 'ended':
            return 'ended';
        default:
            return 'coming';
    }
}

const order: readonly GroupName[] = ['ready', 'waiting', 'live', 'held', 'coming', 'ended'];

/** Whoever has only a grace time left comes before what stands still. */
function rank(visit: Visit): number {
    return visit.state === 'suspended' ? 0 : 1;
}

function compare(name: GroupName, a: Visit, b: Visit): number {
    if (name === 'ended')
        return (b.end?.at_ms ?? b.starts_ms) - (a.end?.at_ms ?? a.starts_ms) || a.id.localeCompare(b.id);
    if (name === 'live') return (a.ends_at_ms ?? Infinity) - (b.ends_at_ms ?? Infinity) || a.id.localeCompare(b.id);
    return rank(a) - rank(b) || a.starts_ms - b.starts_ms || a.id.localeCompare(b.id);
}

/** Groups in the order of urgency; empty ones are left out. */
export function groupVisits(visits: readonly Visit[]): Group[] {
    return order
        .map((name) => ({
            name,
            visits: visits.filter((visit) => groupOf(visit) === name).sort((a, b) => compare(name, a, b)),
        }))
        .filter((group) => group.visits.length > 0);
}

/** Every word must be found somewhere in what the row shows. */
export function searchVisits(visits: readonly Visit[], text: string): Visit[] {
    const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (wanted.length === 0) return [...visits];
    return visits.filter((visit) => {
        const hay = [
            visit.subject.name,
            visit.subject.number,
            visit.terminal.name,
            visit.terminal.unit.name,
            visit.terminal.unit.name_en ?? '',
            ...visit.visitors.flatMap((visitor) => [visitor.name, visitor.relation]),
        ]
            .join('\n')
            .toLowerCase();
        return wanted.every((word) => hay.includes(word));
    });
}

export type RecordingView =
    | { kind: 'privileged' | 'none' | 'failed' | 'sealed' }
    | { kind: 'recording' | 'stale'; recordedMs: number; behindMs: number }
    | { kind: 'sealing'; percent: number };

/** When the gateway said how far it is: a page that asks late must not cry that nothing moves. */
export type Heard = NonNullable<Visit['recording']> & { heard_ms?: number };

export function heardAt(visit: Visit, now: number): Visit {
    return visit.recording ? { ...visit, recording: { ...visit.recording, heard_ms: now } as Heard } : visit;
}

/** What the recording badge says. `up_to_ms` is an instant; people want to know how much there is. */
export function recordingView(visit: Visit, now: number): RecordingView {
    if (visit.recording_class === 'privileged') return { kind: 'privileged' };
    const recording = visit.recording;
    if (!recording || recording.state === 'none') return { kind: 'none' };
    if (recording.state === 'sealing') return { kind: 'sealing', percent: Math.round((recording.progress ?? 0) * 100) };
    if (recording.state !== 'recording') return { kind: recording.state };
    const upTo = recording.up_to_ms ?? 0;
    const since = visit.live_since_ms ?? upTo;
    const heard = Math.min(now, (recording as Heard).heard_ms ?? now);
    const behindMs = Math.max(0, heard - Math.max(upTo, since));
    const moves = visit.state === 'live';
    return {
        kind: moves && (behindMs > STALE_AFTER_MS || recording.behind_ms) ? 'stale' : 'recording',
        recordedMs: Math.max(0, upTo - since),
        behindMs: Math.max(behindMs, recording.behind_ms ?? 0),
    };
}

export type Alarm =
    { kind: 'failed' | 'stale' | 'offline' | 'ending'; visit: Visit } | { kind: 'gone'; visit: Visit; side: Side };

function alarmsOf(visit: Visit, now: number): Alarm[] {
    const alarms: Alarm[] = [];
    const view = recordingView(visit, now).kind;
    const running = visit.state === 'live' || visit.state === 'paused' || visit.state === 'suspended';
    if (view === 'failed' && visit.state !== 'ended') alarms.push({ kind: 'failed', visit });
    if (view === 'stale') alarms.push({ kind: 'stale', visit });
    if (visit.state === 'live') {
        for (const side of SIDES) {
            if (visit.parties[side].quality?.level === 'gone') alarms.push({ kind: 'gone', visit, side });
        }
        const left = (visit.ends_at_ms ?? Infinity) - now;
        if (left > 0 && left < MINUTE) alarms.push({ kind: 'ending', visit });
    }
    const due = visit.starts_ms <= now && now < visit.starts_ms + visit.minutes * MINUTE;
    if (!running && visit.state !== 'ended' && due && !visit.terminal.online) alarms.push({ kind: 'offline', visit });
    return alarms;
}

const severity: Record<Alarm['kind'], number> = { failed: 0, stale: 1, gone: 2, offline: 3, ending: 4 };

export function alarms(visits: readonly Visit[], now: number): Alarm[] {
    return visits.flatMap((visit) => alarmsOf(visit, now)).sort((a, b) => severity[a.kind] - severity[b.kind]);
}

const levels = { gone: 0, bad: 1, weak: 2, good: 3 } as const;

/** For the wall: what is flagged first, then the worst line, then what ends soonest. */
export function worstFirst(visits: readonly Visit[], now: number): Visit[] {
    const score = (visit: Visit) => {
        const flagged = alarmsOf(visit, now).some((alarm) => alarm.kind !== 'ending') ? 0 : 1;
        const worst = Math.min(...SIDES.map((side) => levels[visit.parties[side].quality?.level ?? 'good']));
        return flagged * 10 + worst;
    };
    return [...visits].sort(
        (a, b) =>
            score(a) - score(b) || (a.ends_at_ms ?? Infinity) - (b.ends_at_ms ?? Infinity) || a.id.localeCompare(b.id),
    );
}

export interface TimeView {
    kind: 'left' | 'grace' | 'starts' | 'late' | 'none';
    ms: number;
    urgent: boolean;
}

/** The one time that matters of a visit now. */
export function timeView(visit: Visit, now: number): TimeView {
    if (visit.state === 'suspended' && visit.resumes_until_ms) {
        return { kind: 'grace', ms: visit.resumes_until_ms - now, urgent: true };
    }
    if (visit.state === 'live' || visit.state === 'paused' || visit.state === 'suspended') {
        const ms = (visit.ends_at_ms ?? now) - now;
        return { kind: 'left', ms, urgent: ms < 5 * MINUTE };
    }
    if (visit.state === 'ended') return { kind: 'none', ms: 0, urgent: false };
    const ms = visit.starts_ms - now;
    return ms > 0 ? { kind: 'starts', ms, urgent: false } : { kind: 'late', ms: -ms, urgent: true };
}

export const causeNames: readonly EndCause[] = [
    'completed',
    'rule-broken',
    'identity',
    'technical',
    'emergency',
    'no-show',
    'party-lost',
    'withdrawn',
    'other',
];
