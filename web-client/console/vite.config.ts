import { defineConfig } from 'vite';
import { entry } from '../build/entry.ts';

const base = entry('console');

export default defineConfig({
    ...base,
    define: {
        ...base.define,
        __VUE_I18N_LEGACY_API__: 'false',
        __INTLIFY_PROD_DEVTOOLS__: 'false',
        __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
    },
});
