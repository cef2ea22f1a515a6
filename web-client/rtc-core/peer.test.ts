import { describe, expect, it } from 'vitest';
import { Patience } from './call';
import { tracksBySlot } from './media';
import { remedyFor } from './peer';

describe('what to do about a connection', () => {
    it.each([
        ['connected', 99_000, 5, 'wait'],
        ['connecting', 1000, 0, 'wait'],
        ['connecting', 8000, 0, 'rebuild'],
        ['new', 9000, 0, 'rebuild'],
        ['disconnected', 1000, 0, 'wait'],
        ['disconnected', 2500, 0, 'restart-ice'],
        ['disconnected', 2500, 1, 'rebuild'],
        ['failed', 0, 0, 'restart-ice'],
        ['failed', 0, 1, 'rebuild'],
        ['closed', 0, 0, 'rebuild'],
    ] as const)('%s for %d ms, try %d: %s', (state, silent, tries, remedy) =>
        expect(remedyFor(state, silent, tries)).toBe(remedy),
    );
});

describe('slots', () => {
    const track = (kind: string, id: string): MediaStreamTrack => ({ kind, id }) as MediaStreamTrack;
    const tracks: Record<string, MediaStreamTrack> = {
        '0': track('video', 'v'),
        '1': track('audio', 'a'),
        '2': track('audio', 'n'),
    };

    it('gives each party its own tracks and leaves out what is not there', () => {
        const watched = tracksBySlot(
            [
                { mid: '0', party: 'terminal', kind: 'video' },
                { mid: '1', party: 'terminal', kind: 'audio' },
                { mid: '2', party: 'announcer', kind: 'audio' },
                { mid: '3', party: 'officer', kind: 'audio' },
            ],
            (mid) => tracks[mid] ?? null,
        );
        expect(watched.get('terminal')).toEqual({ audio: tracks['1'], video: tracks['0'] });
        expect(watched.get('announcer')).toEqual({ audio: tracks['2'], video: null });
        expect(watched.has('officer')).toBe(false);
    });
    it('does not put sound into a picture', () => {
        expect(tracksBySlot([{ mid: '1', party: 'family', kind: 'video' }], (mid) => tracks[mid] ?? null).size).toBe(0);
    });
});

describe('patience', () => {
    it('bears two seconds of silence', () => {
        const patience = new Patience();
        expect(patience.seen(false, 0)).toBe(false);
        expect(patience.seen(true, 1000)).toBe(true);
        expect(patience.seen(false, 2900)).toBe(true);
        expect(patience.seen(false, 3000)).toBe(false);
    });
});
