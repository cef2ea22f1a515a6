import { expect, test } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { aVisit, MockGateway } from './mock/gateway';
import { judge, look, sizes } from './mock/page';
import { farEnd } from './mock/peer';
import { asCamera } from './mock/person';

const code = 'K7M2P9QRST';

let gateway: MockGateway;
test.beforeEach(async () => {
    gateway = await MockGateway.start();
});
test.afterEach(() => gateway.stop());

async function openPage(browser: Browser, size: keyof typeof sizes, language: string, path: string): Promise<Page> {
    const context = await browser.newContext({ viewport: sizes[size], permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    if (process.env['PICTURES']) await page.addInitScript({ content: asCamera('family') });
    page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) throw new Error(message.text());
    });
    await page.goto(`${gateway.url}${path}?lang=${language}`);
    return page;
}

const press = (page: Page, zh: string, en: string): Promise<void> =>
    page.getByRole('button', { name: new RegExp(`${zh}|${en}`) }).click();

for (const size of ['phone', 'desktop'] as const) {
    for (const language of ['zh', 'en'] as const) {
        test(`from the link to the end, ${size}, ${language}`, async ({ browser }) => {
            const name = (step: string): string => `visit-${step}-${size}-${language}`;
            gateway.visit = aVisit();
            const page = await openPage(browser, size, language, `/visit/${code}`);
            const far = await page.context().newPage();
            if (process.env['PICTURES']) await far.addInitScript({ content: asCamera('inmate') });
            await far.goto(`${gateway.url}/visit/`);
            const end = await farEnd(far);
            gateway.peer = end;
            await page.bringToFront();

            await expect(page.getByRole('heading', { level: 1 })).toContainText('陈志强');
            await judge(page);
            await look(page, name('welcome'));

            await press(page, '打开摄像头', 'Turn on camera|turn on camera');
            await expect(page.getByText(/网络很好|网络有点慢|The network is (good|slow)/)).toBeVisible();
            await judge(page);
            await look(page, name('check'));

            await press(page, '我准备好了', 'I am ready');
            await expect(page.getByText(/来会见室$|brought to the visit room/)).toBeVisible();
            await judge(page);
            await look(page, name('waiting'));

            const now = Date.now();
            gateway.change({
                state: 'live',
                live_since_ms: now,
                ends_at_ms: now + 25 * 60_000,
                recording: { state: 'recording' },
            });
            await expect(page.getByRole('timer')).toContainText('24:5');
            await expect
                .poll(
                    () =>
                        page
                            .locator('.stage video')
                            .first()
                            .evaluate((video: HTMLVideoElement) => video.videoWidth),
                    { timeout: 15_000 },
                )
                .toBeGreaterThan(0);
            await page.waitForTimeout(2500);
            await expect(page.getByText(/网络[好弱差]|(Good|Weak|Poor) network/)).toBeVisible();
            await judge(page);
            await look(page, name('live'));

            gateway.tell('visit.warned', {
                preset: 'topic',
                text_zh: '请不要谈论与案件有关的内容。',
                text_en: 'Please do not talk about the case.',
            });
            gateway.tell('visit.officer_speaks', { active: true });
            gateway.tell('visit.time_left', { minutes: 5 });
            await expect(page.getByText(/与案件有关|about the case/)).toBeVisible();
            await judge(page);
            await look(page, name('warned'));
            await page
                .getByRole('button', { name: /^(知道了|OK)$/ })
                .first()
                .click();
            await page
                .getByRole('button', { name: /^(知道了|OK)$/ })
                .first()
                .click();
            gateway.tell('visit.officer_speaks', { active: false });

            gateway.change({ state: 'paused' });
            await expect(page.getByText(/会见暂停了|The visit is paused/)).toBeVisible();
            await judge(page);
            await look(page, name('paused'));

            gateway.change({ state: 'suspended', resumes_until_ms: Date.now() + 100_000 });
            await expect(page.getByText(/最多再等 1:3|Waiting at most 1:3/)).toBeVisible();
            await look(page, name('suspended'));

            gateway.change({ state: 'ended', end: { cause: 'completed', at_ms: now + 25 * 60_000 } });
            await expect(page.getByRole('heading', { name: /会见结束了|The visit is over/ })).toBeFocused();
            await judge(page);
            await look(page, name('ended'));
            await page.context().close();
        });
    }
}
