/** The tickets that are not over, kept fresh by events; and a picture on its way into a new one. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Ticket, TicketPlace } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { isOver } from '../logic/tickets';
import { useSession } from './session';

/** What another page hands over: a picture of a moment, and where it was seen. */
export interface Found {
    picture: Blob;
    unit?: string;
    place?: TicketPlace;
}

const MOST = 500;

export const useTickets = defineStore('tickets', () => {
    const session = useSession();
    const byId = shallowRef<ReadonlyMap<string, Ticket>>(new Map());
    const loaded = ref(false);
    const failure = shallowRef<unknown>(null);
    const found = shallowRef<Found | null>(null);

    const all = computed(() => [...byId.value.values()]);
    const needing = computed(() => all.value.filter((ticket) => ticket.needs_me).length);

    async function load(): Promise<void> {
        try {
            const answer = await session.call(protocol.tickets.list, { filter: 'open', limit: MOST });
            byId.value = new Map(answer.tickets.map((ticket) => [ticket.id, ticket]));
            failure.value = null;
            loaded.value = true;
        } catch (error) {
            failure.value = error;
        }
    }

    function put(ticket: Ticket): void {
        const next = new Map(byId.value);
        if (isOver(ticket)) next.delete(ticket.id);
        else next.set(ticket.id, ticket);
        byId.value = next;
    }

    function follow(scope: Scope): void {
        session.onEvent(scope, protocol.ticketEvents.changed, ({ ticket }) => put(ticket));
    }

    function clear(): void {
        byId.value = new Map();
        loaded.value = false;
        found.value = null;
    }

    return { all, needing, loaded, failure, found, load, put, follow, clear };
});
