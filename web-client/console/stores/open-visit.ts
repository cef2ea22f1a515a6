/** Everything about one visit that is open: the visit itself, its events and notes. Not a store: lives with its page. */
import { computed, shallowRef, watch } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Entry, Note, Visit } from '@rtc/protocol';
import { heardAt } from '../logic/grouping';
import { useScope } from '../use/scope';
import { useSession } from './session';
import { useVisits } from './visits';

const REFRESH_MS = 5_000;

export function useOpenVisit(id: string) {
    const session = useSession();
    const visits = useVisits();
    const scope = useScope();
    const own = shallowRef<Visit | null>(null);
    const events = shallowRef<Entry[]>([]);
    const notes = shallowRef<Note[]>([]);
    const failure = shallowRef<unknown>(null);
    let again = false;
    let running = false;

    /* The list is told of every change at once; a visit of another day is known here only. */
    const visit = computed(() => visits.byId.get(id) ?? own.value);

    async function load(): Promise<void> {
        if (running) {
            again = true;
            return;
        }
        running = true;
        try {
            const answer = await session.call(protocol.visits.get, { visit: id });
            own.value = answer.visit;
            visits.put(heardAt(answer.visit, session.now()));
            events.value = answer.events;
            notes.value = answer.notes;
            failure.value = null;
        } catch (error) {
            failure.value = error;
        } finally {
            running = false;
        }
        if (again && !scope.ended) {
            again = false;
            void load();
        }
    }

    session.onEvent(scope, protocol.events.visitChanged, ({ visit: changed }) => {
        if (changed?.id !== id) return;
        own.value = changed;
        void load();
    });
    watch(
        () => session.greeted,
        () => void load(),
        { immediate: true },
    );
    /* How far the recording has come is not worth an event of its own. */
    scope.every(REFRESH_MS, () => {
        if (session.online && visit.value?.state !== 'ended') void load();
    });
    return { visit, events, notes, failure, load };
}
