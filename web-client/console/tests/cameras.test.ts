import { describe, expect, it } from 'vitest';
import type { CameraRow } from '@rtc/protocol';
import { freeNumber, isAddress, sorted, waitsLong } from '../logic/cameras';
import { grantable, isKeptBy } from '../logic/roles';
import { directionOf, velocityOf } from '../logic/steer';

const camera = (name: string, unit: string, state: CameraRow['state'] = 'idle'): CameraRow => ({
    id: `${unit}-${name}`,
    name,
    unit: { id: unit, name: unit },
    state,
});

describe('the list of cameras', () => {
    it('has faults first, and numbers in their order', () => {
        const rows = [camera('Gate 10', 'a'), camera('Gate 2', 'a'), camera('Hall', 'b', 'fault')];
        expect(sorted(rows).map((one) => one.name)).toEqual(['Hall', 'Gate 2', 'Gate 10']);
    });

    it('makes up the first name that is free in the unit', () => {
        const nameOf = (n: number) => `Camera ${n}`;
        const rows = [camera('Camera 1', 'a'), camera('Camera 2', 'b')];
        expect(freeNumber(rows, 'a', nameOf)).toBe(2);
        expect(freeNumber(rows, 'c', nameOf)).toBe(1);
    });

    it('takes RTSP addresses without a login in them', () => {
        expect(isAddress(' rtsp://192.0.2.7:554/live ')).toBe(true);
        expect(isAddress('rtsp://user:password@192.0.2.7/live')).toBe(false);
        expect(isAddress('http://192.0.2.7/')).toBe(false);
    });

    it('says when a picture keeps people waiting', () => {
        expect(waitsLong({ ...camera('x', 'a'), keyframe_s: 10 })).toBe(true);
        expect(waitsLong({ ...camera('x', 'a'), keyframe_s: 2 })).toBe(false);
    });
});

describe('moving a camera', () => {
    it('goes both ways at once, and opposite ways nowhere', () => {
        expect(velocityOf(new Set(['left', 'up']))).toEqual({ pan: -50, tilt: 50, zoom: 0 });
        expect(velocityOf(new Set(['left', 'right', 'nearer']))).toEqual({ pan: 0, tilt: 0, zoom: 50 });
        expect(velocityOf(new Set())).toEqual({ pan: 0, tilt: 0, zoom: 0 });
    });

    it('knows its keys', () => {
        expect(directionOf('ArrowUp')).toBe('up');
        expect(directionOf('+')).toBe('nearer');
        expect(directionOf('a')).toBeUndefined();
    });
});

describe('who gives which role', () => {
    it('keeps the three administrators apart', () => {
        expect(grantable(['security'])).toEqual(['security', 'auditor']);
        expect(grantable(['administrator'])).not.toContain('auditor');
        expect(isKeptBy(['administrator'], ['auditor'])).toBe(false);
        expect(isKeptBy(['administrator'], ['inspector', 'office'])).toBe(true);
        expect(isKeptBy(['security'], ['auditor'])).toBe(true);
    });
});
