/** The visits of a day, kept fresh by events. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Quality, Side, Visit } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { heardAt } from '../logic/grouping';
import { dayOf } from '../logic/time';
import { useSession } from './session';

export const useVisits = defineStore('visits', () => {
    const session = useSession();
    const byId = shallowRef<ReadonlyMap<string, Visit>>(new Map());
    const loading = ref(false);
    const failure = shallowRef<unknown>(null);
    const loadedOnce = ref(false);
    /** Midnight of the day that is shown; null: today, also after midnight has passed. */
    const day = ref<number | null>(null);

    const all = computed(() => [...byId.value.values()]);

    function range(): { from: number; to: number } {
        return dayOf(day.value ?? session.now(), session.zone);
    }

    async function load(): Promise<void> {
        const asked = range();
        loading.value = true;
        try {
            const answer = await session.call(protocol.visits.list, { from_ms: asked.from, to_ms: asked.to });
            if (range().from !== asked.from) return;
            byId.value = new Map(answer.visits.map((visit) => [visit.id, heardAt(visit, session.now())]));
            failure.value = null;
            loadedOnce.value = true;
        } catch (error) {
            failure.value = error;
        } finally {
            loading.value = false;
        }
    }

    function show(next: number | null): void {
        day.value = next;
        byId.value = new Map();
        loadedOnce.value = false;
        void load();
    }

    /** A visit of another day is kept out of the list, unless it is going on. */
    function put(visit: Visit): void {
        const { from, to } = range();
        const belongs = visit.starts_ms >= from && visit.starts_ms < to;
        const running = visit.state === 'live' || visit.state === 'paused' || visit.state === 'suspended';
        if (!belongs && !(running && day.value === null) && !byId.value.has(visit.id)) return;
        byId.value = new Map(byId.value).set(visit.id, visit);
    }

    function putQuality(id: string, parties: Record<Side, Quality>, recording: Visit['recording']): void {
        const visit = byId.value.get(id);
        if (!visit) return;
        const next: Visit = {
            ...visit,
            ...(recording ? { recording } : {}),
            parties: {
                family: { ...visit.parties.family, quality: parties.family },
                terminal: { ...visit.parties.terminal, quality: parties.terminal },
            },
        };
        put(recording ? heardAt(next, session.now()) : next);
    }

    /** Listens as long as the scope lives. */
    function follow(scope: Scope): void {
        session.onEvent(
            scope,
            protocol.events.visitChanged,
            ({ visit }) => visit && put(heardAt(visit, session.now())),
        );
        session.onEvent(scope, protocol.events.visitQuality, ({ visit, parties, recording }) =>
            putQuality(visit, parties, recording),
        );
    }

    function clear(): void {
        byId.value = new Map();
        loadedOnce.value = false;
        failure.value = null;
        day.value = null;
    }

    return { all, byId, day, loading, loadedOnce, failure, range, load, show, put, follow, clear };
});
