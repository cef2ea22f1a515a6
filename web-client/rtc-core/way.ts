// The way to the gateway before anything is sent on it.

/** What a person who has not yet entered is told about the way to the gateway, from a few round trips. */
export function wayVerdict(roundTripsMs: readonly number[], failed: number): 'good' | 'poor' | 'failed' {
    if (roundTripsMs.length === 0) return 'failed';
    const sorted = [...roundTripsMs].sort((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
    return failed > 0 || middle > 400 ? 'poor' : 'good';
}
