import { describe, expect, it } from 'vitest';
import { bodyOf, canGoOn, codeOf, nextOf, placeFault, problemOf, sizeFor } from './answer';
import { en } from './words.en';
import { zh } from './words.zh';

describe('the link', () => {
    it.each([
        ['#link=abcdefghijklmnopqrstuvwxyz-_0', 'abcdefghijklmnopqrstuvwxyz-_0'],
        ['#link=short', null],
        ['', null],
        ['#link=abcdefghijklmnopqrstuvwxyz&x=1', null],
        ['#link=abcdefghijklmnopqrst<script>', null],
    ])('%s is %s', (hash, code) => expect(codeOf(hash)).toBe(code));
});

describe('what the gateway says', () => {
    it.each([
        ['photo-unknown', 'unknown', false],
        ['photo-expired', 'expired', false],
        ['photo-used', 'used', false],
        ['photo-withdrawn', 'withdrawn', false],
        ['too-large', 'badPicture', true],
        ['limit-reached', 'busy', true],
        ['unreachable', 'network', true],
        ['anything else', 'network', true],
    ])('%s is told as %s', (reason, told, again) => {
        expect(problemOf(reason)).toBe(told);
        expect(canGoOn(problemOf(reason))).toBe(again);
        expect(zh[nextOf(problemOf(reason))]).toBeTruthy();
        expect(en[nextOf(problemOf(reason))]).toBeTruthy();
    });
});

describe('what is sent', () => {
    it('is a line and the picture', async () => {
        const body = bodyOf({ mark: '1', taken_ms: 2, place: { state: 'denied' } }, new Blob(['picture']));
        const text = await new Response(body).text();
        expect(text).toBe('{"mark":"1","taken_ms":2,"place":{"state":"denied"}}\npicture');
    });
    it.each([
        [1, 'denied'],
        [2, 'unavailable'],
        [3, 'timeout'],
    ])('fault %i of the place is %s', (code, state) => expect(placeFault(code).state).toBe(state));
    it.each([
        [4000, 3000, 1280, 960],
        [640, 480, 640, 480],
        [0, 0, 1, 1],
    ])('%i × %i becomes %i × %i', (w, h, width, height) => expect(sizeFor(w, h, 1280)).toEqual({ width, height }));
});
