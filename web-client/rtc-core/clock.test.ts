import { describe, expect, it } from 'vitest';
import { Clock, countdown } from './clock';

describe('clock', () => {
    it('takes the middle of the exchange', () => {
        const clock = new Clock();
        clock.learn(1000, 1100, 50_050);
        expect(clock.now(1100)).toBe(50_100);
    });
    it('tells whole milliseconds', () => {
        const clock = new Clock();
        clock.learn(1000, 1101, 50_050);
        expect(Number.isInteger(clock.now(1101))).toBe(true);
    });
    it('prefers the shorter exchange and forgets it slowly', () => {
        const clock = new Clock();
        clock.learn(0, 20, 1010);
        clock.learn(100, 900, 5000); // slow: says little
        expect(clock.now(0)).toBe(1000);
        for (let i = 0; i < 60; i++) clock.learn(100, 900, 2500);
        expect(clock.now(0)).toBe(2000);
    });
});

describe('countdown', () => {
    it.each([
        [0, '0:00'],
        [-5000, '0:00'],
        [1, '0:01'],
        [59_999, '1:00'],
        [61_000, '1:01'],
        [1_500_000, '25:00'],
        [3_661_000, '61:01'],
    ])('%d ms reads %s', (ms, text) => expect(countdown(ms)).toBe(text));
});
