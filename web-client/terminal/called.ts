// Somebody calls this terminal: rings, answers by a press or by itself, then sends and receives like in a visit.
import { Call as Line } from '@rtc/call';
import type { Connection } from '@rtc/connection';
import { reasonOf } from '@rtc/failure';
import type { Watched } from '@rtc/media';
import {
    call as calls,
    callEvents,
    callPicture,
    checkPicture,
    lessonEvents,
    lessonRoom,
    rollcall,
} from '@rtc/protocol';
import type { Call, LessonNow, SlotParty, Turn } from '@rtc/protocol';
import type { Scope } from '@rtc/scope';
import { shallowReactive } from 'vue';
import type { OwnDevices } from '../parts/own';
import { takePicture } from './picture';
import { ring } from './ring';

const overForMs = 8_000;
const pictureAfterMs = 1_200;
/** A lesson rings until it is over, but not that long loudly. */
const loudForMs = 60_000;

export type CallEnd = 'ended' | 'missed' | 'failed';

export interface Called {
    call: Call | null;
    stage: 'ringing' | 'answering' | 'in' | 'over';
    end: CallEnd;
    /** When it is answered by itself. */
    autoAt: number | null;
    turn: Turn;
    /** Of a lesson; null: not known yet. */
    lesson: LessonNow | null;
    signers: readonly string[];
    signer: string;
    tracks: ReadonlyMap<SlotParty, Watched>;
}

const noTurn: Turn = { spoken: false, turn: false, shown: false, showing: '' };

export function useCalled(
    scope: Scope,
    connection: Connection,
    own: () => OwnDevices,
    sizes: (up: number) => number,
    changed: () => void,
) {
    const state = shallowReactive<Called>({
        call: null,
        stage: 'over',
        end: 'ended',
        autoAt: null,
        turn: noTurn,
        lesson: null,
        signers: [],
        signer: '',
        tracks: new Map(),
    });
    let life: Scope | null = null;
    let line: Line | null = null;
    let ringing: Scope | null = null;
    let iceServers: RTCIceServer[] = [];
    let heardSinceLost = true;
    let forget: () => void = () => undefined;

    const silence = (): void => {
        ringing?.end();
        ringing = null;
    };

    function drop(): void {
        silence();
        life?.end();
        life = null;
        line = null;
        state.tracks = new Map();
        state.turn = noTurn;
        state.lesson = null;
    }

    function finish(end: CallEnd, shown: boolean): void {
        drop();
        state.stage = 'over';
        state.end = end;
        forget();
        if (!shown) state.call = null;
        else
            forget = scope.after(overForMs, () => {
                state.call = null;
                changed();
            });
        changed();
    }

    /** Camera and microphone into the call, and what comes out of it. */
    async function goIn(call: Call): Promise<void> {
        const devices = own();
        if (devices.state.phase !== 'open') await devices.open();
        if (devices.state.phase === 'refused') await devices.open(true);
        if (state.call?.call !== call.call || state.stage === 'over') return;
        if (!line) {
            life = scope.child();
            line = new Line(life, connection, iceServers, 'officer', sizes);
            line.watcher.onTracks(life, (tracks) => {
                state.tracks = new Map(tracks);
            });
            line.publisher.setTrack('audio', devices.state.audio);
            line.publisher.setTrack('video', devices.state.video);
            if (call.kind === 'roll-call') life.after(pictureAfterMs, () => void sendPicture(callPicture(call.call)));
        }
        line.begin();
        state.stage = 'in';
        changed();
        if (call.kind === 'roll-call') void sign();
        if (call.kind === 'lesson') void present();
    }

    async function sendPicture(path: string): Promise<void> {
        const id = state.call?.call;
        const track = own().state.video;
        const picture = track && (await takePicture(track).catch(() => null));
        if (!picture || state.call?.call !== id) return;
        await fetch(path, {
            method: 'POST',
            credentials: 'same-origin',
            headers: { 'Content-Type': 'image/jpeg' },
            body: picture,
        }).catch(() => undefined); // it goes on without
    }

    async function answer(): Promise<void> {
        const call = state.call;
        if (!call || state.stage !== 'ringing') return;
        silence();
        state.stage = 'answering';
        state.autoAt = null;
        try {
            const { ice_servers } = await connection.call(calls.answer, { call: call.call });
            iceServers = ice_servers ?? iceServers;
        } catch (error) {
            if (state.call?.call === call.call) finish(reasonOf(error) === 'wrong-state' ? 'missed' : 'failed', true);
            return;
        }
        if (state.call?.call === call.call) await goIn({ ...call, answered: true });
    }

    /** Refuses, or leaves. */
    async function decline(): Promise<void> {
        const call = state.call;
        if (!call) return;
        finish('ended', false);
        await connection.call(calls.decline, { call: call.call }).catch(() => undefined); // it runs out by itself
    }

    async function sign(signer?: string): Promise<void> {
        const call = state.call;
        if (!call) return;
        const answered = await connection
            .call(rollcall.sign, signer === undefined ? { call: call.call } : { call: call.call, signer })
            .catch(() => null); // it can be pressed again
        if (!answered || state.call?.call !== call.call) return;
        state.signers = answered.signers;
        state.signer = answered.signer;
        state.turn = answered;
    }

    function setLesson(id: string, now: LessonNow | null): void {
        if (!now || state.call?.call !== id) return;
        state.lesson = now;
        state.turn = now;
    }

    /** Who is in the room; without people only asks. */
    async function present(people?: { name: string; number?: string }[]): Promise<void> {
        const id = state.call?.call;
        if (!id) return;
        const params = people === undefined ? { call: id } : { call: id, people };
        setLesson(id, await connection.call(lessonRoom.present, params).catch(() => null)); // it can be pressed again
    }

    /** By a press of somebody in the room: a picture, then the answer to the check. */
    async function confirm(): Promise<void> {
        const id = state.call?.call;
        if (!id) return;
        await sendPicture(checkPicture(id));
        setLesson(id, await connection.call(lessonRoom.confirm, { call: id }).catch(() => null));
    }

    function begin(call: Call): void {
        forget();
        drop();
        state.call = call;
        state.stage = 'ringing';
        state.signers = [];
        state.signer = '';
        state.autoAt = call.auto === undefined ? null : connection.clock.now() + call.auto * 1000;
        changed();
        if (call.answered) {
            state.stage = 'answering';
            void goIn(call);
            return;
        }
        ringing = scope.child();
        if (call.auto !== 0) ring(ringing, call.kind === 'lesson' ? loudForMs : Infinity);
        if (call.auto !== undefined) ringing.after(call.auto * 1000, () => void answer());
    }

    connection.onEvent(scope, callEvents.call, (call) => {
        heardSinceLost = true;
        const same = state.call?.call === call.call && state.stage !== 'over';
        if (!same) begin(call);
    });
    connection.onEvent(scope, callEvents.over, ({ call, why }) => {
        if (state.call?.call !== call || state.stage === 'over') return;
        const wasIn = state.stage === 'in';
        finish(wasIn ? 'ended' : why === 'missed' ? 'missed' : 'ended', wasIn || why === 'missed');
    });
    connection.onEvent(scope, callEvents.turn, ({ call, ...turn }) => {
        if (state.call?.call === call) state.turn = turn;
    });
    connection.onEvent(scope, lessonEvents.now, ({ call, ...now }) => setLesson(call, now));
    connection.on(scope, 'state', ({ kind }) => {
        if (kind === 'lost') heardSinceLost = false;
    });
    // The gateway says again what still rings or goes on before it greets.
    connection.on(scope, 'hello', (hello) => {
        iceServers = hello.ice_servers;
        if (state.call && state.stage !== 'over' && !heardSinceLost) finish('ended', state.stage === 'in');
        else if (state.call && state.stage === 'in') line?.begin();
        heardSinceLost = true;
    });
    scope.add(drop);

    return {
        state,
        /** Its devices are in use by the call, or about to be. */
        isBusy: (): boolean => state.call !== null && state.stage !== 'over',
        isShown: (): boolean => state.call !== null,
        answer,
        decline,
        sign,
        present,
        confirm,
        setTrack: (kind: 'audio' | 'video', track: MediaStreamTrack | null) => line?.publisher.setTrack(kind, track),
    };
}
