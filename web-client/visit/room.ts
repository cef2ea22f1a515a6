// The family's visit from the code to the end: joins the parts and holds what the screens show.
import { Connection } from '@rtc/connection';
import type { ConnectionState } from '@rtc/connection';
import { reasonOf } from '@rtc/failure';
import { send } from '@rtc/http';
import { audioContext } from '@rtc/levels';
import { http } from '@rtc/protocol';
import type { Visit } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { keepAwake } from '@rtc/wake';
import { computed, reactive, shallowReactive } from 'vue';
import { useNotices } from '../parts/notices';
import type { Notices } from '../parts/notices';
import { useOwn } from '../parts/own';
import { useTalk } from '../parts/talk';
import type { TalkActions } from '../parts/talk';
import { cleanCode, codeFromPath, isRunning, problemOf, screenOf } from './steps';
import type { Progress } from './steps';
import { language } from './words';

const problemAgainMs = 4_000;

/** All of the page's state; components read it and call its actions. */
export function useRoom(scope: Scope) {
    const progress = reactive<Progress>({
        code: codeFromPath(location.pathname),
        problem: null,
        devices: 'none',
        checked: false,
        left: false,
    });
    const link = shallowReactive<{ state: ConnectionState | null; visit: Visit | null }>({ state: null, visit: null });
    const seat = shallowReactive<{
        connection: Connection | null;
        talking: TalkActions | null;
        notices: Notices | null;
    }>({ connection: null, talking: null, notices: null });
    const own = useOwn(scope, (kind, track) => seat.talking?.setTrack(kind, track));
    let awake: Scope | null = null;

    const visit = computed(() => seat.talking?.talk.visit ?? link.visit);
    const screen = computed(() => screenOf({ ...progress, devices: own.state.phase }, link.state, visit.value));

    /** Shows the code to the gateway, which answers with the cookie of this seat. */
    async function open(): Promise<void> {
        const code = progress.code;
        if (code === null) return;
        progress.problem = null;
        try {
            const answer = await send(http.visitCode, { code });
            link.visit = answer.visit;
            connect();
        } catch (error) {
            if (progress.code !== code) return;
            progress.problem = problemOf(reasonOf(error));
            const again = progress.problem === 'in-use' || progress.problem === 'network';
            if (again) scope.after(problemAgainMs, () => void (progress.problem && open()));
        }
    }

    function connect(): void {
        const before = seat.connection;
        if (before) return before.retry();
        const connection = new Connection(scope, { seat: 'visit', language: language.value });
        link.state = connection.state;
        connection.on(scope, 'state', (state) => {
            link.state = state;
        });
        const talking = useTalk(scope, connection, () => own.state, 'terminal');
        connection.on(scope, 'hello', () => {
            link.visit = null; // from now on it is kept up to date
        });
        seat.notices = useNotices(scope, connection);
        seat.talking = talking;
        seat.connection = connection;
    }

    /** The one large button: camera and microphone, and the sound of the page, all from one press. */
    async function openDevices(soundOnly = false): Promise<void> {
        void audioContext()
            ?.resume()
            .catch(() => undefined);
        await own.open(soundOnly);
        if (own.state.phase !== 'open') return;
        awake ??= scope.child();
        keepAwake(awake);
        const now = visit.value;
        if (now && (isRunning(now) || progress.checked)) ready(); // somebody who comes back has been tested before
    }

    function ready(): void {
        progress.checked = true;
        progress.left = false;
        // Only this page's button leads here, and it says "I agree" where consent is needed.
        seat.talking?.enter(true);
    }

    async function leave(): Promise<void> {
        progress.left = true;
        seat.notices?.clear();
        own.close();
        awake?.end();
        awake = null;
        await seat.talking?.leave();
    }

    function useCode(text: string): void {
        progress.code = cleanCode(text);
        history.replaceState(null, '', `/visit/${progress.code}`);
        void open();
    }

    function askCode(): void {
        progress.code = null;
        progress.problem = null;
        history.replaceState(null, '', '/visit/');
    }

    /** What was opened elsewhere, or has lost its cookie, shows its code again. */
    function again(): void {
        link.state = { kind: 'connecting' };
        void open();
    }

    /** The visit is over: nothing is filmed any more. */
    function finish(): void {
        own.close();
        awake?.end();
        awake = null;
    }

    void open();
    return {
        progress,
        link,
        seat,
        own,
        visit,
        screen,
        now: () => seat.connection?.clock.now() ?? Date.now(),
        openDevices,
        ready,
        leave,
        useCode,
        askCode,
        again,
        open,
        finish,
    };
}

export type Room = ReturnType<typeof useRoom>;
