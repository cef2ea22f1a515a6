// Duty and reports as docs/protocol.md has them. Times are milliseconds since 1970 UTC.
import type { Language, Unit } from './types';

export type ShiftState = 'draft' | 'to-come' | 'on-duty' | 'handing-over' | 'done';
export type ShiftAct = 'remove' | 'assign' | 'write' | 'hand-over' | 'sign';
export interface DutyPerson {
    id: string;
    display: string;
    unit?: Unit;
}
export interface Signed {
    at_ms: number;
    by?: string;
    text?: string;
    next?: string;
}
export interface Shift {
    id: string;
    unit: Unit;
    state: ShiftState;
    from_ms: number;
    until_ms: number;
    leader: DutyPerson;
    members: DutyPerson[];
    /** A shift before it that nobody has signed for yet. */
    before?: string;
    late: boolean;
    mine: boolean;
    handed?: Signed;
    taken?: Signed;
    may: ShiftAct[];
}

export type FactKind =
    | 'rollcall'
    | 'answered'
    | 'absent'
    | 'excused'
    | 'look'
    | 'spot-checked'
    | 'lesson'
    | 'visit'
    | 'warning'
    | 'cut'
    | 'talk'
    | 'case-opened'
    | 'case-closed'
    | 'ticket-issued'
    | 'ticket-replied'
    | 'ticket-reopened'
    | 'ticket-overdue'
    | 'ticket-closed'
    | 'ticket-withdrawn';

/** What was recorded: `id` is the entry's of the audit log. */
export interface Fact {
    id: number;
    at_ms: number;
    kind: FactKind;
    unit?: Unit;
    path?: string;
    who?: string;
    by?: string;
    object?: string;
    value: number;
    detail?: Record<string, unknown>;
}
export interface LogLine extends Fact {
    until_ms: number;
    count: number;
}
export interface WrittenLine {
    id: string;
    at_ms: number;
    first_ms?: number;
    by: string;
    text: string;
    was: { at_ms: number; by: string; text: string }[];
}
export interface OpenItem {
    item: string;
    kind: FactKind | 'note';
    unit?: Unit;
    object?: string;
    at_ms: number;
    text?: string;
    by?: string;
}
export interface ShiftAnswer {
    shift: Shift;
    log: LogLine[];
    lines: WrittenLine[];
    items: OpenItem[];
}

export type ReportState = 'draft' | 'in-review' | 'refused' | 'approved';
export type ReportAct = 'save' | 'submit' | 'refuse' | 'approve';
export type ReportPart = 'units' | 'good' | 'problems' | 'orders' | 'passed' | 'inspectors';
export interface Report {
    id: string;
    kind: 'brief' | 'bulletin';
    unit: Unit;
    period: string;
    language: Language;
    title: string;
    state: ReportState;
    year: number;
    number?: number;
    by: string;
    approver?: string;
    sha256?: string;
    n: number;
    from_ms: number;
    until_ms: number;
    made_ms: number;
    upto: number;
    may: ReportAct[];
    body?: Record<ReportPart, string>;
}
export interface Figure {
    kind: FactKind;
    count: number;
    value: number;
    units: number;
}
export interface ReportAnswer {
    report: Report;
    figures: Figure[];
    events: { n: number; at_ms: number; type: ReportAct | 'draft'; by: string; text?: string }[];
}

export type Part = 'response' | 'in-time' | 'lasting' | 'covered';
export interface Ranked {
    unit?: Unit;
    rank: number;
    /** Thousandths; -1: nothing was recorded. */
    score: number;
    parts: { part: Part; of: number; all: number; permille: number }[];
}
export interface Formula {
    version: number;
    parts: { part: Part; weight: number }[];
}
/** Set for a unit and those below, from a quarter on. */
export interface Weights extends Formula {
    quarter: string;
    by: string;
    reason: string;
    made_ms: number;
}
export interface WeightsAnswer {
    now: Formula;
    weights: Weights[];
    /** For which they can be set. */
    quarters: string[];
}
export interface Ranking {
    formula: Formula;
    ranking: Ranked[];
    from_ms: number;
    until_ms: number;
}

export interface CoveredOffice {
    unit?: Unit;
    group?: Unit;
    inspections: number;
    looks: number;
    looked_ms: number;
    last_ms?: number;
}
export interface Looker {
    who: string;
    by: string;
    unit?: Unit;
    looks: number;
    looked_ms: number;
    last_ms: number;
}
export interface Coverage {
    total: number;
    inspected: number;
    offices: CoveredOffice[];
    lookers: Looker[];
}
export interface FactFilter {
    unit: string;
    from_ms: number;
    until_ms: number;
    kinds?: FactKind[];
    who?: string;
    at?: string;
    below?: string;
    upto?: number;
    after?: number;
}
