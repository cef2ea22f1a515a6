// Which screen a terminal shows and what it reports: pure choices.
import type { ConnectionState } from '@rtc/connection';
import type { Refusal } from '@rtc/devices';
import type { CallKind, EndCause, Visit } from '@rtc/protocol';
import type { CallEnd } from './called';
import type { Key } from './words';

export type Screen = 'pair' | 'start' | 'elsewhere' | 'opening' | 'idle' | 'waiting' | 'live' | 'ended' | 'called';

export interface Place {
    /** Whether a press has allowed sound and camera, or none is needed. */
    started: boolean;
    /** A visit that ended a moment ago. */
    ended: { cause: EndCause } | null;
    greeted: boolean;
    /** Somebody calls, or has called a moment ago. */
    called?: boolean;
}

const isRunning = (visit: Visit): boolean => ['live', 'paused', 'suspended'].includes(visit.state);

export function screenOf(place: Place, connection: ConnectionState | null, visit: Visit | null): Screen {
    if (connection?.kind === 'closed') return connection.why === 'elsewhere' ? 'elsewhere' : 'pair';
    if (!connection || !place.greeted) return 'opening';
    if (place.called) return 'called';
    if (!place.started) return 'start';
    if (visit && visit.state !== 'ended') return isRunning(visit) ? 'live' : 'waiting';
    return place.ended ? 'ended' : 'idle';
}

export function linkFromHash(hash: string): string | null {
    return /(?:^#|&)link=([^&]+)/.exec(hash)?.[1] ?? null;
}

/** What somebody types or pastes: a code, or the whole link. */
export function codeFromText(text: string): string {
    const hash = text.indexOf('#');
    return (hash >= 0 ? linkFromHash(text.slice(hash)) : null) ?? text.replace(/\s/g, '');
}

export function pairProblem(reason: string): Key {
    switch (reason) {
        case 'link-used':
            return 'pairUsed';
        case 'link-expired':
            return 'pairExpired';
        case 'limit-reached':
            return 'pairLimit';
        case 'link-unknown':
        case 'bad-params':
            return 'pairUnknown';
        default:
            return 'pairNetwork';
    }
}

export function deviceTrouble(refusal: Refusal | null, what: 'both' | 'camera' | 'microphone'): Key {
    switch (refusal) {
        case 'no-device':
            return what === 'microphone' ? 'checkMicrophone' : 'checkCamera';
        case 'in-use':
            return 'checkInUse';
        case 'denied':
        case 'denied-by-system':
        case 'insecure':
            return 'checkRefused';
        default:
            return 'checkFailed';
    }
}

const codes: Partial<Record<Key, string>> = {
    checkCamera: 'no-camera',
    checkMicrophone: 'no-microphone',
    checkRefused: 'camera-denied',
    checkInUse: 'camera-in-use',
    checkFailed: 'camera-failed',
};

/** The same for the heartbeat: a word that the console translates. */
export function troubleCode(trouble: Key | null): string {
    return (trouble && codes[trouble]) ?? '';
}

export function waitingText(visit: Visit): Key {
    switch (visit.waiting_for) {
        case 'family':
            return 'wait_family';
        case 'officer':
            return 'wait_officer';
        case 'recorder':
            return 'wait_recorder';
        case 'too-early':
            return 'wait_early';
        default:
            return 'wait_other';
    }
}

export function endText(cause: EndCause | undefined): Key {
    switch (cause) {
        case 'completed':
            return 'endCompleted';
        case 'rule-broken':
            return 'endRule';
        case 'technical':
            return 'endTechnical';
        case 'party-lost':
            return 'endLost';
        case 'no-show':
            return 'endNoShow';
        default:
            return 'endOther';
    }
}

export function callTitle(kind: CallKind | undefined): Key {
    switch (kind) {
        case 'roll-call':
            return 'callRollcall';
        case 'inspection':
            return 'callInspection';
        case 'lesson':
            return 'callLesson';
        case 'emergency':
            return 'callEmergency';
        default:
            return 'callTalk';
    }
}

/** "Name", or "Name Number", a line each; commas and such do as well. */
export function peopleOf(text: string): { name: string; number?: string }[] {
    return text
        .split(/[\n,，;；、]+/)
        .map((line) => line.trim().split(/[\s\t]+(?=\S*\d)/))
        .filter(([name]) => name)
        .map(([name = '', number]) => (number ? { name, number } : { name }));
}

const callEnds: Record<CallEnd, Key> = { ended: 'callEnded', missed: 'callMissed', failed: 'callFailed' };

export function callEnd(end: CallEnd): Key {
    return callEnds[end];
}

const mostErrors = 8;
/** In bytes, which are three for a Chinese letter. */
const longestError = 198;

function shorten(error: string): string {
    const plain = error.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');
    return plain.slice(0, /^[\x20-\x7e]*$/.test(plain) ? longestError : longestError / 3);
}

/** What the heartbeat carries: each trouble once, the newest last, none too long for the gateway. */
export function reportOf(errors: readonly string[]): string[] {
    return [...new Set(errors.map(shorten).filter((error) => error !== ''))].slice(-mostErrors);
}
