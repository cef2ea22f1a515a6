// The camera and the microphone of this device: opened by a press, closed with the scope.
import { audioConstraints, refusalOf, videoConstraints } from './devices';
import type { Refusal } from './devices';
import type { Scope } from './scope';

export class CaptureError extends Error {
    readonly refusal: Refusal;
    /** What could not be opened. */
    readonly what: 'both' | 'camera' | 'microphone';

    constructor(refusal: Refusal, what: 'both' | 'camera' | 'microphone') {
        super(`${what}: ${refusal}`);
        this.name = 'CaptureError';
        this.refusal = refusal;
        this.what = what;
    }
}

export interface Wanted {
    camera: string | null;
    microphone: string | null;
}

function get(constraints: MediaStreamConstraints): Promise<MediaStream> {
    // Absent without HTTPS, and in old in-app browsers.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (!devices?.getUserMedia) return Promise.reject(new Error('no getUserMedia'));
    return devices.getUserMedia(constraints);
}

function refusal(error: unknown): Refusal {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    return refusalOf(error, { secure: window.isSecureContext, supported: !!devices?.getUserMedia });
}

/** Camera and microphone in one question. Rejects with a CaptureError that says which of the two is to blame. */
export async function openBoth(scope: Scope, wanted: Wanted): Promise<MediaStream> {
    try {
        const stream = await get({
            audio: audioConstraints(wanted.microphone),
            video: videoConstraints(wanted.camera),
        });
        return owned(scope, stream);
    } catch (error) {
        const cause = refusal(error);
        if (cause !== 'no-device' && cause !== 'in-use') throw new CaptureError(cause, 'both');
        throw new CaptureError(cause, (await opens({ audio: true })) ? 'camera' : 'microphone');
    }
}

/** Sound alone, for somebody whose camera cannot be used. */
export async function openMicrophone(scope: Scope, microphone: string | null): Promise<MediaStream> {
    try {
        return owned(scope, await get({ audio: audioConstraints(microphone) }));
    } catch (error) {
        throw new CaptureError(refusal(error), 'microphone');
    }
}

export async function openCamera(scope: Scope, camera: string | null): Promise<MediaStream> {
    try {
        return owned(scope, await get({ video: videoConstraints(camera) }));
    } catch (error) {
        throw new CaptureError(refusal(error), 'camera');
    }
}

async function opens(constraints: MediaStreamConstraints): Promise<boolean> {
    try {
        stop(await get(constraints));
        return true;
    } catch {
        return false;
    }
}

function owned(scope: Scope, stream: MediaStream): MediaStream {
    scope.add(() => stop(stream));
    return stream;
}

export function stop(stream: MediaStream): void {
    for (const track of stream.getTracks()) track.stop();
}

export async function listDevices(): Promise<MediaDeviceInfo[]> {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    return devices ? devices.enumerateDevices().catch(() => []) : [];
}
