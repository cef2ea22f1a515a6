// The page as it lies on a memory stick: opened by file://, with a good package, one that was tampered with, and none.
import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { judge as judgePage, look, sizes } from './mock/page';

const url = new URL('../dist/verify/index.html', import.meta.url).href;
const stored = readFileSync(fileURLToPath(new URL('../../tests/verify/packages/format-1.evp', import.meta.url)));
const tampered = Buffer.from(stored);
const video = 'media/family-1-video-1.webm'; // named by the receipt, then by its own header
const at = tampered.indexOf(video, tampered.indexOf(video) + 1) + 12000;
tampered[at] = (tampered[at] ?? 0) ^ 1;

/** Names of files, algorithms and programs are the same in both languages. */
const names = ['yuanjian-verify', 'leaves.jsonl', 'recording.json', 'merkle', 'SHA-256', 'evp', 'Ed25519', '中文'];
const files = [/(?:media|keys|log)\/[\w.-]+/g, /family-1-video-1/g, /[0-9a-f]{64}/g, /S-0042(?:-E-7\.evp)?/g, /UTC/g];

async function judge(page: Page): Promise<void> {
    const text = await page.evaluate(() => document.body.innerText);
    await judgePage(page, [...files.flatMap((pattern) => text.match(pattern) ?? []), ...names]);
}

async function give(page: Page, name: string, buffer: Buffer): Promise<void> {
    await page.locator('#package').setInputFiles({ name, mimeType: 'application/zip', buffer });
}

for (const size of ['phone', 'desktop'] as const) {
    for (const language of ['zh', 'en'] as const) {
        test(`says what a package is worth, ${size}, ${language}`, async ({ browser }) => {
            const page = await (await browser.newContext({ viewport: sizes[size] })).newPage();
            const errors: string[] = [];
            page.on('pageerror', (error) => errors.push(String(error)));
            page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
            await page.goto(`${url}?lang=${language}`);
            await judge(page);
            await look(page, `verify-start-${size}-${language}`);

            await give(page, 'S-0042-E-7.evp', stored);
            await expect(page.getByText(/已核验的各项全部通过|Everything that was checked/)).toBeVisible();
            await expect(page.locator('.badge.fail')).toHaveCount(0);
            await expect(page.locator('.badge.pass')).toHaveCount(14);
            await judge(page);
            await look(page, `verify-good-${size}-${language}`);
            await page.getByRole('button', { name: /核验另一个文件|Check another file/ }).click();

            await give(page, 'S-0042-E-7.evp', tampered);
            await expect(page.getByText(/不应采信|do not rely on it/)).toBeVisible();
            await expect(page.getByText(/family-1-video-1\.webm.*(第 1 段|chunk 1)/)).toBeVisible();
            await judge(page);
            await look(page, `verify-bad-${size}-${language}`);
            await page.getByRole('button', { name: language === 'zh' ? 'English' : '中文' }).click();
            await expect(page.getByText(language === 'zh' ? /do not rely on it/ : /不应采信/)).toBeVisible();
            await page.getByRole('button', { name: /核验另一个文件|Check another file/ }).click();

            await give(page, 'holiday.jpg', Buffer.from('no package'));
            await expect(page.getByText(/这不是证据包|this is not a package/)).toBeVisible();
            await page.locator('#trusted').fill('12');
            await expect(page.getByText(/64 个十六进制|has 64 hex/)).toBeVisible();
            expect(errors).toEqual([]);
        });
    }
}

test('asks nobody for anything', async ({ page }) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(url);
    await give(page, 'a.evp', stored);
    await expect(page.locator('.verdict')).toBeVisible();
    expect(asked.filter((address) => !address.startsWith('file:'))).toEqual([]);
    expect(await page.evaluate(() => fetch('https://example.org/').then(String, () => 'refused'))).toBe('refused');
});
