/** What is told about damage in the archive, and to whom. Pure. */
import type { Role } from '@rtc/protocol';

const TOLD: readonly Role[] = ['officer', 'inspector', 'administrator', 'security', 'auditor'];

export const mayKnow = (roles: readonly Role[]): boolean => roles.some((role) => TOLD.includes(role));

/** The reader's English sentence as a word of the dictionary. */
export function damageWord(what: string): 'missing' | 'unreadable' | 'changed' | 'other' {
    if (/not there|missing|no such/i.test(what)) return 'missing';
    if (/cannot be (read|opened)/i.test(what)) return 'unreadable';
    if (/is not what|length|does not (match|verify)|differ|hash/i.test(what)) return 'changed';
    return 'other';
}
