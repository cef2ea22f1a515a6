// The pages against a mock gateway: what they show in each state, in both languages, and whether axe agrees.
import { defineConfig } from '@playwright/test';

export default defineConfig({
    testDir: '.',
    testMatch: '*.spec.ts',
    outputDir: '../test-results',
    timeout: 180_000,
    expect: { timeout: 20_000 },
    workers: 1,
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
