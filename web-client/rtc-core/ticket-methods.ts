// Tickets, from what was found to what was put right: part of protocol.ts.
import type { Task, Ticket, TicketAnswer, TicketFilter, TicketType, TicketUnit } from './types';
import { method } from './method';

type Nothing = Record<string, never>;
type OfTicket = { ticket: string };

export const tickets = {
    list: method<
        { filter?: TicketFilter; unit?: string; type?: string; task?: string; before?: number; limit?: number },
        { tickets: Ticket[]; before?: number }
    >('tickets.list'),
    get: method<OfTicket, TicketAnswer>('tickets.get'),
    choices: method<Nothing, { units: TicketUnit[]; types: TicketType[] }>('tickets.choices'),
    /** `client`: one's own name of it; asked twice with the same, it is made once. */
    create: method<
        {
            client: string;
            kind?: 'ticket' | 'task';
            units: string[];
            type?: string;
            text: string;
            due?: string;
            draft?: boolean;
            session?: string;
            at_ms?: number;
            to_ms?: number;
            place?: string;
        },
        { tickets: Ticket[] }
    >('tickets.create'),
    issue: method<OfTicket, TicketAnswer>('tickets.issue'),
    read: method<OfTicket, TicketAnswer>('tickets.read'),
    reply: method<OfTicket & { text: string; pictures?: string[] }, TicketAnswer>('tickets.reply'),
    recheck: method<OfTicket & { text?: string; due?: string; pictures?: string[] }, TicketAnswer>('tickets.recheck'),
    close: method<OfTicket & { text?: string; pictures?: string[] }, TicketAnswer>('tickets.close'),
    reopen: method<OfTicket & { reason: string; due: string; pictures?: string[] }, TicketAnswer>('tickets.reopen'),
    withdraw: method<OfTicket & { reason: string }, TicketAnswer>('tickets.withdraw'),
    tasks: method<Nothing, { tasks: Task[] }>('tickets.tasks'),
    types: method<Nothing, { types: TicketType[] }>('tickets.types'),
    setType: method<
        { id?: string; text_zh: string; text_en: string; days: number; off?: boolean },
        { type: TicketType }
    >('tickets.type-set'),
};
