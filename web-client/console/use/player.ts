/** Plays the files of a recording in step. Says where it is; the page draws it. */
import { computed, ref, shallowRef } from 'vue';
import type { Ref } from 'vue';
import type { RecordingFile } from '@rtc/protocol';
import { changed, correct, covers, fileTime, nextSpeed, positionAt, skipOver } from '../logic/player-sync';
import type { Clock, Stretch } from '../logic/player-sync';
import { useScope } from './scope';

const LOOK_MS = 40;
const SEEK_AGAIN_MS = 800; /* a seek takes a while; another one meanwhile only makes it longer */
const NEAR_END_S = 0.4; /* the last frames of a file have nothing after them to wait for */

interface Part {
    file: RecordingFile;
    element: HTMLMediaElement;
    soughtAt: number;
}

export interface PlayerSource {
    files: readonly RecordingFile[];
    durationMs: number;
    paused: readonly Stretch[];
}

export function usePlayer(source: PlayerSource) {
    const scope = useScope();
    const parts = new Map<string, Part>();
    const clock = shallowRef<Clock>({ position_ms: 0, at_ms: 0, speed: 1, running: false });
    const position = ref(0);
    const playing = ref(false);
    const buffering = ref(false);
    const skipPauses = ref(false);
    const failed: Ref<Set<string>> = ref(new Set());
    /** The largest distance between any two files now, for who wants to know. */
    const apartMs = ref(0);
    const end = source.durationMs;
    const speed = computed(() => clock.value.speed);
    const time = () => performance.now();

    const change = (next: Partial<Clock>) => (clock.value = changed(clock.value, time(), end, next));

    function attach(file: RecordingFile, element: HTMLMediaElement | null): void {
        const known = parts.get(file.track);
        if (!element) parts.delete(file.track);
        else if (known?.element !== element) parts.set(file.track, { file, element, soughtAt: -Infinity });
    }

    /* Not waited for any more, but still led: without a loudspeaker some browsers fail a sound and go on with it. */
    function fail(file: RecordingFile): void {
        failed.value = new Set(failed.value).add(file.track);
    }

    const working = () => [...parts.values()].filter((part) => !failed.value.has(part.file.track));

    function waitsFor(part: Part, at: number): boolean {
        if (!covers(at, part.file)) return false;
        if (fileTime(at, part.file) > part.file.duration_ms / 1000 - NEAR_END_S) return false;
        return part.element.seeking || part.element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    }

    function steer(part: Part, at: number, run: boolean, align: boolean): void {
        const { element, file } = part;
        const state = { time: element.currentTime, seeking: element.seeking };
        const next = correct(at, file, state, clock.value.speed, run);
        if (element.playbackRate !== next.rate) element.playbackRate = next.rate;
        if (next.seek !== undefined && align && time() - part.soughtAt > SEEK_AGAIN_MS) {
            part.soughtAt = time();
            element.currentTime = Math.min(next.seek, Math.max(0, file.duration_ms / 1000 - 0.01));
        }
        if (next.active && run && element.paused) element.play().catch(() => undefined);
        if ((!next.active || !run) && !element.paused) element.pause();
    }

    function measure(at: number): void {
        const off = working()
            .filter((part) => covers(at, part.file) && !part.element.seeking)
            .map((part) => part.element.currentTime - fileTime(at, part.file));
        apartMs.value = off.length > 1 ? Math.round((Math.max(...off) - Math.min(...off)) * 1000) : 0;
    }

    function look(): void {
        let at = positionAt(clock.value, time(), end);
        if (playing.value && skipPauses.value) {
            const over = skipOver(at, source.paused);
            if (over !== at) {
                change({ position_ms: over });
                at = over;
            }
        }
        if (playing.value && at >= end) {
            playing.value = false;
            change({ running: false });
        }
        buffering.value = working().some((part) => waitsFor(part, at));
        const run = playing.value && !buffering.value;
        if (clock.value.running !== run) change({ running: run });
        /* While one file is waited for, the others only stand still; they are put right when all can go on. */
        for (const part of parts.values()) steer(part, at, run, !buffering.value || !playing.value || far(part, at));
        position.value = at;
        measure(at);
    }

    const far = (part: Part, at: number) => Math.abs(part.element.currentTime - fileTime(at, part.file)) > 1;

    function seek(to: number): void {
        change({ position_ms: Math.max(0, Math.min(end, to)) });
        for (const part of parts.values()) part.soughtAt = -Infinity;
        look();
    }

    function play(): void {
        if (position.value >= end - 100) seek(0);
        playing.value = true;
        look();
    }

    function pause(): void {
        playing.value = false;
        change({ running: false });
        look();
    }

    function setSpeed(next: number): void {
        change({ speed: next });
        look();
    }

    scope.every(LOOK_MS, look);
    scope.add(() => {
        for (const part of parts.values()) {
            part.element.pause();
            part.element.removeAttribute('src');
        }
    });

    return {
        position,
        playing,
        buffering,
        skipPauses,
        speed,
        failed,
        apartMs,
        attach,
        fail,
        seek,
        play,
        pause,
        toggle: () => (playing.value ? pause() : play()),
        step: (byMs: number) => {
            pause();
            seek(position.value + byMs);
        },
        setSpeed,
        faster: () => setSpeed(nextSpeed(clock.value.speed, 1)),
        slower: () => setSpeed(nextSpeed(clock.value.speed, -1)),
    };
}

export type Player = ReturnType<typeof usePlayer>;
