// The pages against a mock gateway: what they show in each state, in both languages, and whether axe agrees.
import { defineConfig } from '@playwright/test';

export default defineConfig({
    testDir: '.',
    testMatch: '*.spec.ts',
    outputDir: '../test-results',
    timeout: 180_000,
    expect: { timeout: 30_000 },
    fullyParallel: true,
    workers: 2,
    retries: 1, // a browser that the machine starved is started once more; the report calls it flaky
    reporter: 'line',
    use: {
        browserName: 'chromium',
        launchOptions: {
            executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
            args: [
                '--no-sandbox',
                '--disable-gpu',
                '--use-fake-device-for-media-stream',
                '--use-fake-ui-for-media-stream',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
                '--no-first-run',
                '--disable-features=WebRtcHideLocalIpsWithMdns',
            ],
        },
    },
});
