// A terminal has nobody who presses "reload": what goes wrong in the page is remembered, told, and cured by starting anew.
import type { Scope } from '@rtc/scope';

const key = 'yuanjian.errors';
const timeKey = 'yuanjian.reloaded';
const reloadAfterMs = 3_000;
const notMoreOftenMs = 60_000;

export function recallErrors(): string[] {
    try {
        const errors: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
        return Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : [];
    } catch {
        return [];
    }
}

/** Whether a page that was started anew at `last` may be started anew now. */
export function mayReload(last: number, now: number): boolean {
    return !(now - last < notMoreOftenMs);
}

export function cureErrors(scope: Scope): (error: unknown) => void {
    let reloading = false;
    const fail = (error: unknown): void => {
        const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        const now = Date.now();
        try {
            sessionStorage.setItem(key, JSON.stringify([...recallErrors(), text].slice(-4)));
            if (reloading || !mayReload(Number(sessionStorage.getItem(timeKey) ?? -Infinity), now)) return;
            sessionStorage.setItem(timeKey, String(now));
        } catch {
            return; // without a memory it could start anew for ever
        }
        reloading = true;
        scope.after(reloadAfterMs, () => location.reload());
    };
    scope.listen<ErrorEvent>(window, 'error', (event) => fail(event.error ?? event.message));
    scope.listen<PromiseRejectionEvent>(window, 'unhandledrejection', (event) => fail(event.reason));
    return fail;
}
