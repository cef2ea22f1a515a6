import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web-client/package.json', import.meta.url));
const { defineConfig } = require('@playwright/test');

export default defineConfig({
    testDir: fileURLToPath(new URL('.', import.meta.url)),
    testMatch: '*.spec.mjs',
    outputDir: fileURLToPath(new URL('../../build/e2e-results', import.meta.url)),
    workers: 1, // each test has three browsers on two cores
    retries: 1, // a browser that the machine starved is started once more; the report calls it flaky
    timeout: 180_000,
    expect: { timeout: 20_000 },
    use: { trace: 'off' },
});
