/** Lessons, as docs/protocol.md says. */
import type { Turn, Unit } from './types';

export type LessonPlaceState = 'waiting' | 'ringing' | 'here' | 'declined' | 'left' | 'busy' | 'no-terminal';
export interface Pupil {
    name: string;
    number: string;
    /** Not named any more. */
    gone: boolean;
    minutes: number;
}
/** An office in a lesson. */
export interface Place {
    number: number;
    unit: string;
    name: string;
    name_en?: string;
    terminal?: string;
    state: LessonPlaceState;
    reason?: string;
    confirmed: boolean;
    minutes: number;
    passed: number;
    failed: number;
    people: Pupil[];
    online?: boolean;
    present?: boolean;
}
export type CheckVerdict = 'open' | 'passed' | 'failed';
export interface LessonCheckRow {
    /** The office's number. */
    office: number;
    answer: 'asked' | 'answered' | 'missed';
    verdict: CheckVerdict;
    answered_ms?: number;
    picture_sha256?: string;
    judge?: string;
}
export interface LessonCheck {
    number: number;
    at_ms: number;
    until_ms: number;
    /** Not there: by chance. */
    by?: string;
    offices: LessonCheckRow[];
}
export type LessonState = 'planned' | 'live' | 'ended' | 'signed' | 'cancelled';
/** As a list has it. */
export interface LessonHead {
    id: string;
    session: string;
    title: string;
    teacher: string;
    unit?: Unit;
    by: string;
    state: LessonState;
    recorded: boolean;
    planned_ms: number;
    minutes: number;
    n_checks: number;
    started_ms: number;
    ended_ms: number;
    sha256?: string;
    figures?: { offices: number; here?: number; checks: number; open?: number };
}
export interface Lesson extends LessonHead {
    offices: Place[];
    checks: LessonCheck[];
    spot?: string;
    talker?: string;
    pictures_gone?: boolean;
}
/** As an office sees it: its own part alone. */
export interface OurPlace extends Place {
    /** A check waits for it until then. */
    check_until_ms?: number;
}
export interface OurLesson extends LessonHead {
    offices: OurPlace[];
}
export interface LessonHours {
    unit?: Unit;
    /** Empty: the office itself. */
    name: string;
    number: string;
    lessons: number;
    minutes: number;
    passed: number;
    failed: number;
    open: number;
}
/** What a terminal's page shows of its lesson. */
export interface LessonNow extends Turn {
    people: string[];
    confirmed: boolean;
    check_until_ms?: number;
}
