/** One roll-call that is followed: its offices as they change, the picture of whose turn it is, and one's own voice. */
import { ref, shallowRef, watch } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Office, Rollcall } from '@rtc/protocol';
import { merge } from '../logic/rollcall';
import { useSession } from '../stores/session';
import { useScope } from './scope';
import { useStar } from './star';

export function useRollcall(id: string) {
    const session = useSession();
    const owner = useScope();
    const rollcall = shallowRef<Rollcall | null>(null);
    const offices = shallowRef<readonly Office[]>([]);
    const failure = shallowRef<unknown>(null);
    const talking = ref(false);
    const star = useStar(
        id,
        {
            watch: () => session.call(protocol.rollcall.watch, { rollcall: id }),
            unwatch: () => session.call(protocol.rollcall.unwatch, { rollcall: id }),
        },
        'sound',
    );

    async function load(): Promise<void> {
        try {
            const answer = await session.call(protocol.rollcall.get, { rollcall: id });
            rollcall.value = answer.rollcall;
            offices.value = answer.offices;
            failure.value = null;
            if (answer.rollcall.state === 'running') await star.look();
        } catch (error) {
            failure.value = error;
        }
    }

    session.onEvent(owner, protocol.callEvents.rollcallChanged, (change) => {
        if (change.rollcall.id !== id) return;
        rollcall.value = change.rollcall;
        offices.value = merge(offices.value, change.offices);
        if (change.rollcall.state !== 'ended') return;
        star.close();
        talking.value = false;
    });
    watch(
        () => session.greeted,
        () => void load(),
        { immediate: true },
    );

    /** A unit, "*" for all, empty for nobody. */
    async function talk(to: string): Promise<void> {
        if (to !== '') await star.send();
        star.setHeard(to !== '');
        await session.call(protocol.rollcall.talk, { rollcall: id, to });
        talking.value = to !== '';
    }

    const turn = (unit: string, forAll: boolean): Promise<unknown> =>
        session.call(protocol.rollcall.turn, { rollcall: id, unit, for_all: forAll });

    return { rollcall, offices, failure, tracks: star.tracks, talking, load, talk, turn };
}
