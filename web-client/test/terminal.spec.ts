import { chromium, expect, test } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { aVisit, MockGateway } from './mock/gateway';
import { farEnd } from './mock/peer';
import { asCamera } from './mock/person';
import { judge, look, sizes } from './mock/page';

let gateway: MockGateway;
test.beforeEach(async () => {
    gateway = await MockGateway.start();
});
test.afterEach(() => gateway.stop());

async function openTerminal(browser: Browser, size: keyof typeof sizes, path: string): Promise<Page> {
    const context = await browser.newContext({ viewport: sizes[size], permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    if (process.env['PICTURES']) await page.addInitScript({ content: asCamera('inmate') });
    await page.goto(`${gateway.url}/terminal${path}`);
    return page;
}

for (const size of ['phone', 'desktop'] as const) {
    for (const language of ['zh', 'en'] as const) {
        test(`pairs once, then answers by itself, ${size}, ${language}`, async ({ browser }) => {
            const name = (step: string): string => `terminal-${step}-${size}-${language}`;
            gateway.paired = false;
            gateway.visit = null;
            const page = await openTerminal(browser, size, `?lang=${language}`);
            const far = await page.context().newPage();
            if (process.env['PICTURES']) await far.addInitScript({ content: asCamera('family') });
            await far.goto(`${gateway.url}/visit/`);
            gateway.peer = await farEnd(far);
            await page.bringToFront();

            await page.getByRole('textbox').fill('https://prison.example/terminal#link=ABCDEF');
            await judge(page);
            await look(page, name('pair'));
            await page.getByRole('button', { name: /^(绑定|Pair)$/ }).click();
            await page.getByRole('button', { name: /^(启动|Start)$/ }).click();
            await expect(page.getByText(/现在没有会见|No visit now/)).toBeVisible();
            await judge(page);
            await look(page, name('idle'));

            gateway.visit = aVisit();
            gateway.change({});
            await expect.poll(() => gateway.calls.some(({ method }) => method === 'party.enter')).toBe(true);
            await expect(page.getByRole('button', { name: /人已到位|The person is here/ })).toBeVisible();
            await page.waitForTimeout(500);
            await judge(page);
            await look(page, name('waiting'));
            await page.getByRole('button', { name: /人已到位|The person is here/ }).click();
            await expect(page.getByText(/陈志强已到位|陈志强 is here/)).toBeVisible();
            expect(gateway.calls.at(-1)).toEqual({ method: 'terminal.subject_here', params: { here: true } });

            const now = Date.now();
            gateway.change({
                state: 'live',
                live_since_ms: now,
                ends_at_ms: now + 25 * 60_000,
                recording: { state: 'recording' },
            });
            await expect(page.getByText(/网络[好弱差]|(Good|Weak|Poor) network/)).toBeVisible({ timeout: 15_000 });
            gateway.tell('visit.warned', {
                preset: 'x',
                text_zh: '请不要谈论与案件有关的内容。',
                text_en: 'Please do not talk about the case.',
            });
            gateway.tell('visit.officer_speaks', { active: true });
            await expect(page.getByText(/与案件有关|about the case/)).toBeVisible();
            await page.waitForTimeout(1500);
            await judge(page);
            await look(page, name('live'));

            gateway.tell('visit.ended', { cause: 'rule-broken' });
            gateway.visit = null;
            gateway.tell('visit.changed', { visit: null });
            await expect(page.getByRole('heading', { name: /会见结束了|The visit is over/ })).toBeVisible();
            await look(page, name('ended'));
            expect(gateway.calls.some(({ method }) => method === 'terminal.heartbeat')).toBe(true);
            await page.context().close();
        });
    }
}

test('comes back by itself after the service was gone, into the same visit', async ({ browser }) => {
    const page = await openTerminal(browser, 'desktop', '');
    const far = await page.context().newPage();
    await far.goto(`${gateway.url}/visit/`);
    gateway.peer = await farEnd(far);
    await page.bringToFront();
    await page.getByRole('button', { name: '启动' }).click();
    const entered = (): number => gateway.calls.filter(({ method }) => method === 'party.enter').length;
    await expect.poll(entered).toBe(1);
    const watched = (): number => gateway.calls.filter(({ method }) => method === 'media.watch').length;
    await expect.poll(watched).toBe(1);
    gateway.drop();
    await expect.poll(entered, { timeout: 15_000 }).toBe(2);
    await expect.poll(watched).toBe(2);
    await page.context().close();
});

test('starts anew when the page itself fails, but not for ever', async ({ browser }) => {
    gateway.visit = null;
    const page = await openTerminal(browser, 'desktop', '');
    const greetings = (): number => gateway.calls.filter(({ method }) => method === 'hello').length;
    await expect.poll(greetings).toBe(1);
    const fail = (): Promise<void> =>
        page.evaluate(() => {
            setTimeout(() => {
                throw new Error('a fault of the page');
            });
        });
    await fail();
    await expect.poll(greetings, { timeout: 15_000 }).toBe(2);
    await expect
        .poll(() =>
            JSON.stringify(gateway.calls.filter(({ method }) => method === 'terminal.heartbeat').at(-1)?.params),
        )
        .toContain('a fault of the page');
    await fail();
    await page.waitForTimeout(5000);
    expect(greetings()).toBe(2);
    await page.context().close();
});

test('says what is wrong with a pairing link', async ({ browser }) => {
    gateway.paired = false;
    gateway.refuse.set('/api/v1/sign-in/link', 'link-used');
    const page = await openTerminal(browser, 'desktop', '#link=OLD');
    await expect(page.getByText('这个绑定码已经用过')).toBeVisible();
    expect(page.url()).not.toContain('OLD');
    await page.context().close();
});

test('a kiosk needs no press', async () => {
    const browser = await chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        args: [
            '--no-sandbox',
            '--use-fake-device-for-media-stream',
            '--autoplay-policy=no-user-gesture-required',
            '--auto-accept-camera-and-microphone-capture',
        ],
    });
    gateway.visit = null;
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/terminal`);
    await expect(page.getByText('现在没有会见')).toBeVisible();
    await browser.close();
});
