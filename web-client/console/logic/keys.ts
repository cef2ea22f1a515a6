/** Which key means what, and when a key is meant for a text box instead. */

/** "Space", "Shift+ArrowLeft", "k", "?": as shortcut tables write it. */
export function keyName(
    event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>,
): string | null {
    if (event.ctrlKey || event.altKey || event.metaKey) return null;
    if (event.key === ' ') return 'Space';
    if (event.key.length === 1) return event.key.toLowerCase();
    return event.shiftKey ? `Shift+${event.key}` : event.key;
}

/** Somebody is typing, or a list or dialog has the keys. */
export function isTyping(target: EventTarget | null): boolean {
    if (typeof Element === 'undefined' || !(target instanceof Element)) return false;
    if (target.closest('[role="dialog"], [role="listbox"], [role="menu"], .el-select-dropdown')) return true;
    if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
    return (
        target instanceof HTMLTextAreaElement ||
        target instanceof HTMLSelectElement ||
        (target as HTMLElement).isContentEditable
    );
}

/** Space and Enter belong to the button that has the focus. */
export function isPressing(target: EventTarget | null): boolean {
    return (
        typeof Element !== 'undefined' &&
        target instanceof Element &&
        target.closest('button, a, [role="button"], summary') !== null
    );
}
