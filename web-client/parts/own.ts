// This device's camera and microphone as a page shows and uses them: opened once, reopened when they are unplugged.
import { CaptureError, listDevices, openBoth, openCamera, openMicrophone } from '@rtc/capture';
import { chooseDevice, nextDevice } from '@rtc/devices';
import type { Refusal } from '@rtc/devices';
import type { Scope } from '@rtc/scope';
import { shallowReactive } from 'vue';
import { recall, remember } from './language';

const reopenEveryMs = 2_000;
const cameraKey = 'yuanjian.camera';

export interface Own {
    phase: 'none' | 'asking' | 'refused' | 'open';
    refusal: Refusal | null;
    refused: 'both' | 'camera' | 'microphone';
    audio: MediaStreamTrack | null;
    video: MediaStreamTrack | null;
    microphoneOn: boolean;
    cameraOn: boolean;
    /** Something was unplugged or taken away, and is being opened again. */
    lost: boolean;
    manyCameras: boolean;
}

export interface OwnDevices {
    state: Own;
    /** From a press. Never rejects: see state.phase. */
    open: (soundOnly?: boolean) => Promise<void>;
    close: () => void;
    setMicrophone: (on: boolean) => void;
    setCamera: (on: boolean) => void;
    turnCamera: () => Promise<void>;
    /** Tries until it is there; for a device that stands alone and was started without its camera. */
    seek: (kind: 'audio' | 'video') => void;
}

/** `changed` hears of every new track, so that it can be sent. */
export function useOwn(
    parent: Scope,
    changed: (kind: 'audio' | 'video', track: MediaStreamTrack | null) => void,
): OwnDevices {
    const state = shallowReactive<Own>({
        phase: 'none',
        refusal: null,
        refused: 'both',
        audio: null,
        video: null,
        microphoneOn: true,
        cameraOn: true,
        lost: false,
        manyCameras: false,
    });
    let life = parent.child();
    let lives: Partial<Record<'audio' | 'video', Scope>> = {};

    const set = (kind: 'audio' | 'video', track: MediaStreamTrack | null, own: Scope | null): void => {
        lives[kind]?.end();
        if (own) lives[kind] = own;
        else lives = { ...lives, [kind]: undefined };
        state[kind] = track;
        if (track && own) {
            track.enabled = kind === 'audio' ? state.microphoneOn : state.cameraOn;
            if (kind === 'video') track.contentHint = 'motion';
            own.listen(track, 'ended', () => void reopen(kind));
        }
        changed(kind, track);
    };

    async function take(kind: 'audio' | 'video', wanted: string | null): Promise<void> {
        const own = life.child();
        try {
            const stream = kind === 'audio' ? await openMicrophone(own, wanted) : await openCamera(own, wanted);
            set(kind, stream.getTracks()[0] ?? null, own);
        } catch (error) {
            own.end();
            throw error;
        }
    }

    async function reopen(kind: 'audio' | 'video'): Promise<void> {
        const current = life;
        state.lost = true;
        while (!current.ended) {
            const back = await take(kind, null).then(
                () => true,
                () => false,
            );
            if (back) break;
            await current.sleep(reopenEveryMs);
        }
        if (!current.ended) state.lost = state.audio?.readyState === 'ended' || state.video?.readyState === 'ended';
    }

    async function open(soundOnly = false): Promise<void> {
        close();
        state.phase = 'asking';
        const own = life.child();
        try {
            const camera = chooseDevice(await listDevices(), 'videoinput', recall(cameraKey));
            const stream = soundOnly
                ? await openMicrophone(own, null)
                : await openBoth(own, { camera, microphone: null });
            // Each kind can be replaced by itself later; both are stopped when the whole ends.
            set('audio', stream.getAudioTracks()[0] ?? null, life.child());
            set('video', stream.getVideoTracks()[0] ?? null, life.child());
            state.phase = 'open';
            state.manyCameras = (await listDevices()).filter((device) => device.kind === 'videoinput').length > 1;
        } catch (error) {
            const why = error instanceof CaptureError ? error : new CaptureError('failed', 'both');
            state.refusal = why.refusal;
            state.refused = why.what;
            state.phase = 'refused';
        }
    }

    function close(): void {
        life.end();
        life = parent.child();
        lives = {};
        if (state.audio || state.video) {
            set('audio', null, null);
            set('video', null, null);
        }
        state.lost = false;
        state.phase = 'none';
    }

    function setMicrophone(on: boolean): void {
        state.microphoneOn = on;
        if (state.audio) state.audio.enabled = on;
    }

    function setCamera(on: boolean): void {
        state.cameraOn = on;
        if (state.video) state.video.enabled = on;
    }

    async function turnCamera(): Promise<void> {
        const before = state.video;
        const next = nextDevice(await listDevices(), 'videoinput', before?.getSettings().deviceId ?? null);
        if (!next) return;
        before?.stop(); // telephones open one camera at a time
        try {
            await take('video', next);
            remember(cameraKey, next);
        } catch {
            void reopen('video');
        }
    }

    return { state, open, close, setMicrophone, setCamera, turnCamera, seek: (kind) => void reopen(kind) };
}
