/** The code of a one-time link ("#link=CODE"); null when there is none. */
export function linkCode(fragment: string): string | null {
    const match = /^#\/?link=([A-Za-z0-9_-]{8,128})$/.exec(fragment);
    return match?.[1] ?? null;
}

/** Reads the code and takes it out of the address bar and the history. */
export function takeLinkCode(location: Location, history: History): string | null {
    if (!/^#\/?link=/.test(location.hash)) return null;
    const code = linkCode(location.hash);
    history.replaceState(null, '', `${location.pathname}${location.search}#/`);
    /* A code that cannot be one is still shown as an invalid link. */
    return code ?? 'invalid-link';
}
