/** Open cases of location alarms and rooms that one is called into, kept fresh by events. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Case, Room } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { useSession } from './session';

export const useCases = defineStore('cases', () => {
    const session = useSession();
    const byId = shallowRef<ReadonlyMap<string, Case>>(new Map());
    const rooms = shallowRef<readonly Room[]>([]);
    const invited = shallowRef<Room | null>(null);
    const loaded = ref(false);
    const failure = shallowRef<unknown>(null);

    const open = computed(() => [...byId.value.values()].sort((a, b) => b.opened_ms - a.opened_ms));
    /** Nobody has done anything about them yet. */
    const untouched = computed(() => open.value.filter((one) => one.n_actions === 0).length);

    async function load(): Promise<void> {
        try {
            const answer = await session.call(protocol.cases.list, {});
            byId.value = new Map(answer.cases.map((one) => [one.id, one]));
            if (session.isInspector) rooms.value = (await session.call(protocol.rooms.list, {})).rooms;
            failure.value = null;
            loaded.value = true;
        } catch (error) {
            failure.value = error;
        }
    }

    function put(one: Case): void {
        const next = new Map(byId.value);
        if (one.state === 'closed') next.delete(one.id);
        else next.set(one.id, one);
        byId.value = next;
    }

    function putRoom(room: Room): void {
        rooms.value = [room, ...rooms.value.filter((other) => other.id !== room.id)];
        if (invited.value?.id === room.id && room.state === 'ended') invited.value = null;
    }

    function follow(scope: Scope): void {
        session.onEvent(scope, protocol.caseEvents.changed, (told) => put(told.case));
        session.onEvent(scope, protocol.caseEvents.room, ({ room }) => putRoom(room));
        session.onEvent(scope, protocol.caseEvents.invited, ({ room }) => (invited.value = room));
    }

    function clear(): void {
        byId.value = new Map();
        rooms.value = [];
        invited.value = null;
        loaded.value = false;
    }

    return { open, untouched, rooms, invited, loaded, failure, load, put, putRoom, follow, clear };
});
