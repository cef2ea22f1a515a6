// Recordings as evidence, as they travel: how long they are kept, who saw them, what was done with them.
import type { Entry, Note, Recording, RecordingClass, RecordingFile, Unit } from './types';

export type RecordingSort = 'began' | 'duration' | 'missing' | 'bytes' | 'until';
export interface RecordingFilters {
    text?: string;
    person?: string;
    officer?: string;
    note?: string;
    unit?: string;
    kind?: string;
    from_ms?: number;
    to_ms?: number;
    cause?: string;
    min_missing_s?: number;
    held?: boolean;
    review?: string;
    state?: string;
    until_before_ms?: number;
}

export interface Decision {
    by?: string;
    at_ms: number;
    reason?: string;
}
export interface RetentionRule extends Decision {
    class: string;
    until_ms: number;
    dropped: boolean;
}
export interface Retention {
    class: string;
    until_ms: number;
    rules: RetentionRule[];
}
export interface Hold extends Decision {
    id: string;
    session: string;
    lifted?: Decision & { approved_by?: string };
    /** In the list of all that are in force: of the recording, and who has asked to lift it. */
    unit?: Unit;
    kind?: string;
    began_ms?: number;
    lift_asked?: { by: string; at_ms: number };
}
/** What waits for a second person. */
export interface Request extends Decision {
    id: string;
    what: string;
    session: string;
    hold?: string;
    recipient?: string;
    until_ms?: number;
    derivative?: string;
    composite?: Layout;
    redaction?: string;
    state: 'pending' | 'approved' | 'refused' | 'expired';
    may_decide: boolean;
    /** Asked for by who is told. */
    mine: boolean;
    /** Until then the account is too new to be the second person: it may refuse, not approve. */
    approve_from_ms?: number;
    decided?: Decision;
}
export type Verdict = 'in-order' | 'remarks' | 'breach';
export interface Review {
    id: string;
    session: string;
    draw?: string;
    state: 'open' | 'taken' | Verdict;
    assigned?: { person: string; display?: string };
    mine: boolean;
    may_take: boolean;
    watched_ms: number;
    watched_percent: number;
    needed_percent: number;
    text?: string;
    at_ms: number;
    due_ms: number;
    finished_ms?: number;
    recording?: Recording;
}
export interface Remark {
    id: string;
    session: string;
    state: 'open' | 'overdue' | 'answered';
    /** Of the recording; absent or null: of all of it. */
    at_ms?: number | null;
    text: string;
    by: string;
    made_ms: number;
    due_ms: number;
    reply?: { text: string; by: string; at_ms: number };
}
export interface Export {
    id: string;
    session: string;
    by: string;
    recipient: string;
    reason: string;
    approved_by?: string;
    at_ms: number;
    bytes: number;
    sha256_manifest?: string;
    composite?: Layout;
    redaction?: string;
    state: 'preparing' | 'ready' | 'failed' | (string & {});
    url: string;
    name: string;
}
export interface Snapshot {
    id: string;
    session: string;
    at_ms: number;
    track?: string;
    by: string;
    made_ms: number;
    content_type: string;
    bytes: number;
    sha256: string;
    url: string;
}
export interface View {
    person: string;
    by?: string;
    at_ms: number;
    from_ms: number;
    to_ms: number;
}
export interface PurgeItem {
    session: string;
    unit?: Unit;
    kind?: string;
    began_ms?: number;
    duration_ms?: number;
    bytes: number;
    until_ms: number;
    state: 'planned' | 'destroyed' | 'spared' | (string & {});
    why?: string;
    log?: number;
}
export interface Purge {
    id: string;
    state: 'planned' | 'expired' | 'approved' | 'running' | 'done' | 'undone' | 'stopped' | (string & {});
    rule: string;
    reason: string;
    by: string;
    at_ms: number;
    recordings: number;
    bytes: number;
    archive_recordings: number;
    archive_bytes: number;
    percent: number;
    /** Left out because of a hold. */
    held: number;
    executes_ms?: number;
    stopped?: string;
    done_ms?: number;
    approved?: Decision;
    undone?: Decision;
    may_approve: boolean;
    /** As in a request. */
    approve_from_ms?: number;
    /** Path of the note of destruction. */
    note: string;
    items?: PurgeItem[];
}
/** Where a recording stands between its announcement and the log; what is absent has not happened or is not known. */
export interface Chain {
    /** Entry of the node's log that announced the session, and the one of its manifest. */
    opened?: number;
    opened_ms?: number;
    logged?: number;
    logged_ms?: number;
    sha256?: string;
    made_ms?: number;
    /** The manifest's signatures are those of the certificates that it names. */
    ed25519?: boolean;
    sm2?: boolean;
    /** SHA-256 of these certificates. */
    certificates?: { ed25519?: string; sm2?: string };
    checkpoint?: number;
    time?: 'pending' | 'done' | 'none';
    time_ms?: number;
}
export interface CheckRow {
    check: string;
    verdict: 'pass' | 'fail' | 'not-covered' | (string & {});
    /** The verifier's word for the first thing it found. */
    reason?: string;
    detail?: string;
}
export interface Job {
    job: string;
    session: string;
    what: string;
    state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled' | (string & {});
    progress: number;
    result?: { verdict?: string; checks?: CheckRow[]; derivative?: Derivative };
    message?: string;
}
/** Whether somebody was there: one session, and the parts in which each officer observed it. */
export interface ObservedSession {
    session: string;
    kind: string;
    unit?: Unit;
    began_ms: number;
    duration_ms: number;
    recording_class?: RecordingClass;
    required: boolean;
    /** Of its length, where it had to be observed. */
    needed_percent?: number;
    observed_ms: number;
    observers: { by: string; from_ms: number; to_ms: number }[];
    proven: boolean;
}
export interface Observed {
    sessions: ObservedSession[];
    total: number;
    required: number;
    proven: number;
    /** False: there are more than were asked for at once. */
    complete: boolean;
}
/** Lots that were drawn over a frozen list. */
export interface Draw {
    id: string;
    kind: string;
    at_ms: number;
    by?: string;
    seed: string;
    percent: number;
    listed: number;
    drawn: number;
    list_sha256: string;
    /** Entry of the node's log. */
    log?: number;
}
export interface Replay {
    same: boolean;
    seed: string;
    list_sha256: string;
    listed: string[];
    /** In the order of their lots. */
    drawn: string[];
}
export interface Classes {
    classes: { class: string; days: number }[];
    review: { kind: string; percent: number }[];
    undo_days: number;
    purge_percent: number;
    exports_a_day: number;
    watch_percent: number;
}
/** What the sealer counted: each moment once, whatever the cause. */
export interface Completeness {
    party: string;
    expected_ms: number;
    missing_ms: number;
    gaps: { track?: string; from_ms: number; to_ms: number; cause: string }[];
}
export interface RecordingAnswer {
    recording: Recording;
    files: RecordingFile[];
    events: Entry[];
    notes: Note[];
    retention?: Retention;
    holds?: Hold[];
    requests?: Request[];
    reviews?: Review[];
    remarks?: Remark[];
    exports?: Export[];
    snapshots?: Snapshot[];
    views?: View[];
    completeness?: Completeness[];
    chain?: Chain;
    derivatives?: Derivative[];
}
export interface OwnLogRow {
    id: number;
    at_ms: number;
    who: string;
    action: string;
    object?: string;
    detail?: unknown;
    address?: string;
}

/** Of a recording: what is not as it was sealed. Without a chunk: the whole file. */
export interface DamagedPart {
    file: string;
    what: string;
    chunk?: number;
    from_ms?: number;
    to_ms?: number;
}
export interface DamagedRecording {
    session: string;
    unit?: Unit;
    kind: string;
    began_ms: number;
    found_ms: number;
    parts: DamagedPart[];
}
/** What is not well with what is kept. */
export interface ArchiveHealth {
    state: 'good' | 'alarm';
    damaged: DamagedRecording[];
    scrub: { running: boolean; done: number; total: number };
    log: {
        entries: number;
        unpublished: number;
        published_ms?: number;
        waiting: number;
        failed: boolean;
        keys_expired: boolean;
    };
    stamps: { servers: number; pending: number; oldest_ms?: number };
}

export type Layout = 'side-by-side' | 'speaker';
/** Sound that is silenced, or a picture that is covered; without a party: of everybody. */
export interface Edit {
    what: 'mute' | 'black';
    party?: string;
    from_ms: number;
    to_ms: number;
    /** In thousandths of the picture. */
    area?: { x: number; y: number; width: number; height: number };
}
/** Made from a recording, never the recording itself. */
export interface Derivative {
    id: string;
    session: string;
    kind: 'composite' | 'redaction';
    layout: Layout;
    state: 'asked' | 'refused' | 'waiting' | 'making' | 'ready' | 'failed' | 'cancelled' | 'removed';
    progress?: number;
    by: string;
    at_ms: number;
    mine: boolean;
    reason?: string;
    approved_by?: string;
    edits?: Edit[];
    request?: string;
    /** Of an export's own composite: what is burnt in, and which export. */
    watermark?: string;
    export?: string;
    /** SHA-256 of the original's manifest. */
    parent?: string;
    made_ms?: number;
    duration_ms?: number;
    width?: number;
    height?: number;
    bytes?: number;
    sha256?: string;
    sm3?: string;
    content_type?: string;
    url?: string;
    message?: string;
    may_cancel: boolean;
    may_remove: boolean;
}
