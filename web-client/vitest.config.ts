import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
    plugins: [vue()],
    resolve: { alias: { '@rtc': `${root}rtc-core` } },
    test: {
        include: ['{rtc-core,parts,visit,terminal,console,verify,photo}/**/*.test.ts'],
        environment: 'node',
        server: { deps: { inline: ['element-plus'] } },
    },
});
