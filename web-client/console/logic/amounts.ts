/** Amounts as people read them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** "3.2 MB": powers of 1000, at most three digits. */
export function bytes(amount: number): string {
    let value = Math.max(0, amount);
    let unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
        value /= 1000;
        unit += 1;
    }
    const digits = unit === 0 || value >= 99.95 ? 0 : 1;
    return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Whole days from now; negative when past. */
export const daysUntil = (at_ms: number, now_ms: number): number => Math.ceil((at_ms - now_ms) / 86_400_000);
