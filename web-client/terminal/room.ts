// A terminal's life: pairs once, stays connected, answers the visits of its room, and tells the gateway how it fares.
import { listDevices, stop } from '@rtc/capture';
import { Connection } from '@rtc/connection';
import type { ConnectionState } from '@rtc/connection';
import { reasonOf } from '@rtc/failure';
import { send } from '@rtc/http';
import { audioContext } from '@rtc/levels';
import { events, http, terminal as calls } from '@rtc/protocol';
import type { EndCause, Terminal } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { keepAwake } from '@rtc/wake';
import { sizesFor } from '@rtc/sizes';
import { computed, reactive, shallowReactive, watch } from 'vue';
import { useNotices } from '../parts/notices';
import { useOwn } from '../parts/own';
import { useTalk } from '../parts/talk';
import { useCalled } from './called';
import { recallErrors } from './errors';
import { deviceTrouble, linkFromHash, pairProblem, reportOf, screenOf, troubleCode } from './steps';
import type { Key } from './words';
import { language } from './words';

declare const __PAGE_VERSION__: string;

const heartbeatEveryMs = 10_000;
const devicesAgainMs = 5_000;
const endedForMs = 20_000;
const noticeForMs = 30_000;

export function useRoom(scope: Scope) {
    const place = reactive({
        started: false,
        called: false,
        ended: null as { cause: EndCause } | null,
        greeted: false,
        here: false,
    });
    const pairing = reactive({ busy: false, problem: null as Key | null });
    const link = shallowReactive<{ state: ConnectionState | null; terminal: Terminal | null }>({
        state: null,
        terminal: null,
    });
    /** What is wrong with the devices. */
    const errors = reactive({ devices: null as Key | null });

    const connection = new Connection(scope, { seat: 'terminal', language: language.value });
    const own = useOwn(scope, (kind, track) => {
        if (called.isBusy()) called.setTrack(kind, track);
        else talking.setTrack(kind, track);
    });
    const sizes = (up: number): number => sizesFor(navigator.hardwareConcurrency, up);
    const talking = useTalk(scope, connection, () => own.state, 'family', sizes);
    const called = useCalled(
        scope,
        connection,
        () => own,
        sizes,
        () => followCall(),
    );
    const notices = useNotices(scope, connection, noticeForMs);
    const visit = computed(() => talking.talk.visit);
    const screen = computed(() => screenOf(place, link.state, visit.value));
    let version: string | null = null;
    let forget: () => void = () => undefined;

    link.state = connection.state;
    connection.on(scope, 'state', (state) => {
        link.state = state;
    });
    connection.on(scope, 'hello', (hello) => {
        place.greeted = true;
        link.terminal = hello.terminal ?? null;
        version ??= hello.version;
        if (version !== hello.version && !visit.value) location.reload(); // the pages are newer, too
        void beat();
    });
    keepAwake(scope);
    scope.every(heartbeatEveryMs, () => void beat());

    async function beat(): Promise<void> {
        if (connection.state.kind !== 'open') return;
        if (own.state.phase === 'none') await lookAtDevices();
        await connection
            .call(calls.heartbeat, {
                version: __PAGE_VERSION__,
                errors: reportOf([...recallErrors(), troubleCode(errors.devices)]),
                visible: document.visibilityState === 'visible',
            })
            .catch(() => undefined); // the next one follows; the connection sees to itself
    }

    /** Whether they are plugged in; nothing is filmed while there is no visit. */
    async function lookAtDevices(): Promise<void> {
        const kinds = new Set((await listDevices()).map((device) => device.kind));
        errors.devices = !kinds.has('videoinput') ? 'checkCamera' : !kinds.has('audioinput') ? 'checkMicrophone' : null;
    }

    async function pair(code: string): Promise<void> {
        pairing.busy = true;
        pairing.problem = null;
        try {
            const { seat } = await send(http.signInByLink, { code });
            if (seat === 'terminal') connection.restart();
            else pairing.problem = 'pairOther';
        } catch (error) {
            pairing.problem = pairProblem(reasonOf(error));
        } finally {
            pairing.busy = false;
        }
    }

    /** Asks for camera and microphone now rather than in a visit; nothing is kept open. */
    async function allowed(): Promise<boolean> {
        const devices = navigator.mediaDevices as MediaDevices | undefined;
        const stream = await devices?.getUserMedia({ audio: true, video: true }).catch(() => null);
        if (stream) stop(stream);
        return !!stream;
    }

    /** By a press. Without its devices it starts, too: they are looked for, and told of, from then on. */
    async function start(): Promise<void> {
        await audioContext()
            ?.resume()
            .catch(() => undefined);
        await allowed();
        place.started = true;
        await document.documentElement.requestFullscreen?.().catch(() => undefined);
    }

    /** Without a press, where the browser was started for a kiosk: sound plays and the devices are granted. */
    async function startByItself(): Promise<void> {
        const context = audioContext();
        void context?.resume().catch(() => undefined);
        await scope.sleep(300);
        if (context?.state === 'running' && (await allowed())) place.started = true;
    }

    async function answer(): Promise<void> {
        const current = visit.value;
        if (!place.started || !current || current.state === 'ended' || called.isBusy()) return;
        if (own.state.phase === 'none' || own.state.phase === 'refused') await own.open();
        if (own.state.phase === 'refused') {
            errors.devices = deviceTrouble(own.state.refusal, own.state.refused);
            if (own.state.refused === 'camera') {
                await own.open(true);
                own.seek('video');
            }
        } else if (own.state.video) errors.devices = null;
        if (visit.value?.id !== current.id || visit.value.state === 'ended') return own.close();
        if (own.state.phase === 'open') talking.enter(true);
        else scope.after(devicesAgainMs, () => void answer());
    }

    /** After a call the devices are closed, or the visit's that waited. */
    function followCall(): void {
        place.called = called.isShown();
        if (called.isBusy()) return;
        own.close();
        if (visit.value) void answer();
    }

    /** By a press, which also lets the page sound and film from now on. */
    async function answerCall(): Promise<void> {
        await audioContext()
            ?.resume()
            .catch(() => undefined);
        place.started = true;
        await called.answer();
    }

    async function setHere(here: boolean): Promise<void> {
        await connection.call(calls.subjectHere, { here }).then(
            () => {
                place.here = here;
            },
            () => undefined, // the button stays as it was and can be pressed again
        );
    }

    watch([() => visit.value?.id, () => place.started], ([id], [before]) => {
        if (id !== before) place.here = false;
        if (id) void answer();
    });
    // The room is told why, even when the visit is taken away in the same moment.
    connection.onEvent(scope, events.visitEnded, ({ cause }) => {
        place.ended = { cause };
        forget();
        forget = scope.after(endedForMs, () => {
            place.ended = null;
        });
    });
    watch(
        () => [visit.value?.state, visit.value?.id] as const,
        ([state], [, idBefore]) => {
            if (state === undefined || state === 'ended') {
                if (!called.isBusy()) own.close();
                notices.clear();
                if (idBefore) void beat();
            } else place.ended = null;
        },
    );

    const code = linkFromHash(location.hash);
    if (code) {
        history.replaceState(null, '', location.pathname); // used once; not to be sent again by a reload
        void pair(code);
    }
    void startByItself();

    return {
        place,
        pairing,
        link,
        errors,
        connection,
        own,
        talking,
        notices,
        called,
        answerCall,
        visit,
        screen,
        now: () => connection.clock.now(),
        pair,
        start,
        setHere,
    };
}

export type Room = ReturnType<typeof useRoom>;
