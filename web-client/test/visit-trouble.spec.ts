import { expect, test } from '@playwright/test';
import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { aVisit, MockGateway } from './mock/gateway';
import { judge, look, sizes } from './mock/page';
import { farEnd } from './mock/peer';

const code = 'K7M2P9QRST';
const wechatIos =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.40';
const wechatAndroid =
    'Mozilla/5.0 (Linux; Android 10; V1934A) AppleWebKit/537.36 Chrome/107.0 Mobile Safari/537.36 MicroMessenger/8.0.30';

let gateway: MockGateway;
test.beforeEach(async () => {
    gateway = await MockGateway.start();
});
test.afterEach(() => gateway.stop());

async function open(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
        viewport: sizes.phone,
        permissions: ['camera', 'microphone'],
        ...options,
    });
    const page = await context.newPage();
    await page.goto(gateway.url + path);
    return page;
}

/** Makes the camera fail as a browser does. */
async function refuse(page: Page, name: string, message: string): Promise<void> {
    await page.evaluate(
        ([errorName, text]) => {
            navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException(text, errorName));
        },
        [name, message] as const,
    );
}

/** From the first screen into the visit; the far end is a page of the same browser. */
async function enter(page: Page): Promise<Awaited<ReturnType<typeof farEnd>>> {
    const far = await page.context().newPage();
    await far.goto(`${gateway.url}/visit/`);
    const end = await farEnd(far);
    gateway.peer = end;
    await page.bringToFront();
    await page.getByRole('button', { name: '打开摄像头' }).click();
    await page.getByRole('button', { name: '我准备好了' }).click();
    const now = Date.now();
    gateway.change({ state: 'live', live_since_ms: now, ends_at_ms: now + 25 * 60_000 });
    await expect(page.getByText(/网络[好弱差]/)).toBeVisible({ timeout: 20_000 });
    return end;
}

test('a code can be typed, in any case and with dashes', async ({ browser }) => {
    const page = await open(browser, '/visit/');
    await page.getByRole('textbox').fill('k7m2p');
    await page.getByRole('button', { name: '下一步' }).click();
    await expect(page.getByText('现在是 5 位')).toBeVisible();
    await judge(page);
    await look(page, 'visit-code-phone-zh');
    await page.getByRole('textbox').fill('k7m2p-9qrst');
    await page.getByRole('button', { name: '下一步' }).click();
    await expect(page.getByRole('heading', { name: '和陈志强的会见' })).toBeVisible();
    expect(page.url()).toContain(`/visit/${code}`);
});

for (const [reason, words] of [
    ['code-unknown', '没有找到这个会见码'],
    ['code-expired', '这个会见码已经过期'],
    ['limit-reached', '试的次数太多了'],
] as const) {
    test(`a code that is refused: ${reason}`, async ({ browser }) => {
        gateway.refuse.set('/api/v1/visit-code', reason);
        const page = await open(browser, `/visit/${code}`);
        await expect(page.getByRole('heading', { name: words })).toBeVisible();
        await judge(page);
        await look(page, `visit-${reason}-phone-zh`);
    });
}

test('a visit that is open elsewhere opens here once it has been closed there', async ({ browser }) => {
    gateway.refuse.set('/api/v1/visit-code', 'code-in-use');
    const page = await open(browser, `/visit/${code}`);
    await expect(page.getByRole('heading', { name: '另一部手机或电脑' })).toBeVisible();
    gateway.refuse.delete('/api/v1/visit-code');
    await expect(page.getByRole('heading', { name: '和陈志强的会见' })).toBeVisible({ timeout: 15_000 });
});

for (const [name, message, agent, title, help] of [
    ['NotAllowedError', 'Permission denied', wechatIos, '还没有允许使用', '在 Safari 中打开'],
    ['NotAllowedError', 'Permission denied by system', wechatAndroid, '手机不让这个应用', '“应用”→“微信”→“权限”'],
    ['NotFoundError', 'Requested device not found', undefined, '没有找到', '请插上摄像头'],
    ['NotReadableError', 'Could not start video source', undefined, '正被别的程序使用', '微信通话'],
] as const) {
    test(`the camera is refused: ${name} in ${agent?.slice(13, 30) ?? 'a desktop browser'}`, async ({ browser }) => {
        const page = await open(browser, `/visit/${code}`, agent ? { userAgent: agent } : {});
        await refuse(page, name, message);
        await page.getByRole('button', { name: '打开摄像头' }).click();
        await expect(page.getByRole('heading', { name: title })).toBeVisible();
        await expect(page.getByText(help)).toBeVisible();
        await judge(page, ['Safari', '陈志强']);
        await look(page, `visit-refused-${name}-${agent ? 'wechat' : 'plain'}-phone-zh`);
    });
}

test('the connection is lost and comes back into the same visit', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`);
    await enter(page);
    const entered = (): number => gateway.calls.filter(({ method }) => method === 'party.enter').length;
    expect(entered()).toBe(1);
    await page.context().setOffline(true);
    gateway.drop();
    await expect(page.getByText('网络断了，正在重新连接')).toBeVisible();
    await page.waitForTimeout(3000);
    await judge(page);
    await look(page, 'visit-lost-phone-zh');
    await page.context().setOffline(false);
    await expect(page.getByText('网络断了，正在重新连接')).toBeHidden({ timeout: 30_000 });
    await expect.poll(entered).toBe(2);
    await expect(page.getByText(/网络[好弱差]/)).toBeVisible({ timeout: 20_000 });
});

test('sound without a picture is said, and the last still stays', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`);
    const far = await enter(page);
    await far.stopPicture();
    await expect(page.getByText('现在只有声音')).toBeVisible({ timeout: 15_000 });
    await look(page, 'visit-sound-only-phone-zh');
    const width = await page
        .locator('.stage video')
        .first()
        .evaluate((video: HTMLVideoElement) => video.videoWidth);
    expect(width).toBeGreaterThan(0);
});

test('opened elsewhere stops here until it is wanted here', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`);
    await expect(page.getByRole('heading', { name: '和陈志强的会见' })).toBeVisible();
    gateway.drop(4409);
    await expect(page.getByRole('heading', { name: '已经在另一个页面打开' })).toBeVisible();
    await look(page, 'visit-elsewhere-phone-zh');
    await page.getByRole('button', { name: '在这里继续' }).click();
    await expect(page.getByRole('heading', { name: '和陈志强的会见' })).toBeVisible();
});

test('hanging up asks first, and one can return', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`);
    await enter(page);
    await page.getByRole('button', { name: '结束' }).click();
    await expect(page.getByRole('button', { name: '继续会见' })).toBeFocused();
    await judge(page);
    await look(page, 'visit-hangup-phone-zh');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('alertdialog')).toBeHidden();
    await page.getByRole('button', { name: '结束' }).click();
    await page.getByRole('button', { name: '结束会见' }).click();
    await expect(page.getByRole('heading', { name: '您已离开会见' })).toBeVisible();
    expect(gateway.calls.at(-1)?.method).toBe('party.leave');
    gateway.change({ state: 'suspended', resumes_until_ms: Date.now() + 110_000 });
    await expect(page.getByText(/1:4\d 内可以回来/)).toBeVisible();
    await judge(page);
    await look(page, 'visit-left-phone-zh');
    await page.getByRole('button', { name: '回到会见' }).click();
    await expect(page.getByRole('button', { name: '关麦克风' })).toBeVisible();
    expect(gateway.calls.filter(({ method }) => method === 'party.enter')).toHaveLength(2);
});

test('the largest text on a small telephone, upright and lying', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`, { viewport: { width: 360, height: 640 } });
    await page.getByRole('button', { name: '放大文字' }).click();
    await page.getByRole('button', { name: '放大文字' }).click();
    const size = await page.evaluate(() => getComputedStyle(document.querySelector('p') as Element).fontSize);
    expect(size).toBe('40px');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await look(page, 'visit-welcome-huge');
    await enter(page);
    gateway.tell('visit.warned', { preset: 'x', text_zh: '请不要谈论与案件有关的内容。', text_en: 'x' });
    await expect(page.getByText('与案件有关')).toBeVisible();
    await look(page, 'visit-live-huge');
    await page.setViewportSize({ width: 740, height: 360 });
    await page.evaluate(() => (document.documentElement.dataset['text'] = 'normal'));
    await page.waitForTimeout(500);
    expect((await page.locator('.stage').boundingBox())?.width).toBeGreaterThan(400);
    await judge(page);
    await look(page, 'visit-live-lying');
});

test('a privileged visit says that it is not recorded', async ({ browser }) => {
    gateway.visit = aVisit({
        recording_class: 'privileged',
        starts_ms: Date.now() + 3 * 86_400_000,
        waiting_for: 'too-early',
    });
    const page = await open(browser, `/visit/${code}`);
    await expect(page.getByText('本次会见不录像、不录音')).toBeVisible();
    await expect(page.getByText('民警可能在旁观看')).toBeHidden();
    await look(page, 'visit-privileged-phone-zh');
});

test('every button of the page can be touched by a thumb', async ({ browser }) => {
    const page = await open(browser, `/visit/${code}`);
    await page.getByRole('button', { name: '打开摄像头' }).waitFor();
    for (const box of await page.getByRole('button').all()) {
        const size = await box.boundingBox();
        expect(Math.min(size?.width ?? 0, size?.height ?? 0)).toBeGreaterThanOrEqual(60);
    }
});
