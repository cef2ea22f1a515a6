/** Leaves out of Element Plus' style sheets what no page of the console shows: they come by component, not by use. */
import type { Plugin } from 'vite';

const unused = new RegExp(
    [
        'el-(date-range-picker|time-range|time-spinner|time-panel|date-picker__time|input-number|button-group|dropdown__)',
        'el-picker-panel__(sidebar|shortcut)',
        'el-input-group--prepend',
        'el-button--(info|success|warning)',
        'el-button\\.is-(circle|round)',
        'el-tag--(success|warning|danger|plain|dark)',
        'el-skeleton__(image|avatar|h1|h3|caption|button|text|circle)',
        'el-message-box__input',
        'el-message--(primary|info)',
        'el-form--inline',
    ].join('|'),
);

/** Drops the selectors that are not used, and rules of which none is left. */
export function slim(css: string): string {
    return css.replace(/([^{}]+)\{([^{}]*)\}/g, (_rule, selectors: string, body: string) => {
        const kept = selectors.split(',').filter((selector) => !unused.test(selector));
        return kept.length > 0 ? `${kept.join(',')}{${body}}` : '';
    });
}

export function styleDiet(): Plugin {
    return {
        name: 'style-diet',
        enforce: 'pre',
        transform(code, id) {
            return /element-plus\/theme-chalk\/.*\.css/.test(id) ? { code: slim(code), map: null } : null;
        },
    };
}
