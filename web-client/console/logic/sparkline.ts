/** A small line of the newest values: the newest stands at the right edge, older ones go out at the left. Pure. */

export function linePath(
    values: readonly number[],
    slots: number,
    most: number,
    width: number,
    height: number,
): { path: string; from: number } | null {
    const shown = values.slice(-slots);
    if (shown.length < 2 || most <= 0) return null;
    const step = width / (slots - 1);
    const from = width - step * (shown.length - 1);
    const points = shown.map((value, index) => {
        const y = height - 1 - (Math.max(0, Math.min(most, value)) / most) * (height - 3);
        return `${round(from + index * step)},${round(y)}`;
    });
    return { path: `M${points.join('L')}`, from: round(from) };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Keeps the newest values. */
export function push<T>(values: readonly T[], value: T, most: number): T[] {
    return [...values.slice(-(most - 1)), value];
}
