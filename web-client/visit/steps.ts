// Which screen is shown and what it says: pure choices from what is known.
import type { ConnectionState } from '@rtc/connection';
import type { Platform, Refusal } from '@rtc/devices';
import type { EndCause, Visit } from '@rtc/protocol';
import type { Key } from './words.zh';

export type CodeProblem = 'unknown' | 'expired' | 'in-use' | 'network' | 'busy';

/** What this page knows of itself. */
export interface Progress {
    code: string | null;
    problem: CodeProblem | null;
    devices: 'none' | 'asking' | 'refused' | 'open';
    checked: boolean;
    left: boolean;
}

export type Screen =
    | 'code'
    | 'problem'
    | 'opening'
    | 'expired'
    | 'elsewhere'
    | 'welcome'
    | 'asking'
    | 'refused'
    | 'check'
    | 'waiting'
    | 'live'
    | 'left'
    | 'ended';

export const isRunning = (visit: Visit): boolean => ['live', 'paused', 'suspended'].includes(visit.state);

export function screenOf(own: Progress, connection: ConnectionState | null, visit: Visit | null): Screen {
    if (visit?.state === 'ended') return 'ended'; // the last word stays, whatever happens to the connection
    if (own.problem) return 'problem';
    if (own.code === null) return 'code';
    if (connection?.kind === 'closed') return connection.why === 'elsewhere' ? 'elsewhere' : 'expired';
    if (!visit) return 'opening';
    if (own.left) return 'left';
    if (own.devices === 'none') return 'welcome';
    if (own.devices !== 'open') return own.devices;
    if (!own.checked) return 'check';
    return isRunning(visit) ? 'live' : 'waiting';
}

/** The alphabet of codes leaves out what looks alike. Returns it as the gateway wants it: capitals, nothing between. */
export function cleanCode(text: string): string {
    return text.toUpperCase().replace(/[^0-9A-Z]/g, '');
}

export function codeFromPath(path: string): string | null {
    const code = cleanCode(/^\/visit\/([^/]+)\/?$/.exec(path)?.[1] ?? '');
    return code.length === 10 ? code : null;
}

const problems: Record<string, CodeProblem> = {
    'code-unknown': 'unknown',
    'not-found': 'unknown',
    'bad-params': 'unknown',
    'code-expired': 'expired',
    'code-in-use': 'in-use',
    'limit-reached': 'busy',
};

export function problemOf(reason: string): CodeProblem {
    return problems[reason] ?? 'network';
}

/** Sentences that a second one follows: what happens next. */
type FirstOf<K> = K extends `${infer First}Next` ? Extract<Key, First> : never;
type Told = FirstOf<Key>;

const nextOf = (told: Told): Key => `${told}Next`;

export interface Waiting {
    now: Key;
    next: Key;
    /** Which of the three steps is going on: 0 you, 1 the other side comes, 2 the officer begins. */
    step: 0 | 1 | 2;
}

const waits: Partial<Record<string, [Told, Waiting['step']]>> = {
    'too-early': ['waitEarly', 1],
    'terminal-offline': ['waitTerminal', 1],
    'being-fetched': ['waitFetched', 1],
    recorder: ['waitRecorder', 2],
    officer: ['waitOfficer', 2],
    family: ['waitFamily', 0],
};

/** What the family waits for and what happens next. */
export function waitingOf(visit: Visit, entered: boolean): Waiting {
    const [now, step] = waits[visit.waiting_for ?? ''] ?? (entered ? ['waitFetched', 1] : ['waitEntering', 0]);
    return { now, next: nextOf(now), step };
}

const ends: Record<EndCause, Told> = {
    completed: 'endCompleted',
    'rule-broken': 'endRule',
    identity: 'endIdentity',
    technical: 'endTechnical',
    emergency: 'endEmergency',
    'no-show': 'endNoShow',
    'party-lost': 'endPartyLost',
    withdrawn: 'endWithdrawn',
    other: 'endOther',
};

/** Why it ended and what to do now; a cause that this page does not know reads as "other". */
export function endOf(cause: string | undefined): { why: Key; next: Key } {
    const why = ends[cause as EndCause] ?? ends.other;
    return { why, next: nextOf(why) };
}

/** What to do about a refused camera, on this kind of telephone. */
export function helpFor(
    refusal: Refusal,
    what: 'both' | 'camera' | 'microphone',
    platform: Platform,
): { title: Key; steps: Key[]; soundOnly: boolean } {
    const soundOnly = what === 'camera';
    switch (refusal) {
        case 'insecure':
            return { title: 'refusedInsecure', steps: ['helpInsecure1'], soundOnly: false };
        case 'unsupported':
            return { title: 'refusedUnsupported', steps: unsupportedSteps(platform), soundOnly: false };
        case 'no-device': {
            const title =
                what === 'camera'
                    ? 'refusedNoCamera'
                    : what === 'microphone'
                      ? 'refusedNoMicrophone'
                      : 'refusedNoDevice';
            return { title, steps: ['helpNoDevice1', 'helpNoDevice2'], soundOnly };
        }
        case 'in-use':
            return { title: 'refusedInUse', steps: ['helpInUse1', 'helpInUse2'], soundOnly };
        case 'denied':
            return { title: 'refusedDenied', steps: permissionSteps(platform), soundOnly };
        case 'denied-by-system':
            return { title: 'refusedSystem', steps: permissionSteps(platform), soundOnly };
        case 'failed':
            return { title: 'refusedFailed', steps: ['helpInUse1', 'helpInUse2'], soundOnly };
    }
}

function unsupportedSteps(platform: Platform): Key[] {
    return platform.wechat && platform.system === 'ios' ? ['helpWechatIos1'] : ['helpUnsupported1'];
}

function permissionSteps(platform: Platform): Key[] {
    if (platform.wechat) {
        return platform.system === 'ios'
            ? ['helpWechatIos1', 'helpWechatIos2']
            : ['helpWechatAndroid1', 'helpWechatAndroid2'];
    }
    if (platform.system === 'ios') return ['helpIos1', 'helpIos2'];
    if (platform.system === 'android') return ['helpAndroid1', 'helpAndroid2'];
    return ['helpDesktop1', 'helpDesktop2'];
}
