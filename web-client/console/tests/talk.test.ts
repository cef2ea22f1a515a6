import { describe, expect, it } from 'vitest';
import { PushToTalk } from '../logic/talk';
import type { TalkState } from '../logic/talk';

/** Everything that the microphone did, in order; each step is let go by hand. */
function bench() {
    const did: string[] = [];
    const held: (() => void)[] = [];
    let refuse = false;
    const wait = () => new Promise<void>((resolve) => held.push(resolve));
    const states: TalkState[] = [];
    const talk = new PushToTalk({
        prepare: async () => {
            did.push('prepare');
            await wait();
            if (refuse) throw new Error('no microphone');
        },
        gate: (open) => did.push(open ? 'open' : 'shut'),
        tell: async (to) => {
            did.push(`tell ${to}`);
            await wait();
        },
        changed: (state) => states.push(state),
        failed: () => did.push('failed'),
    });
    const go = async () => {
        for (let n = 0; n < 20; n++) {
            held.splice(0).forEach((release) => release());
            await Promise.resolve();
        }
    };
    return { did, talk, go, states, refuse: () => (refuse = true), held };
}

describe('push to talk', () => {
    it('opens the microphone only after the gateway knows, and shuts it first on release', async () => {
        const { did, talk, go, states } = bench();
        talk.hold('both');
        await go();
        expect(did).toEqual(['prepare', 'tell both', 'open']);
        talk.release();
        expect(did.slice(3)).toEqual(['shut', 'tell nobody']);
        await go();
        expect(states[states.length - 1]).toBe('closed');
    });
    it('let go before the microphone was ready never opens it, nor tells anybody', async () => {
        const { did, talk, go } = bench();
        talk.hold('family');
        talk.release();
        await go();
        expect(did).toEqual(['prepare', 'shut']);
    });
    it('let go while the gateway is being told is taken back', async () => {
        const { did, talk, go, held } = bench();
        talk.hold('family');
        held.splice(0).forEach((release) => release());
        await Promise.resolve();
        await Promise.resolve();
        expect(did).toEqual(['prepare', 'tell family']);
        talk.release();
        await go();
        expect(did).toEqual(['prepare', 'tell family', 'shut', 'tell nobody']);
    });
    it('pressed again at once is open in the end', async () => {
        const { did, talk, go } = bench();
        talk.hold('both');
        talk.release();
        talk.hold('terminal');
        await go();
        expect(did[did.length - 1]).toBe('open');
        expect(did).toContain('tell terminal');
        expect(did).not.toContain('tell both');
    });
    it('without a microphone is shut, says so, and can be tried again', async () => {
        const { did, talk, go, refuse, states } = bench();
        refuse();
        talk.hold('both');
        await go();
        expect(did).toContain('failed');
        expect(did).not.toContain('open');
        expect(did[did.length - 1]).toBe('tell nobody');
        expect(states[states.length - 1]).toBe('closed');
        expect(talk.held).toBe(false);
    });
    it('released twice does nothing the second time', async () => {
        const { did, talk, go } = bench();
        talk.release();
        await go();
        expect(did).toEqual([]);
    });
});
