// The archive's pages against a mock gateway: searching, playing, and what is done with a recording.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { expect, gateway, judge, look, open, withGateway } from './mock/console-page';

withGateway();

test.describe('the player', () => {
    let folder: string;
    test.beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), 'console-media-'));
        const make = (name: string, args: string[]) =>
            execFileSync('ffmpeg', ['-v', 'error', ...args, join(folder, name)]);
        const video = (source: string) => [
            '-f',
            'lavfi',
            '-i',
            source,
            '-c:v',
            'libvpx',
            '-b:v',
            '400k',
            '-deadline',
            'realtime',
            '-cpu-used',
            '8',
        ];
        const audio = (source: string) => ['-f', 'lavfi', '-i', source, '-c:a', 'libopus', '-b:a', '24k'];
        make('family-video.webm', video('testsrc2=s=480x360:r=15:d=56'));
        make('terminal-video.webm', video('testsrc=s=480x360:r=15:d=61'));
        make('family-audio.webm', audio('sine=330:d=56'));
        make('terminal-audio.webm', audio('sine=220:d=61'));
    });
    test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const apart = (page: Page) =>
        page.evaluate(() => {
            const starts: Record<string, number> = {
                'family-video': 1.2,
                'family-audio': 1.2,
                'terminal-video': 0.4,
                'terminal-audio': 0.4,
            };
            const at = [...document.querySelectorAll<HTMLMediaElement>('.stage video, .stage audio')].map(
                (media) => media.currentTime + (starts[/media\/(.*)\.webm/.exec(media.src)?.[1] ?? ''] ?? NaN),
            );
            return Math.max(...at) - Math.min(...at);
        });

    test('plays in step, seeks, steps, changes speed, stops at the end', async ({ browser }) => {
        gateway.mediaFolder = folder;
        const page = await open(browser, '/console#/archive/r0', 'desktop', 'zh');
        await expect(page.locator('.stage video').first()).toBeAttached();
        await page.locator('h1').click();
        await page.keyboard.press('3');
        await page.keyboard.press(' ');
        await expect
            .poll(() =>
                page
                    .locator('.stage video')
                    .first()
                    .evaluate((video: HTMLVideoElement) => !video.paused),
            )
            .toBe(true);
        await page.waitForTimeout(2500);
        await expect.poll(() => apart(page)).toBeLessThan(0.08);
        await look(page, 'player-desktop-zh');
        await judge(page);
        await page.keyboard.press('l');
        await expect(page.locator('select').first()).toHaveValue('1.25');
        await page.keyboard.press('k');
        await page.keyboard.press('9');
        await expect.poll(() => apart(page)).toBeLessThan(0.05);
        await page.keyboard.press(' ');
        await expect(page.getByRole('button', { name: '播放', exact: true })).toBeVisible({ timeout: 20_000 });
    });

    test('a note at the moment, a snapshot, and on a phone', async ({ browser }) => {
        gateway.mediaFolder = folder;
        const page = await open(browser, '/console#/archive/r0', 'phone', 'en');
        await expect(page.locator('.stage video').first()).toBeAttached();
        await page.getByRole('slider', { name: 'Position' }).click({ position: { x: 60, y: 10 } });
        await expect(page.locator('.stage video').first()).toBeVisible();
        await judge(page);
        await look(page, 'player-phone-en');
        const saved = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Snapshot' }).click();
        expect((await saved).suggestedFilename()).toMatch(/^r0-\d+s\.png$/);
        await page.getByPlaceholder('Add a note here').fill('somebody enters');
        await page.keyboard.press('Enter');
        await expect(page.getByText('somebody enters')).toBeVisible();
        const note = gateway.calls.find((call) => call.method === 'archive.note')?.params;
        expect(Number(note?.['at_ms'])).toBeGreaterThan(1000);
    });
});
