// One entry is built by itself: a multi-entry build shares chunks and pushes the family's page over its budget.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import type { UserConfig } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** Where a developer's page finds its gateway. */
const gateway = process.env['YUANJIAN_GATEWAY'] ?? 'http://127.0.0.1:8080';

/** The configuration of one page: served at /NAME, its files at /NAME/assets/. */
export function entry(name: 'visit' | 'terminal' | 'console' | 'verify' | 'photo'): UserConfig {
    return {
        root: `${root}${name}`,
        base: `/${name}/`,
        publicDir: false,
        plugins: [vue()],
        resolve: { alias: { '@rtc': `${root}rtc-core` } },
        define: {
            __PAGE_VERSION__: JSON.stringify(version),
            __VUE_OPTIONS_API__: 'false',
            __VUE_PROD_DEVTOOLS__: 'false',
            __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
        },
        build: {
            outDir: `${root}dist/${name}`,
            emptyOutDir: true,
            target: 'chrome87',
            cssTarget: 'chrome87',
            // The policy of the pages allows no data: scripts; small pictures stay files.
            assetsInlineLimit: 0,
            cssCodeSplit: name === 'console',
            modulePreload: { polyfill: false },
            reportCompressedSize: false,
            chunkSizeWarningLimit: 2000,
        },
        server: {
            proxy: { '/api': { target: gateway, ws: true } },
        },
    };
}
