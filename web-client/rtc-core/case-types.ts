// Location alarms, the map and rooms of an emergency as docs/protocol.md has them. Times are milliseconds since 1970 UTC, positions WGS84.
import type { Unit } from './types';

export type AlarmKind = 'left-area' | 'switched-off' | 'left-behind' | 'lost' | 'low-battery' | 'removed';
export type CaseActionKind = 'call' | 'photo' | 'video' | 'office';
export type CaseResult = 'answered' | 'no-answer' | 'refused' | 'other-person';

export interface Case {
    id: string;
    state: 'open' | 'closed';
    /** As the platform names the person; name: where this gateway knows him. */
    person: string;
    name?: string;
    platform?: string;
    unit: Unit;
    /** The alarm named a unit that is here; otherwise somebody has to assign it. */
    unit_known: boolean;
    opened_ms: number;
    n_alarms: number;
    n_actions: number;
    /** Of what occurred last. */
    kind: AlarmKind;
    occurred_ms: number;
    lat?: number;
    lon?: number;
    seen_ms?: number;
    accuracy_m?: number;
    closed?: { at_ms: number; by: string; note?: string; n: number; action: CaseActionKind; result: CaseResult };
}
export interface CaseAlarm {
    id: string;
    kind: AlarmKind;
    unit_code: string;
    device?: string;
    occurred_ms: number;
    received_ms?: number;
    arrived_ms: number;
    /** Its time is later than ours was. */
    ahead: boolean;
    lat?: number;
    lon?: number;
    sent?: { lat: number; lon: number; datum: 'WGS84' | 'GCJ02' };
    accuracy_m?: number;
}
export interface CaseAction {
    n: number;
    action: CaseActionKind;
    /** None: it is under way. */
    result?: CaseResult;
    session?: string;
    request?: string;
    note?: string;
    by: string;
    began_ms: number;
    ended_ms?: number;
}
export interface NearCamera {
    id: string;
    name: string;
    unit: Unit;
    lat: number;
    lon: number;
    distance_m: number;
}
export interface CaseAnswer {
    case: Case & { alarms: CaseAlarm[]; actions: CaseAction[] };
    cameras: NearCamera[];
    terminal?: { id: string; name: string; online?: boolean };
    unit_at?: { lat: number; lon: number };
    callback?: { state: 'pending' | 'done'; tries: number; next_ms?: number; message?: string };
}
export interface MapUnit extends Unit {
    tier: string;
    parent?: string;
    lat?: number;
    lon?: number;
}
export interface MapCamera {
    id: string;
    name: string;
    unit: string;
    lat?: number;
    lon?: number;
}
export interface MapAnswer {
    units: MapUnit[];
    cameras: MapCamera[];
    cases: Case[];
    tiles?: { min: number; max: number };
}

export type MemberState = 'ringing' | 'answered' | 'absent' | 'declined' | 'busy' | 'left' | 'no-terminal';
export interface RoomMember {
    n: number;
    unit: Unit;
    terminal?: string;
    state: MemberState;
    answered_ms?: number;
    connected: boolean;
}
export interface Room {
    id: string;
    kind: 'emergency' | 'case-call';
    name: string;
    unit: Unit;
    sentence?: string;
    plan?: string;
    case?: string;
    by: string;
    state: 'open' | 'ended';
    opened_ms: number;
    ended_ms?: number;
    session?: string;
    members: RoomMember[];
    answered: number;
    cameras?: string[];
    observers: string[];
    spot?: number;
    talker?: string;
}
export interface EmergencyPlan {
    id: string;
    name: string;
    unit: Unit;
    tiers: string[];
    units: string[];
    people: string[];
    cameras: string[];
    sentence?: string;
    by: string;
    changed_ms: number;
}
export interface CallablePerson {
    id: string;
    name: string;
    unit: Unit;
}
export type PlatformMay = 'alarms' | 'events';
/** Results on their way to a platform. */
export interface Deliveries {
    waiting: number;
    done: number;
    next_ms?: number;
    message?: string;
}
export interface Delivery {
    case: string;
    state: 'pending' | 'done';
    tries: number;
    made_ms: number;
    next_ms?: number;
    message?: string;
}
/** Files that a platform leaves in a folder of this machine: the last one, and how many of its rows came in. */
export interface PlatformFiles {
    folder: string;
    there: boolean;
    /** There are more files than are looked at. */
    more: boolean;
    waiting: number;
    problem?: string;
    last?: { name: string; at_ms: number; taken: number; known: number; refused: number; message?: string };
}
export interface Platform {
    id: string;
    name: string;
    unit: Unit;
    may: PlatformMay[];
    callback?: string;
    made_ms: number;
    revoked_ms?: number;
    /** When its token was used last. */
    heard_ms?: number;
    deliveries?: Deliveries;
    files?: PlatformFiles;
}
