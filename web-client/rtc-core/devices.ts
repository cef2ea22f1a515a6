// Pure choices about devices: which camera, what to ask for, why it was refused, on what kind of telephone.

export type Refusal =
    | 'insecure' // the page was not loaded over HTTPS
    | 'unsupported' // this browser has no camera access at all
    | 'denied' // the person (or an earlier answer) said no
    | 'denied-by-system' // the telephone or the enclosing app does not let this browser
    | 'no-device'
    | 'in-use'
    | 'failed';

/** Why getUserMedia failed, by what it threw and where. */
export function refusalOf(error: unknown, place: { secure: boolean; supported: boolean }): Refusal {
    if (!place.secure) return 'insecure';
    if (!place.supported) return 'unsupported';
    const { name, message } = (error ?? {}) as { name?: string; message?: string };
    switch (name) {
        case 'NotAllowedError':
        case 'PermissionDeniedError':
            return /system|platform/i.test(message ?? '') ? 'denied-by-system' : 'denied';
        case 'SecurityError':
            return 'denied-by-system';
        case 'NotFoundError':
        case 'DevicesNotFoundError':
        case 'OverconstrainedError':
            return 'no-device';
        case 'NotReadableError':
        case 'TrackStartError':
        case 'AbortError':
            return 'in-use';
        default:
            return 'failed';
    }
}

export interface Platform {
    system: 'ios' | 'android' | 'desktop';
    wechat: boolean;
}

/** iPads say that they are Macs; only their touch points give them away. */
export function platformOf(userAgent: string, touchPoints = 0): Platform {
    const ios = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
    const android = /Android|HarmonyOS|OpenHarmony/.test(userAgent);
    return { system: ios ? 'ios' : android ? 'android' : 'desktop', wechat: /MicroMessenger/i.test(userAgent) };
}

export interface Device {
    deviceId: string;
    kind: string;
    label: string;
}

/** The remembered device while it is there, else none: the browser's own default is the best guess. */
export function chooseDevice(
    devices: readonly Device[],
    kind: MediaDeviceKind,
    remembered: string | null,
): string | null {
    if (!remembered) return null;
    return devices.some((device) => device.kind === kind && device.deviceId === remembered) ? remembered : null;
}

/** Telephones have several cameras; the next one in the list, the first after the last. */
export function nextDevice(devices: readonly Device[], kind: MediaDeviceKind, current: string | null): string | null {
    const those = devices.filter((device) => device.kind === kind && device.deviceId !== '');
    if (those.length < 2) return null;
    const at = those.findIndex((device) => device.deviceId === current);
    return those[(at + 1) % those.length]?.deviceId ?? null;
}

/** 720p at 25 is more than a cheap telephone sends and less than it cannot capture. */
export function videoConstraints(deviceId: string | null): MediaTrackConstraints {
    const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
    return deviceId ? { ...size, deviceId: { exact: deviceId } } : { ...size, facingMode: 'user' };
}

export function audioConstraints(deviceId: string | null): MediaTrackConstraints {
    const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return deviceId ? { ...clean, deviceId: { exact: deviceId } } : clean;
}
