import fs from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = fs.readFileSync(new URL('../styles/theme.css', import.meta.url), 'utf8');
const values = new Map(
    [...css.matchAll(/^\s+(--[\w-]+):\s*([^;]+);/gm)].map((found) => [found[1] ?? '', found[2] ?? '']),
);

function colour(name: string): string {
    const value = values.get(name) ?? '';
    const other = /^var\((--[\w-]+)\)$/.exec(value);
    return other ? colour(other[1] ?? '') : value;
}

/** WCAG 2: of red, green and blue as "#rrggbb". */
function luminance(hex: string): number {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
        .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
}

describe('every text can be read on its ground', () => {
    it('knows what contrast is', () => {
        expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
        expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
    });
    it.each(['primary', 'success', 'warning', 'danger', 'info'])('a filled button: %s', (kind) => {
        for (const name of ['', '-light-3', '-dark-2'])
            if (values.has(`--el-color-${kind}${name}`))
                expect(contrast('#ffffff', colour(`--el-color-${kind}${name}`)), name).toBeGreaterThanOrEqual(4.5);
        expect(values.has(`--el-color-${kind}-light-3`), 'its hover is not the default').toBe(true);
    });
    it.each(['green', 'amber', 'red', 'violet', 'grey'])('a chip: %s', (kind) => {
        expect(contrast(colour(`--${kind}`), colour(`--${kind}-soft`))).toBeGreaterThanOrEqual(4.5);
    });
    it.each(['--ink', '--ink-2', '--ink-3', '--primary'])('%s', (name) => {
        for (const ground of ['--card', '--ground', '--hover'])
            expect(contrast(colour(name), colour(ground)), ground).toBeGreaterThanOrEqual(4.5);
    });
});
