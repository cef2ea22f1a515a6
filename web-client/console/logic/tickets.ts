/** How much of a ticket's time is left, and what stands before and after. Pure. */
import type { Ticket, TicketEvent, TicketFilter, TicketPicture, TicketUnit } from '@rtc/protocol';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

export interface TimeLeft {
    late: boolean;
    unit: 'days' | 'hours';
    n: number;
    /** Of the time it was given, 0 to 1: what is gone. */
    gone: number;
}

/** Days are rounded so that nobody reads more time than there is. */
export function timeLeft(ticket: Pick<Ticket, 'due_ms' | 'made_ms'>, now: number): TimeLeft {
    const left = ticket.due_ms - now;
    const size = Math.abs(left);
    const unit = size >= DAY ? 'days' : 'hours';
    const n = Math.floor(size / (unit === 'days' ? DAY : HOUR));
    const given = Math.max(ticket.due_ms - ticket.made_ms, 1);
    return { late: left <= 0, unit, n, gone: Math.min(Math.max(1 - left / given, 0), 1) };
}

const waits = (ticket: Ticket) => ['issued', 'read', 'reopened'].includes(ticket.state);
export const isOver = (ticket: Ticket) => ticket.state === 'closed' || ticket.state === 'withdrawn';
export const isOverdue = (ticket: Ticket, now: number) => waits(ticket) && now >= ticket.due_ms;

export function matches(ticket: Ticket, filter: TicketFilter, now: number): boolean {
    switch (filter) {
        case 'needs-me':
            return ticket.needs_me;
        case 'mine':
            return ticket.mine && !isOver(ticket);
        case 'overdue':
            return isOverdue(ticket, now);
        case 'recheck':
            return ticket.state === 'replied' || ticket.state === 'recheck';
        case 'over':
            return isOver(ticket);
        case 'open':
            return !isOver(ticket);
        case 'all':
            return true;
    }
}

/** What needs somebody soonest comes first. */
export function inOrder(tickets: readonly Ticket[]): Ticket[] {
    return [...tickets].sort(
        (a, b) => Number(b.needs_me) - Number(a.needs_me) || a.due_ms - b.due_ms || a.id.localeCompare(b.id),
    );
}

/** The evidence, and what the unit showed last. */
export function beforeAndAfter(
    events: readonly TicketEvent[],
    pictures: readonly TicketPicture[],
): { before: TicketPicture[]; after: TicketPicture[] } {
    const last = events.filter((event) => event.type === 'reply').slice(-1)[0]?.n;
    return {
        before: pictures.filter((picture) => picture.side === 'evidence'),
        after: pictures.filter((picture) => picture.side === 'reply' && picture.event === last && last !== undefined),
    };
}

/** These units and everything below them, without the asker's own. */
export function withBelow(units: readonly TicketUnit[], chosen: readonly string[]): string[] {
    const found = new Set(chosen);
    let before = -1;
    while (before !== found.size) {
        before = found.size;
        for (const unit of units) if (unit.parent !== null && found.has(unit.parent)) found.add(unit.id);
    }
    return units.filter((unit) => found.has(unit.id) && !unit.own).map((unit) => unit.id);
}
