// Spot checks, supervisees and photos as docs/protocol.md has them. Times are milliseconds since 1970 UTC.
import type { Subject, Unit } from './types';

export type CheckKind = 'unit' | 'terminal' | 'supervisee';
export type CheckWeighting = 'equal' | 'days' | 'tickets' | 'hand';
export type CheckState = 'sealed' | 'planned' | 'drawn' | 'done' | 'withdrawn';
export type CheckOutcome = 'wall' | 'call' | 'visit' | 'photo' | 'skipped';

export interface Spotcheck {
    id: string;
    from: Unit;
    by: string;
    mine: boolean;
    state: CheckState;
    /** SHA-256 of "SEED:LIST_SHA256", before anybody knew the seed. */
    published: string;
    made_ms: number;
    /** A sealed plan: when it opens; what follows is missing until then. */
    opens_ms?: number;
    opened_ms?: number;
    name?: string;
    unit?: Unit;
    kind?: CheckKind;
    weighting?: CheckWeighting;
    n?: number;
    listed?: number;
    list_sha256?: string;
    /** From the draw on. */
    drawn_ms?: number;
    seed?: string;
    drawn?: number;
    done?: number;
    skipped?: number;
    /** Why it was withdrawn. */
    reason?: string;
}
export interface Candidate {
    id: string;
    name: string;
    unit: Unit;
    weight: number;
    /** When somebody last looked; missing: never. */
    last_ms?: number;
    /** Tickets of the unit: not closed; closed within a year. */
    open: number;
    past: number;
    /** Why this one cannot be drawn. */
    reason?: string;
}
export interface CheckItem extends Candidate {
    /** Of those who were drawn, 1 first. */
    rank?: number;
    outcome?: CheckOutcome;
    text?: string;
    photo?: string;
    by?: string;
    at_ms?: number;
}
export interface CheckAnswer {
    spotcheck: Spotcheck;
    items?: CheckItem[];
}
export interface CheckReplay {
    same: boolean;
    seed: string;
    list_sha256: string;
    published: string;
    listed: { id: string; weight: number }[];
    drawn: string[];
}

export interface Supervisee extends Subject {
    unit: Unit;
    /** The address of the enrolled picture. */
    picture?: string;
    picture_ms?: number;
}
export interface SuperviseeImport {
    added: number;
    changed: number;
    same: number;
    n_faults: number;
    faults: { line: number; fault: string; value?: string }[];
    applied: boolean;
}

export type PhotoState = 'asked' | 'opened' | 'answered' | 'expired' | 'judged' | 'withdrawn';
export type PhotoVerdict = 'same' | 'not-sure' | 'other-person' | 'no-answer';
export type PlaceState = 'given' | 'denied' | 'unavailable' | 'timeout' | 'unsupported';
export interface PhotoPlace {
    state: PlaceState;
    lat?: number;
    lon?: number;
    accuracy_m?: number;
}
export interface Photo {
    id: string;
    supervisee?: Supervisee;
    unit: Unit;
    by: string;
    reason: string;
    state: PhotoState;
    made_ms: number;
    expires_ms: number;
    opened_ms?: number;
    /** Of the answer. */
    picture?: string;
    sha256?: string;
    mark?: string;
    address?: string;
    place?: PhotoPlace;
    /** By the phone's clock, and by ours. */
    taken_ms?: number;
    received_ms?: number;
    bytes?: number;
    verdict?: PhotoVerdict;
    note?: string;
    judge?: string;
}
/** What the phone is told. */
export interface PhotoOpening {
    /** Masked: whoever is meant knows. */
    name: string;
    by: string;
    unit?: string;
    unit_en?: string;
    ticket: string;
    mark: string;
    now_ms: number;
    expires_ms: number;
}
