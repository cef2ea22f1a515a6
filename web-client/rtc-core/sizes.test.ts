import { describe, expect, it, vi } from 'vitest';
import type { Slot } from './protocol';
import { Scope } from './scope';
import { shownSize, sizeTeller } from './shown';
import type { Size } from './shown';
import { sizesFor } from './sizes';

describe('in how many sizes a camera sends', () => {
    it.each([
        ['a terminal', 8, Infinity, 3],
        ['a small terminal', 2, Infinity, 2],
        ['a terminal whose line was seen to be thin', 8, 450_000, 1],
        ['a terminal whose line was seen to be wide', 8, 1_500_000, 3],
    ] as const)('%s', (_name, cores, up, sizes) => {
        expect(sizesFor(cores, up)).toBe(sizes);
    });
});

describe('how large a picture is shown', () => {
    it.each([
        ['device pixels', 320, 180, 2, 640, 368],
        ['a hair more', 320.4, 180.2, 2, 656, 368],
        ['hidden', 0, 0, 1, 16, 16],
    ])('%s', (_name, clientWidth, clientHeight, ratio, width, height) => {
        expect(shownSize({ clientWidth, clientHeight }, ratio)).toEqual({ width, height });
    });
});

describe('telling sizes', () => {
    it('says what is news, a moment later, and everything after a fresh offer', async () => {
        vi.useFakeTimers();
        const told: [string, Size][] = [];
        const slots: Slot[] = [
            { mid: '0', party: 'family', kind: 'video' },
            { mid: '1', party: 'family', kind: 'audio' },
            { mid: '2', party: 'terminal', kind: 'video' },
        ];
        let offered = (): void => undefined;
        const scope = new Scope();
        const tell = sizeTeller(scope, {
            slots,
            calls: { size: (mid, size) => Promise.resolve(told.push([mid, size])) },
            onTracks: (_scope, heard) => (offered = () => heard(new Map())),
        });
        const small = { width: 320, height: 192 };
        const large = { width: 1280, height: 720 };
        tell('family', small);
        tell('family', large);
        expect(told).toEqual([]);
        await vi.advanceTimersByTimeAsync(500);
        expect(told).toEqual([['0', large]]);
        tell('family', large);
        await vi.advanceTimersByTimeAsync(500);
        expect(told).toHaveLength(1);
        offered();
        await vi.advanceTimersByTimeAsync(500);
        expect(told).toHaveLength(2);
        scope.end();
        tell('terminal', small);
        await vi.advanceTimersByTimeAsync(500);
        expect(told).toHaveLength(2);
        vi.useRealTimers();
    });
});
