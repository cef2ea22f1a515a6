// What travels between the gateway and the pages (docs/protocol.md). Times are milliseconds since 1970 UTC.

export type * from './archive-types';
export type * from './wall-types';
export type * from './lesson-types';
export type * from './ticket-types';
export type * from './spotcheck-types';
export type * from './report-types';
export type * from './case-types';

export type Language = 'zh' | 'en';
export type Seat = 'visit' | 'terminal' | 'console';
export type Role = 'officer' | 'administrator' | 'security' | 'auditor' | 'procurator' | 'inspector' | 'office';
export type Side = 'family' | 'terminal';

export interface Unit {
    id: string;
    name: string;
    /** What English pages call it, where somebody has written that down. */
    name_en?: string;
}
export interface Person {
    id: string;
    name: string;
    display: string;
    unit: Unit;
}
export interface Terminal {
    id: string;
    name: string;
    unit: Unit;
}
export interface Subject {
    id: string;
    name: string;
    number: string;
}
export interface Visitor {
    id: string;
    name: string;
    relation: string;
    /** Masked; whole by visits.unmask alone. */
    phone?: string;
    id_number?: string;
}

export type QualityLevel = 'good' | 'weak' | 'bad' | 'gone';
export type QualityWhy = 'ok' | 'their-uplink' | 'their-downlink' | 'ours' | 'no-media';
export interface Quality {
    level: QualityLevel;
    why: QualityWhy;
    up_kbps: number;
    /** Percent: missing at first, and for good. */
    up_loss: number;
    up_lost?: number;
    jitter_ms?: number;
    down_kbps: number;
    down_loss: number;
    estimate_kbps?: number;
    wanted_kbps?: number;
    rtt_ms: number;
    /** Percent: what our own socket refused, and how busy the thread is that forwards it. */
    our_loss?: number;
    our_load?: number;
    silent_ms: number;
    width: number;
    height: number;
    level_dbov: number;
    /** Its line is too thin for a moving picture: it gets stills. */
    stills?: boolean;
}

/** present: its page is open; ready: waiting with camera and microphone; connected: its media flows. */
export interface Party {
    present: boolean;
    ready: boolean;
    connected: boolean;
    consent?: boolean;
    quality?: Quality;
}

export type VisitState = 'scheduled' | 'waiting' | 'live' | 'paused' | 'suspended' | 'ended';
export type WaitingFor = 'too-early' | 'family' | 'terminal-offline' | 'being-fetched' | 'recorder' | 'officer';
export type EndCause =
    | 'completed'
    | 'rule-broken'
    | 'identity'
    | 'technical'
    | 'emergency'
    | 'no-show'
    | 'party-lost'
    | 'withdrawn'
    | 'other';
export type RecordingClass = 'recorded' | 'privileged';
export type RecordingState = 'none' | 'recording' | 'failed' | 'sealing' | 'sealed' | 'destroyed';
export type TalkTo = 'nobody' | 'both' | Side;

export interface Visit {
    id: string;
    session: string;
    kind: 'visit';
    state: VisitState;
    subject: Subject;
    visitors: Visitor[];
    terminal: Terminal & { online: boolean };
    starts_ms: number;
    minutes: number;
    live_since_ms?: number;
    ends_at_ms?: number;
    recording_class: RecordingClass;
    privileged_reason?: string;
    parties: Record<Side, Party>;
    waiting_for?: WaitingFor;
    resumes_until_ms?: number;
    end?: { cause: EndCause; at_ms: number; by?: string; note?: string };
    recording?: {
        state: Exclude<RecordingState, 'destroyed'>;
        up_to_ms?: number;
        behind_ms?: number;
        progress?: number;
        reason?: string;
    };
    observers?: { id: string; display: string }[];
    talk_to?: TalkTo;
}

export interface Hello {
    seat: Seat;
    now_ms: number;
    zone: string;
    version: string;
    person?: Person;
    terminal?: Terminal;
    visit?: Visit | null;
    roles?: Role[];
    second_factor?: 'on' | 'off' | 'required';
    ice_servers: RTCIceServer[];
}

export type SlotParty = Side | 'announcer' | 'officer' | 'spot';
export interface Slot {
    mid: string;
    party: SlotParty;
    kind: 'audio' | 'video';
}

export type CallKind = 'inspection' | 'talk' | 'lesson' | 'roll-call' | 'emergency';
export interface Call {
    call: string;
    kind: CallKind;
    from: string;
    from_unit?: string;
    /** What it is about. */
    sentence?: string;
    /** The end of the answer clock. */
    until_ms?: number;
    /** It is answered by itself so many seconds later. */
    auto?: number;
    answered: boolean;
    session: string;
    party: string;
}
/** What a terminal's page shows of its roll-call. */
export interface Turn {
    spoken: boolean;
    turn: boolean;
    shown: boolean;
    /** The office that everybody sees; empty: none, or itself. */
    showing: string;
}
/** A standing pairing of two units. */
export interface UnitPair {
    id: string;
    unit?: Unit;
    other?: Unit;
    purpose: string;
    from_ms: number;
    /** 0: without end. */
    until_ms: number;
}
export interface ChoiceUnit extends Unit {
    tier: string;
    parent: string | null;
    terminal?: string;
    online?: boolean;
    busy_with?: string;
}
export type OfficeState = 'ringing' | 'answered' | 'absent' | 'declined' | 'busy' | 'no-terminal' | 'excused';
export interface Rollcall {
    id: string;
    session: string;
    name: string;
    unit?: Unit;
    by: string;
    state: 'running' | 'ended';
    clock_s: number;
    started_ms: number;
    ended_ms?: number;
    recorded: boolean;
    figures: { total: number; answered: number } & Partial<Record<OfficeState, number>>;
    spot?: string;
    spot_for_all?: boolean;
    talk_to?: string;
    talker?: string;
    sheet_sha256?: string;
    sheet_entry?: number;
}
export interface Office {
    number: number;
    unit: string;
    name: string;
    name_en?: string;
    terminal?: string;
    state: OfficeState;
    calls: number;
    called_ms?: number;
    until_ms?: number;
    answered_ms?: number;
    seconds?: number;
    signer?: string;
    reason?: string;
    by?: string;
    busy_with?: string;
    online?: boolean;
    connected?: boolean;
    left?: boolean;
    picture_sha256?: string;
    picture_url?: string;
}

export interface CallPolicy {
    kind: CallKind;
    answer: 'ask' | 'answer';
    after_s: number;
}

export interface Entry {
    at_ms: number;
    type: string;
    by?: string;
    detail?: unknown;
}
export interface Note {
    id?: string;
    at_ms: number;
    by: string;
    text: string;
}
export interface Warning {
    preset: string;
    text_zh: string;
    text_en: string;
}
export interface Cause {
    cause: EndCause;
    text_zh: string;
    text_en: string;
}

export interface Recording {
    session: string;
    visit: string;
    subject: Subject;
    visitors: Visitor[];
    unit: Unit;
    terminal: Terminal;
    began_ms: number;
    duration_ms: number;
    end_cause: EndCause;
    recording_class: RecordingClass;
    state: RecordingState;
    progress?: number;
    recovered: boolean;
    kind?: string;
    bytes?: number;
    /** Of the party that lost most; what was paused, muted or left is not missing. */
    missing_ms?: number;
    held?: boolean;
    review?: 'none' | 'open' | 'taken' | 'in-order' | 'remarks' | 'breach' | (string & {});
    retention?: { class: string; until_ms: number };
}
export interface RecordingFile {
    track: string;
    party: SlotParty;
    kind: 'audio' | 'video';
    codec: string;
    url: string;
    content_type: string;
    start_ms: number;
    duration_ms: number;
    width?: number;
    height?: number;
    bytes: number;
    gaps: { from_ms: number; to_ms: number; cause: string }[];
}

export interface UnitRow extends Unit {
    tier: string;
    parent: string | null;
    /** The townships that it serves. */
    areas?: string[];
    closed_ms?: number;
}
/** Where a unit was, and what it was called. */
export interface UnitPlace {
    name: string;
    path: string;
    from_ms?: number;
    until_ms?: number;
}
export interface UnitImportRow {
    line: number;
    id: string;
    name: string;
    parent?: string;
    tier?: string;
    before?: string;
    from?: string;
    to?: string;
}
/** What a table of units would change, or has. */
export interface UnitImport {
    rows: number;
    same: number;
    add: UnitImportRow[];
    change: UnitImportRow[];
    move: UnitImportRow[];
    n_faults: number;
    faults: { line: number; fault: string; value?: string; other_line?: number }[];
    applied: boolean;
}
/** Where somebody is signed in. */
export interface SignIn {
    id: string;
    address?: string;
    device?: string;
    since_ms: number;
    used_ms: number;
    until_ms: number;
    this: boolean;
}
export interface PersonPost {
    id: string;
    unit: Unit;
    role: Role;
    main: boolean;
    state: 'in-force' | 'coming' | 'over';
    from_ms?: number;
    until_ms?: number;
}
export interface PersonRow {
    id: string;
    name: string;
    display: string;
    roles: Role[];
    unit: Unit;
    disabled: boolean;
    last_seen_ms?: number;
    posts?: PersonPost[];
    second_factor?: boolean;
}
export interface TerminalRow extends Terminal {
    online: boolean;
    version?: string;
    last_seen_ms?: number;
    errors: string[];
}
export type CameraFault = 'unreachable' | 'password' | 'no-stream' | 'stalled' | 'rubbish' | 'unfit' | 'internal';
export interface CameraFindings {
    fault?: CameraFault;
    /** What to do about it, in English. */
    message?: string;
    /** fps 0: not known yet. */
    video?: { codec: string; width: number; height: number; fps: number; transcoded: boolean };
    audio?: { codec: string; transcoded: boolean };
    /** From one key frame to the next. */
    keyframe_s?: number;
}
export interface CameraRow extends CameraFindings {
    id: string;
    name: string;
    unit: Unit;
    state: 'idle' | 'connecting' | 'playing' | 'fault';
    since_ms?: number;
    /** It has an ONVIF address: it may be moved. */
    steerable?: boolean;
    /** Only for who keeps it. */
    url?: string;
    transport?: 'tcp' | 'udp';
    login?: boolean;
    onvif?: string;
    profile?: string;
}
/** Of ONVIF; url: absent when it names no stream that can be taken. */
export interface CameraProfile {
    profile: string;
    name: string;
    codec: string;
    width: number;
    height: number;
    url?: string;
}
export interface CameraHeard {
    address: string;
    name?: string;
    hardware?: string;
}
export interface CameraPreset {
    preset: string;
    name: string;
}
export interface CameraInput {
    name?: string;
    url?: string;
    user?: string;
    password?: string;
    transport?: 'tcp' | 'udp';
    onvif?: string;
    profile?: string;
}
/** What `who` and `object` of entries mean: a name, of a recording its unit and when it began. */
export type AuditNames = Readonly<Record<string, { name: string; at_ms?: number }>>;
export interface AuditRow {
    id: number;
    at_ms: number;
    who: string;
    action: string;
    object?: string;
    detail?: string;
    address?: string;
}
