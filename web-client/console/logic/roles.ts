/** Who gives which role: one administrator does not make the others. The gateway decides; this only offers what it would grant. */
import type { Role } from '@rtc/protocol';

const KEEPERS: readonly Role[] = ['security', 'auditor'];
const OTHERS: readonly Role[] = ['inspector', 'office', 'officer', 'administrator', 'procurator'];

export const grantable = (asker: readonly Role[]): readonly Role[] => (asker.includes('security') ? KEEPERS : OTHERS);

/** Whether all that somebody is was the asker's to give. */
export const isKeptBy = (asker: readonly Role[], roles: readonly Role[]): boolean =>
    roles.every((role) => grantable(asker).includes(role));
