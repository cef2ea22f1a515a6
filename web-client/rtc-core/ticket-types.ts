// Tickets as docs/protocol.md has them. Times are milliseconds since 1970 UTC.
import type { Unit } from './types';

export type TicketState = 'draft' | 'issued' | 'read' | 'replied' | 'recheck' | 'reopened' | 'closed' | 'withdrawn';
export type TicketAct = 'issue' | 'read' | 'reply' | 'recheck' | 'close' | 'reopen' | 'withdraw';
export type TicketSide = 'evidence' | 'reply' | 'recheck';
export type TicketSource = 'camera' | 'terminal' | 'session' | 'phone' | 'file';

export interface TicketType {
    id: string;
    text_zh: string;
    text_en: string;
    days: number;
    off?: boolean;
}
export interface Ticket {
    id: string;
    number: string;
    kind: 'ticket' | 'task';
    /** Of all copies of a task. */
    task?: string;
    from: Unit;
    to: Unit;
    by: string;
    mine: boolean;
    type?: TicketType;
    text: string;
    moment?: { session?: string; at_ms?: number; to_ms?: number; place?: string };
    state: TicketState;
    /** How often it was sent: 2 after it was opened again. */
    round: number;
    n: number;
    made_ms: number;
    /** A day, or a minute. */
    due: string;
    due_ms: number;
    overdue: boolean;
    recheck_ms?: number;
    climbed?: Unit;
    needs_me: boolean;
    may: TicketAct[];
    may_add?: TicketSide;
}
export interface TicketEvent {
    n: number;
    at_ms: number;
    type: TicketAct | 'create' | 'overdue';
    by: string;
    unit?: Unit;
    text?: string;
    detail?: { due?: string; due_ms?: number; recheck_ms?: number; late?: boolean; climbed?: Unit };
}
export interface TicketPicture {
    id: string;
    side: TicketSide;
    /** Of the event with which it was shown to the other side. */
    event?: number;
    by: string;
    source?: TicketSource;
    session?: string;
    at_ms?: number;
    place?: string;
    taken_ms?: number;
    received_ms: number;
    bytes: number;
    content_type: string;
    sha256: string;
    url: string;
}
export interface TicketAnswer {
    ticket: Ticket;
    events: TicketEvent[];
    pictures: TicketPicture[];
}
export interface TicketUnit extends Unit {
    tier: string;
    parent: string | null;
    /** Where the asker's own post is: no ticket goes there. */
    own: boolean;
}
export interface Task {
    task: string;
    from: Unit;
    by: string;
    text: string;
    due: string;
    due_ms: number;
    made_ms: number;
    total: number;
    read: number;
    replied: number;
    closed: number;
    overdue: number;
}
export type TicketFilter = 'all' | 'open' | 'needs-me' | 'mine' | 'overdue' | 'recheck' | 'over';
