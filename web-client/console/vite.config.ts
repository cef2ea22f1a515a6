import { defineConfig } from 'vite';
import { entry } from '../build/entry.ts';
import { styleDiet } from './style-diet.ts';

const base = entry('console');

export default defineConfig({
    ...base,
    plugins: [...(base.plugins ?? []), styleDiet()],
    // What every page needs is one sheet; a page's own comes with its script.
    build: { ...base.build, cssCodeSplit: true },
    define: {
        ...base.define,
        __VUE_I18N_LEGACY_API__: 'false',
        __INTLIFY_PROD_DEVTOOLS__: 'false',
        __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
    },
});
