/** What a roll-call's page shows, from the offices as the gateway tells them. Pure. */
import type { Office } from '@rtc/protocol';

export const missing = (office: Office): boolean =>
    office.state === 'absent' || office.state === 'declined' || office.state === 'busy';

/** Those that can be pointed at, in their order. */
export const present = (offices: readonly Office[]): Office[] =>
    offices.filter((office) => office.state === 'answered' && !office.left);

/** Changes into a list that is kept by number. */
export function merge(offices: readonly Office[], changed: readonly Office[]): Office[] {
    const byNumber = new Map(changed.map((office) => [office.number, office]));
    const merged = offices.map((office) => byNumber.get(office.number) ?? office);
    const known = new Set(offices.map((office) => office.number));
    return [...merged, ...changed.filter((office) => !known.has(office.number))];
}

/** Whose turn comes next; round and round. Undefined: there is nobody. */
export function nextOf(offices: readonly Office[], unit: string | undefined, step: 1 | -1): Office | undefined {
    const there = present(offices);
    if (there.length === 0) return undefined;
    const at = there.findIndex((office) => office.unit === unit);
    if (at < 0) return step > 0 ? there[0] : there[there.length - 1];
    return there[(at + step + there.length) % there.length];
}

/** What is left of an answer clock, 1 ... 0. */
export function clockLeft(office: Office, clockS: number, now: number): number {
    if (office.state !== 'ringing' || office.until_ms === undefined) return 0;
    return Math.min(1, Math.max(0, (office.until_ms - now) / (clockS * 1000)));
}

/** Unit ids that a set of ticks means: units with a terminal, and those at the bottom of the tree. */
export function officesOf(
    units: readonly { id: string; parent: string | null; terminal?: string }[],
    ticked: ReadonlySet<string>,
): string[] {
    const parents = new Set(units.map((unit) => unit.parent));
    return units
        .filter((unit) => ticked.has(unit.id) && (unit.terminal !== undefined || !parents.has(unit.id)))
        .map((unit) => unit.id);
}
