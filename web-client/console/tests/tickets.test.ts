import { describe, expect, it } from 'vitest';
import type { Ticket, TicketEvent, TicketPicture, TicketUnit } from '@rtc/protocol';
import { beforeAndAfter, inOrder, matches, timeLeft, withBelow } from '../logic/tickets';

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const ticket = (more: Partial<Ticket>): Ticket => ({
    id: 't1',
    number: '2026-0001',
    kind: 'ticket',
    from: { id: 'city', name: '市' },
    to: { id: 'office', name: '所' },
    by: '顾长宁',
    mine: false,
    text: 'x',
    state: 'issued',
    round: 1,
    n: 1,
    made_ms: 0,
    due: '1970-01-10',
    due_ms: 10 * DAY,
    overdue: false,
    needs_me: false,
    may: [],
    ...more,
});

describe('the time that is left', () => {
    it.each([
        [0, { late: false, unit: 'days', n: 10, gone: 0 }],
        [8.5 * DAY, { late: false, unit: 'days', n: 1, gone: 0.85 }],
        [10 * DAY - 5 * HOUR, { late: false, unit: 'hours', n: 5 }],
        [10 * DAY, { late: true, unit: 'hours', n: 0, gone: 1 }],
        [12.5 * DAY, { late: true, unit: 'days', n: 2, gone: 1 }],
    ])('at %i', (now, wanted) => {
        expect(timeLeft(ticket({}), now)).toMatchObject(wanted);
    });
});

describe('the list', () => {
    it('knows what is overdue, to be looked at again, over', () => {
        expect(matches(ticket({}), 'overdue', 10 * DAY)).toBe(true);
        expect(matches(ticket({ state: 'replied' }), 'overdue', 10 * DAY)).toBe(false);
        expect(matches(ticket({ state: 'replied' }), 'recheck', 0)).toBe(true);
        expect(matches(ticket({ state: 'withdrawn' }), 'open', 0)).toBe(false);
        expect(matches(ticket({ state: 'closed' }), 'over', 0)).toBe(true);
        expect(matches(ticket({ mine: true }), 'mine', 0)).toBe(true);
    });
    it('begins with what needs me, then with what is due first', () => {
        const list = [
            ticket({ id: 'a', due_ms: 3 }),
            ticket({ id: 'b', due_ms: 1 }),
            ticket({ id: 'c', due_ms: 9, needs_me: true }),
        ];
        expect(inOrder(list).map((one) => one.id)).toEqual(['c', 'b', 'a']);
    });
});

it('before is the evidence, after is what the last reply showed', () => {
    const picture = (id: string, side: TicketPicture['side'], event: number) => ({ id, side, event }) as TicketPicture;
    const event = (n: number, type: TicketEvent['type']) => ({ n, type }) as TicketEvent;
    const pair = beforeAndAfter(
        [event(1, 'create'), event(2, 'reply'), event(3, 'reopen'), event(4, 'reply')],
        [picture('e', 'evidence', 1), picture('r1', 'reply', 2), picture('r2', 'reply', 4)],
    );
    expect(pair.before.map((one) => one.id)).toEqual(['e']);
    expect(pair.after.map((one) => one.id)).toEqual(['r2']);
    expect(beforeAndAfter([], []).after).toEqual([]);
});

it('a task goes to what is below, but never to oneself', () => {
    const unit = (id: string, parent: string | null, own = false): TicketUnit => ({
        id,
        name: id,
        tier: 'x',
        parent,
        own,
    });
    const units = [unit('city', null, true), unit('county', 'city'), unit('o1', 'county'), unit('o2', 'city')];
    expect(withBelow(units, ['county'])).toEqual(['county', 'o1']);
    expect(withBelow(units, ['city'])).toEqual(['county', 'o1', 'o2']);
});
