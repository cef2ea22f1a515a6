// Keeps the screen on while somebody waits or talks. Browsers take the lock away when the page is hidden: take it back.
import type { Scope } from './scope';

export function keepAwake(scope: Scope): void {
    const wakeLock = (navigator as { wakeLock?: WakeLock }).wakeLock;
    if (!wakeLock) return;
    let held: WakeLockSentinel | null = null;
    const take = async (): Promise<void> => {
        if (scope.ended || document.visibilityState !== 'visible' || (held && !held.released)) return;
        const lock = await wakeLock.request('screen').catch(() => null); // a low battery refuses it
        if (scope.ended) void lock?.release().catch(() => undefined);
        else held = lock;
    };
    scope.listen(document, 'visibilitychange', () => void take());
    scope.add(() => void held?.release().catch(() => undefined));
    void take();
}
