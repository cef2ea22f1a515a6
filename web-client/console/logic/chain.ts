/** The way of a recording from its announcement to the log, as steps that are done, under way, or not known. */
import type { Chain, Recording } from '@rtc/protocol';

export type StepName = 'announced' | 'journal' | 'sealed' | 'signed' | 'logged' | 'time';
export type StepState = 'done' | 'doing' | 'failed' | 'later' | 'unknown';
export interface Step {
    name: StepName;
    state: StepState;
    /** For the sentence: a number in the log, a time. */
    n?: number;
}

export function stepsOf(recording: Pick<Recording, 'state' | 'recovered'>, chain: Chain | undefined): Step[] {
    const { state } = recording;
    const over = state === 'sealed' || state === 'destroyed';
    const after = (known: boolean): StepState => (known ? 'done' : over && !chain ? 'unknown' : 'later');
    return [
        {
            name: 'announced',
            state: chain?.opened !== undefined ? 'done' : 'unknown',
            ...(chain?.opened !== undefined ? { n: chain.opened } : {}),
        },
        { name: 'journal', state: state === 'recording' ? 'doing' : state === 'failed' ? 'failed' : 'done' },
        {
            name: 'sealed',
            state: over ? 'done' : state === 'sealing' ? 'doing' : state === 'failed' ? 'failed' : 'later',
        },
        { name: 'signed', state: after(chain?.ed25519 === true && chain.sm2 === true) },
        {
            name: 'logged',
            state: after(chain?.logged !== undefined),
            ...(chain?.logged !== undefined ? { n: chain.logged } : {}),
        },
        {
            name: 'time',
            state:
                chain?.time === 'pending'
                    ? 'doing'
                    : chain?.time === 'none'
                      ? 'unknown'
                      : after(chain?.time === 'done'),
        },
    ];
}
