import { describe, expect, it } from 'vitest';
import { loudness, smooth } from './levels';

const tone = (amplitude: number): Float32Array =>
    Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin(index / 5));

describe('loudness', () => {
    it('is nothing for silence and full for a shout', () => {
        expect(loudness(new Float32Array(1024))).toBe(0);
        expect(loudness(tone(0.0005))).toBe(0);
        expect(loudness(tone(1))).toBe(1);
    });
    it('grows with the voice', () => {
        const levels = [0.005, 0.02, 0.08, 0.3].map((amplitude) => loudness(tone(amplitude)));
        expect([...levels].sort((a, b) => a - b)).toEqual(levels);
        expect(levels[1]).toBeGreaterThan(0.2);
    });
    it('rises at once and falls slowly', () => {
        expect(smooth(0.1, 0.9)).toBe(0.9);
        expect(smooth(0.9, 0)).toBeCloseTo(0.84);
        expect(smooth(0.03, 0)).toBe(0);
    });
});
