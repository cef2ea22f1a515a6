// Duty and reports: part of protocol.ts.
import { event, method } from './method';
import type {
    Coverage,
    DutyPerson,
    Fact,
    FactFilter,
    Language,
    Ranking,
    Report,
    ReportAnswer,
    ReportPart,
    Shift,
    ShiftAnswer,
    WeightsAnswer,
} from './types';

type Nothing = Record<string, never>;
type OfShift = { shift: string };

export const duty = {
    now: method<Nothing, { shifts: Shift[] }>('duty.now'),
    roster: method<{ unit: string; from_ms: number; until_ms: number }, { shifts: Shift[] }>('duty.roster'),
    choices: method<{ unit: string }, { persons: DutyPerson[] }>('duty.choices'),
    /** Times on the node's clock: "2026-03-29T08:00". */
    add: method<
        { unit: string; from: string; until: string; leader: string; members: string[]; repeat?: number },
        { added: number }
    >('duty.add'),
    assign: method<OfShift & { leader: string; members: string[] }, ShiftAnswer>('duty.assign'),
    remove: method<OfShift, Nothing>('duty.remove'),
    publish: method<{ unit: string }, Nothing>('duty.publish'),
    get: method<OfShift, ShiftAnswer>('duty.get'),
    line: method<OfShift & { text: string }, ShiftAnswer>('duty.line'),
    edit: method<OfShift & { line: string; text: string }, ShiftAnswer>('duty.edit'),
    note: method<OfShift & { text: string }, ShiftAnswer>('duty.note'),
    settle: method<OfShift & { item: string; reason: string }, ShiftAnswer>('duty.settle'),
    handOver: method<OfShift & { text?: string }, ShiftAnswer>('duty.hand-over'),
    sign: method<OfShift & { reason?: string }, ShiftAnswer>('duty.sign'),
};

export const dutyEvents = { changed: event<{ unit: string }>('duty.changed') };

type OfReport = { report: string; n: number };

export const reports = {
    list: method<{ unit?: string }, { reports: Report[] }>('reports.list'),
    get: method<{ report: string }, ReportAnswer>('reports.get'),
    draft: method<{ unit: string; period: string; language: Language }, ReportAnswer>('reports.draft'),
    save: method<OfReport & { title: string } & Record<ReportPart, string>, ReportAnswer>('reports.save'),
    submit: method<OfReport, ReportAnswer>('reports.submit'),
    refuse: method<OfReport & { reason: string }, ReportAnswer>('reports.refuse'),
    approve: method<OfReport, ReportAnswer>('reports.approve'),
    events: method<FactFilter, { events: Fact[]; after?: number }>('reports.events'),
    coverage: method<{ unit: string; from_ms: number; until_ms: number }, Coverage>('reports.coverage'),
    ranking: method<{ unit: string; quarter: string }, Ranking>('reports.ranking'),
    weights: method<{ unit: string }, WeightsAnswer>('reports.weights'),
    setWeights: method<
        {
            unit: string;
            quarter: string;
            response: number;
            in_time: number;
            lasting: number;
            covered: number;
            reason: string;
        },
        WeightsAnswer
    >('reports.set-weights'),
};

export const reportPath = (report: string, as: 'page' | 'pdf'): string =>
    `/api/v1/reports/${encodeURIComponent(report)}/${as}`;
export const reportEventsPath = (unit: string): string => `/api/v1/reports/events.csv?unit=${encodeURIComponent(unit)}`;
