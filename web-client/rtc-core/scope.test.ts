import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from './emitter';
import { Scope } from './scope';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('scope', () => {
    it('ends in reverse order, once', () => {
        const scope = new Scope();
        const order: number[] = [];
        scope.add(() => order.push(1));
        scope.add(() => order.push(2));
        scope.end();
        scope.end();
        expect(order).toEqual([2, 1]);
    });
    it('ends its children, and a child that ended leaves nothing behind', () => {
        const scope = new Scope();
        const ended: string[] = [];
        const first = scope.child();
        first.add(() => ended.push('first'));
        scope.child().add(() => ended.push('second'));
        first.end();
        scope.end();
        expect(ended).toEqual(['first', 'second']);
    });
    it('lets nothing be added once it has ended', () => {
        const scope = new Scope();
        scope.end();
        const late = vi.fn();
        scope.add(late);
        scope.after(10, late);
        scope.every(10, late);
        vi.advanceTimersByTime(100);
        expect(late).toHaveBeenCalledTimes(1);
    });
    it('stops listeners and timers', () => {
        const scope = new Scope();
        const target = new EventTarget();
        const heard = vi.fn();
        scope.listen(target, 'x', heard);
        scope.every(10, heard);
        scope.after(15, heard);
        target.dispatchEvent(new Event('x'));
        vi.advanceTimersByTime(10);
        scope.end();
        target.dispatchEvent(new Event('x'));
        vi.advanceTimersByTime(100);
        expect(heard).toHaveBeenCalledTimes(2);
    });
    it('goes on when one thing ends badly', () => {
        const scope = new Scope();
        const silent = vi.spyOn(console, 'error').mockImplementation(() => undefined);
        const ended = vi.fn();
        scope.add(ended);
        scope.add(() => {
            throw new Error('bad end');
        });
        scope.end();
        expect(ended).toHaveBeenCalled();
        silent.mockRestore();
    });
    it('unbinds listeners of an emitter', () => {
        const emitter = new Emitter<{ n: number }>();
        const scope = new Scope();
        const heard: number[] = [];
        emitter.on(scope, 'n', (n) => heard.push(n));
        emitter.emit('n', 1);
        scope.end();
        emitter.emit('n', 2);
        expect(heard).toEqual([1]);
    });
});
