// The console against a mock gateway: what it shows, what it asks for, and whether axe agrees.
import { test } from '@playwright/test';
import { expect, faces, gateway, judge, look, open, withGateway, withMedia } from './mock/console-page';

withGateway();

for (const { size, language } of faces) {
    const name = (what: string) => `${what}-${size}-${language}`;

    test(`every page of an officer, ${size}, ${language}`, async ({ browser }) => {
        const page = await open(browser, '/console#/visits', size, language);
        await expect(page.getByText('陈志强').first()).toBeVisible();
        await judge(page);
        await look(page, name('today'));

        await page.goto(`${gateway.url}/console#/archive`);
        await expect(page.getByText('李建军').first()).toBeVisible();
        await judge(page);
        await look(page, name('archive'));

        await withMedia(page);
        await page.goto(`${gateway.url}/console#/visits/v2`);
        await expect(page.locator('video').first()).toBeVisible();
        const poor = {
            level: 'weak',
            why: 'their-uplink',
            stills: true,
            up_loss: 6,
            up_lost: 1,
            jitter_ms: 71,
            our_load: 34,
        } as const;
        const family = gateway.visits[1]?.parties.family;
        if (family?.quality) family.quality = { ...family.quality, ...poor };
        for (let n = 0; n < 12; n++) {
            const of = (base: number) => ({
                ...family?.quality,
                up_kbps: base + ((n * 137) % 300),
            });
            const terminal = { ...of(1100), level: 'good', why: 'ok', stills: false };
            gateway.tell('visit.quality', { visit: 'v2', parties: { family: of(900), terminal } });
        }
        gateway.tell('speaking', { visit: 'v2', parties: ['terminal'] });
        await expect(page.locator('.pane.speaking')).toHaveCount(1);
        await expect(page.getByText(/仅静态画面|Stills only/).first()).toBeVisible();
        await expect.poll(() => gateway.count('media.size')).toBeGreaterThan(0);
        const shown = gateway.calls.find(({ method }) => method === 'media.size')?.params;
        expect(shown).toMatchObject({ visit: 'v2' });
        expect(Number(shown?.['width'])).toBeGreaterThan(100);
        await expect(page.locator('.pane .quality.weak')).toHaveAttribute('title', /71 ms/);
        await expect
            .poll(() =>
                page
                    .locator('video')
                    .first()
                    .evaluate((video: HTMLVideoElement) => video.videoWidth),
            )
            .toBeGreaterThan(0);
        await judge(page);
        await look(page, name('visit'));

        await page.goto(`${gateway.url}/console#/visits/v1`);
        await expect(page.getByRole('button', { name: /准许开始|Admit/ }).last()).toBeEnabled();
        await judge(page);
        await look(page, name('admit'));

        await page.goto(`${gateway.url}/console#/visits/v7`);
        await expect(page.getByText(/14403199911/)).toBeVisible();
        await judge(page);
        await look(page, name('privileged'));

        await page.goto(`${gateway.url}/console#/wall`);
        await expect(page.locator('video').first()).toBeVisible();
        await judge(page);
        await look(page, name('wall'));
    });

    test(`every page of an administrator, ${size}, ${language}`, async ({ browser }) => {
        gateway.role = 'administrator';
        const page = await open(browser, '/console', size, language);
        for (const [path, seen] of [
            ['people', '唐雨'],
            ['terminals', '2 号会见室'],
            ['units', '青山监狱'],
            ['audit', '10.20.4.17'],
        ] as const) {
            await page.goto(`${gateway.url}/console#/${path}`);
            await expect(page.getByText(seen).first()).toBeAttached();
            await judge(page);
            await look(page, name(path));
        }
    });

    test(`sign-in, ${size}, ${language}`, async ({ browser }) => {
        gateway.signedIn = false;
        const page = await open(browser, '/console', size, language);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await judge(page);
        gateway.refuse.set('/api/v1/sign-in', { reason: 'bad-credentials' });
        await page.locator('#name').fill('zhang');
        await page.locator('#password').fill('wrong');
        await page.keyboard.press('Enter');
        await expect(page.getByRole('alert')).toBeVisible();
        await judge(page);
        await look(page, name('sign-in'));
    });
}

test('a one-time link signs in, leaves the address bar, and offers a password', async ({ browser }) => {
    gateway.signedIn = false;
    const page = await open(browser, '/console#link=Zk3mP9QrTt7uVwXy2AbCdEfG');
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(page.url()).not.toContain('link=');
    await look(page, 'password-desktop-zh');
    await page.locator('#first').fill('correct horse battery');
    await page.locator('#second').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await expect.poll(() => gateway.count('people.set_password')).toBe(1);
});

test('a link that was used says so', async ({ browser }) => {
    gateway.signedIn = false;
    gateway.refuse.set('/api/v1/sign-in/link', { reason: 'link-used' });
    const page = await open(browser, '/console#link=Zk3mP9QrTt7uVwXy2AbCdEfG');
    await expect(page.getByText(/已经用过/)).toBeVisible();
});

test('the list: arrow keys, Enter, search, and what changes meanwhile', async ({ browser }) => {
    const page = await open(browser, '/console#/visits', 'desktop', 'en');
    await expect(page.getByText('陈志强')).toBeVisible();
    await page.keyboard.press('/');
    await page.keyboard.type('周海涛');
    await expect(page.getByText('陈志强')).toBeHidden();
    await page.keyboard.press('Escape');
    await expect(page.getByText('陈志强')).toBeVisible();
    gateway.change('v1', { state: 'live', live_since_ms: Date.now(), ends_at_ms: Date.now() + 1_500_000 });
    await expect(page.getByText('Needs you now')).toBeHidden();
    await page.locator('h1').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#\/visits\/v/);
});

test('booking shows link, code and picture', async ({ browser }) => {
    const page = await open(browser, '/console#/visits', 'desktop', 'zh');
    await page.getByRole('button', { name: '预约会见' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.el-select').nth(0).click();
    await page.getByRole('option', { name: /陈志强/ }).click();
    await dialog.locator('.el-select').nth(2).click();
    await page.getByRole('option', { name: /1 号会见室/ }).click();
    await look(page, 'booking-desktop-zh');
    await judge(page);
    await dialog.getByRole('button', { name: '预约', exact: true }).click();
    await expect(dialog.getByText('K7M2P-9QRST')).toBeVisible();
    await look(page, 'booked-desktop-zh');
    await judge(page);
    expect(gateway.calls.find((call) => call.method === 'visits.create')?.params).toMatchObject({
        subject: 'p0',
        visitors: ['r0'],
        minutes: 25,
        recording_class: 'recorded',
    });
});

test('warn, pause and cut off, with two steps and a reason', async ({ browser }) => {
    const page = await open(browser, '/console#/visits/v2', 'desktop', 'zh');
    await withMedia(page);
    await page.getByRole('button', { name: '提醒', exact: true }).click();
    await look(page, 'warn-desktop-zh');
    await page.getByRole('button', { name: /请无关人员离开画面/ }).click();
    await expect(page.getByText(/正在播放/)).toBeVisible();
    expect(gateway.calls.find((call) => call.method === 'visits.warn')?.params).toEqual({
        visit: 'v2',
        preset: 'third',
        language: 'zh',
    });

    await page.getByRole('button', { name: '暂停', exact: true }).click();
    await expect(page.getByRole('button', { name: '恢复', exact: true })).toBeVisible();

    await page.getByRole('button', { name: '切断', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: '下一步' })).toBeDisabled();
    await dialog.getByText('违反会见规定').click();
    await dialog.getByRole('button', { name: '下一步' }).click();
    await look(page, 'cut-desktop-zh');
    expect(gateway.count('visits.end')).toBe(0);
    await dialog.getByRole('button', { name: '确认切断' }).click();
    await expect(page.getByText('会见已结束')).toBeVisible();
    expect(gateway.calls.find((call) => call.method === 'visits.end')?.params).toEqual({
        visit: 'v2',
        cause: 'rule-broken',
        confirm: true,
    });
});

test('cutting off works while the own pictures do not', async ({ browser }) => {
    gateway.refuse.set('media.watch', { reason: 'bad-media' });
    const page = await open(browser, '/console#/visits/v2', 'desktop', 'en');
    await page.getByRole('button', { name: 'Cut off', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('A rule was broken').click();
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByRole('button', { name: 'Cut off now' }).click();
    await expect(page.getByText('The visit has ended')).toBeVisible();
});

test('who was first is told', async ({ browser }) => {
    gateway.refuse.set('visits.pause', { reason: 'wrong-state', message: 'This visit is paused: 刘警官 paused it.' });
    const page = await open(browser, '/console#/visits/v2', 'desktop', 'zh');
    await page.getByRole('button', { name: '暂停', exact: true }).click();
    await expect(page.getByText(/刘警官 已经先操作了/)).toBeVisible();
});

test('talking in: open while held, closed on release and on blur', async ({ browser }) => {
    const page = await open(browser, '/console#/visits', 'desktop', 'zh');
    await withMedia(page);
    await page.goto(`${gateway.url}/console#/visits/v2`);
    await expect(page.locator('video').first()).toBeVisible();
    const told = () => gateway.calls.filter((call) => call.method === 'visits.talk').map((call) => call.params['to']);
    await page.locator('h1').click();
    await page.keyboard.down(' ');
    await expect(page.getByText(/双方能听到您/)).toBeVisible();
    await look(page, 'talk-desktop-zh');
    await page.keyboard.up(' ');
    await expect.poll(told).toEqual(['both', 'nobody']);
    await page.getByRole('radio', { name: '家属端' }).click();
    await page.keyboard.down(' ');
    await expect.poll(told).toEqual(['both', 'nobody', 'family']);
    await page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await expect.poll(told).toEqual(['both', 'nobody', 'family', 'nobody']);
    await expect(page.getByText(/能听到您/)).toBeHidden();
});

test('opening observes, leaving stops it, and a privileged visit is never observed', async ({ browser }) => {
    const page = await open(browser, '/console#/visits/v2');
    await withMedia(page);
    await expect.poll(() => gateway.count('visits.observe')).toBe(1);
    await page.goto(`${gateway.url}/console#/visits/v7`);
    await expect(page.getByText('特权会见：不录制、不可监看')).toBeVisible();
    await expect.poll(() => gateway.count('visits.unobserve')).toBe(1);
    expect(
        gateway.calls.filter((call) => call.method === 'visits.observe').map((call) => call.params['visit']),
    ).toEqual(['v2']);
});

test('the line goes and comes back; the seat is opened elsewhere', async ({ browser }) => {
    const page = await open(browser, '/console#/visits', 'desktop', 'zh');
    await expect(page.getByText('陈志强')).toBeVisible();
    gateway.drop();
    await expect(page.getByText(/连接中断/).first()).toBeVisible();
    await expect(page.getByText('已连接')).toBeVisible();
    gateway.drop(4409);
    await expect(page.getByText(/另一个窗口/)).toBeVisible();
    await look(page, 'elsewhere-desktop-zh');
    await page.getByRole('button', { name: '在此窗口继续' }).click();
    await expect(page.getByText('陈志强')).toBeVisible();
    gateway.signedIn = false;
    gateway.drop(4401);
    await expect(page.getByText(/登录已过期/)).toBeVisible();
});

test('adding a person shows the link once; disabling can be undone', async ({ browser }) => {
    gateway.role = 'administrator';
    const page = await open(browser, '/console#/people', 'desktop', 'en');
    await page.getByRole('button', { name: 'Add a person' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByPlaceholder('Shown on records').fill('Wen Li');
    await dialog.getByPlaceholder(/For signing in/).fill('wen.li');
    await dialog.getByRole('button', { name: 'Add a person' }).click();
    await expect(page.getByText('Shown this once', { exact: false })).toBeVisible();
    await look(page, 'person-link-desktop-en');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page
        .getByRole('row', { name: /张警官/ })
        .getByRole('button', { name: 'Disable' })
        .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
        .poll(() =>
            gateway.calls.filter((call) => call.method === 'people.disable').map((call) => call.params['disabled']),
        )
        .toEqual([true, false]);
});
