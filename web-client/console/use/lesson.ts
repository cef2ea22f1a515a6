/** One lesson that is followed: its offices and checks as they change, who is shown, and teaching it from this device. */
import { computed, shallowRef, watch } from 'vue';
import * as protocol from '@rtc/protocol';
import type { Lesson } from '@rtc/protocol';
import { useSession } from '../stores/session';
import { useScope } from './scope';
import { useStar } from './star';

/** Changes of many offices are asked for together. */
const ASK_EVERY_MS = 1_000;
/** Minutes go on without anything changing. */
const REFRESH_MS = 15_000;

export function useLesson(id: string) {
    const session = useSession();
    const owner = useScope();
    const lesson = shallowRef<Lesson | null>(null);
    const failure = shallowRef<unknown>(null);
    const teaching = shallowRef(false);
    let looking = false;
    let asked: (() => void) | null = null;
    const star = useStar(
        id,
        {
            watch: () => session.call(protocol.lessons.watch, { lesson: id }),
            unwatch: () => session.call(protocol.lessons.unwatch, { lesson: id }),
        },
        'both',
    );

    async function load(): Promise<void> {
        try {
            lesson.value = (await session.call(protocol.lessons.get, { lesson: id })).lesson;
            failure.value = null;
            const live = lesson.value.state === 'live';
            if (live && !looking) {
                looking = true;
                await star.look();
            }
            if (!live && looking) {
                looking = false;
                teaching.value = false;
                star.close();
            }
        } catch (error) {
            failure.value = error;
        }
    }

    session.onEvent(owner, protocol.lessonEvents.changed, (change) => {
        if (change.lesson !== id || asked) return;
        asked = owner.after(ASK_EVERY_MS, () => {
            asked = null;
            void load();
        });
    });
    owner.every(REFRESH_MS, () => lesson.value?.state === 'live' && session.online && void load());
    watch(
        () => session.greeted,
        () => {
            looking = false;
            void load();
        },
        { immediate: true },
    );

    async function teach(on: boolean): Promise<void> {
        if (on) await star.send();
        star.setHeard(on);
        await session.call(protocol.lessons.floor, { lesson: id, on });
        teaching.value = on;
    }

    return {
        lesson,
        failure,
        load,
        teach,
        teaching,
        tracks: star.tracks,
        own: computed(() => star.own.value),
    };
}
