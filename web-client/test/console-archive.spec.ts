// The archive's pages against a mock gateway: searching, playing, and what is done with a recording.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { expect, faces, gateway, judge, look, open, withGateway } from './mock/console-page';

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
        await expect(page.locator('.lane .strip').first()).toBeVisible();
        await expect(page.getByText(/对方线路 5 秒/)).toBeVisible();
        await page.keyboard.press('l');
        await expect(page.locator('select').first()).toHaveValue('1.25');
        await page.keyboard.press('k');
        await page.keyboard.press('9');
        await expect.poll(() => apart(page)).toBeLessThan(0.05);
        await page.keyboard.press(' ');
        await expect(page.getByRole('button', { name: '播放', exact: true })).toBeVisible({ timeout: 20_000 });
        const seen = gateway.calls.filter(({ method }) => method === 'archive.viewed').map(({ params }) => params);
        expect(seen.length).toBeGreaterThan(0);
        for (const part of seen) expect(Number(part['to_ms'])).toBeGreaterThan(Number(part['from_ms']));
        expect(Math.max(...seen.map((part) => Number(part['to_ms'])))).toBeGreaterThan(60_000);
    });

    test('a note at the moment, a snapshot, and on a phone', async ({ browser }) => {
        gateway.mediaFolder = folder;
        const page = await open(browser, '/console#/archive/r0', 'phone', 'en');
        await expect(page.locator('.stage video').first()).toBeAttached();
        await page.getByRole('slider', { name: 'Position' }).click({ position: { x: 60, y: 10 } });
        await expect(page.locator('.stage video').first()).toBeVisible();
        await judge(page);
        await look(page, 'player-phone-en');
        await page.getByRole('button', { name: 'Snapshot', exact: true }).click();
        await expect.poll(() => gateway.count('POST snapshots')).toBe(1);
        expect(String(gateway.calls.find(({ method }) => method === 'POST snapshots')?.params['path'])).toMatch(
            /^\/api\/v1\/archive\/r0\/snapshots\?at_ms=\d+$/,
        );
        await page.getByPlaceholder('Add a note here').fill('somebody enters');
        await page.keyboard.press('Enter');
        await expect(page.getByText('somebody enters')).toBeVisible();
        const note = gateway.calls.find((call) => call.method === 'archive.note')?.params;
        expect(Number(note?.['at_ms'])).toBeGreaterThan(1000);
    });
});

for (const { size, language } of faces) {
    const name = (what: string) => `${what}-${size}-${language}`;

    test(`what is done with recordings, ${size}, ${language}`, async ({ browser }) => {
        const page = await open(browser, '/console#/archive?held=yes&cause=completed', size, language);
        await expect(page.getByText('陈志强').first()).toBeVisible();
        await expect(page.locator('.chips > li')).toHaveCount(3);
        await judge(page);
        await look(page, name('search'));

        await page.goto(`${gateway.url}/console#/archive/r0`);
        await expect(page.getByRole('tab').first()).toBeVisible();
        for (const tab of ['evidence', 'keeping', 'exports', 'reviews', 'seen']) {
            await page.locator(`#tab-${tab}`).click();
            await expect(page.locator(`#panel-${tab}`)).toBeVisible();
            await page.locator(`#tab-${tab}`).scrollIntoViewIfNeeded();
            await judge(page);
            await look(page, name(`recording-${tab}`));
        }
        for (const [path, text] of [
            ['reviews', '周海涛'],
            ['purges', '214'],
            ['remarks', '方检察官'],
            ['observed', '71%'],
            ['draws', '5%'],
            ['holds', '投诉第 12 号'],
        ] as const) {
            await page.goto(`${gateway.url}/console#/${path}`);
            await expect(page.locator('.page').getByText(text).first()).toBeVisible();
            await judge(page);
            await look(page, name(path));
        }
    });
}

test('the search is in the address, and so is going back', async ({ browser }) => {
    const page = await open(browser, '/console#/archive', 'desktop', 'en');
    await expect(page.getByText('134 recordings')).toBeVisible();
    await page.getByPlaceholder(/Search name/).fill('陈');
    await expect(page).toHaveURL(/text=%E9%99%88/);
    await expect(page.getByText('Words: 陈')).toBeVisible();
    await page.reload();
    await expect(page.getByText('Words: 陈')).toBeVisible();
    await page.getByPlaceholder(/Search name/).fill('nobody');
    await expect(page.getByText('No recording matches')).toBeVisible();
    await look(page, 'search-none-desktop-en');
    await page.getByRole('button', { name: /Remove the filter/ }).click();
    await expect(page.getByText('134 recordings')).toBeVisible();
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect(page).toHaveURL(/page=2/);
    const asked = () =>
        gateway.calls.filter(({ method }) => method === 'archive.list').map(({ params }) => params['offset']);
    await expect.poll(() => asked().includes(50)).toBe(true);
});

test('verify, hold, export: what is asked, and what is told', async ({ browser }) => {
    const page = await open(browser, '/console#/archive/r0', 'desktop', 'en');
    await page.locator('#tab-evidence').click();
    await page.getByRole('button', { name: 'Verify now' }).click();
    const job = { job: 'job-1', session: 'r0', what: 'verify' };
    await expect.poll(() => gateway.count('archive.verify')).toBe(1);
    gateway.tell('archive.job', { ...job, state: 'running', progress: 0.4 });
    await expect(page.getByText('40%')).toBeVisible();
    const checks = [
        { check: 'media', verdict: 'pass' },
        { check: 'signatures', verdict: 'fail', detail: 'manifest.sm2' },
    ];
    gateway.tell('archive.job', { ...job, state: 'done', progress: 1, result: { verdict: 'fail', checks } });
    await expect(page.getByText(/changed or damaged/)).toBeVisible();
    await judge(page);
    await look(page, 'verified-desktop-en');

    await page.locator('#tab-keeping').click();
    await page.getByRole('button', { name: 'Put on hold' }).click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await expect(dialog.getByRole('button', { name: 'Put on hold' })).toBeDisabled();
    await dialog.getByRole('textbox').fill('complaint 12');
    await judge(page);
    await dialog.getByRole('button', { name: 'Put on hold' }).click();
    await expect
        .poll(() => gateway.calls.find(({ method }) => method === 'archive.hold')?.params)
        .toEqual({ session: 'r0', reason: 'complaint 12' });
    await expect(dialog).toBeHidden();

    await page.locator('#tab-exports').click();
    await page.getByRole('button', { name: 'Export a package' }).click();
    await dialog.locator('#reason').fill('requested by the court');
    await expect(dialog.getByRole('button', { name: 'Make the package' })).toBeDisabled();
    await dialog.locator('#recipient').fill('County court');
    await look(page, 'export-desktop-en');
    await dialog.getByRole('button', { name: 'Make the package' }).click();
    await expect
        .poll(() => gateway.calls.find(({ method }) => method === 'archive.export')?.params)
        .toEqual({ session: 'r0', reason: 'requested by the court', recipient: 'County court' });
});

test('a purge needs another person, and says for how long it can be undone', async ({ browser }) => {
    const page = await open(browser, '/console#/purges', 'desktop', 'en');
    await expect(page.getByText(/Destroyed in 6 d/)).toBeVisible();
    await page.getByRole('button', { name: 'Approve', exact: true }).last().click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await expect(dialog.getByText(/undone for 7 days/)).toBeVisible();
    await look(page, 'purge-approve-desktop-en');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => gateway.count('archive.purge-approve')).toBe(1);
});

test('a procurator reads, remarks, and sees what they did; nothing else', async ({ browser }) => {
    gateway.role = 'procurator';
    const page = await open(browser, '/console', 'desktop', 'zh');
    await expect(page.getByText('陈志强').first()).toBeVisible();
    await expect(page.locator('nav .item[href]')).toHaveCount(4);
    await page.goto(`${gateway.url}/console#/archive/r0`);
    await expect(page.locator('#tab-exports')).toHaveCount(0);
    await page.locator('#tab-reviews').click();
    await page.getByPlaceholder('写明发现的问题和建议').fill('请说明依据');
    await judge(page);
    await look(page, 'procurator-remark-desktop-zh');
    await page.getByRole('button', { name: '提出意见' }).click();
    await expect
        .poll(() => gateway.calls.find(({ method }) => method === 'archive.remark')?.params)
        .toMatchObject({ session: 'r0', text: '请说明依据', at_ms: 0 });
    await page.goto(`${gateway.url}/console#/own-log`);
    await expect(page.getByText('10.20.4.30').first()).toBeVisible();
    await judge(page);
    await look(page, 'own-log-desktop-zh');
    await page.goto(`${gateway.url}/console#/people`);
    await expect(page).toHaveURL(/#\/archive/);
});

test('what was not observed is told first, with why, and opens to who was there', async ({ browser }) => {
    gateway.role = 'auditor';
    const page = await open(browser, '/console#/observed', 'desktop', 'en');
    await expect(page.getByText(/Of 7 sessions .* 2 were not/)).toBeVisible();
    await expect(page.locator('.page > .card > .table > tbody > tr')).toHaveCount(2);
    await expect(page.getByText(/Nobody observed any/)).toBeVisible();
    await expect(page.getByText(/only 3:\d\d of 19:07 \(20%\); at least 50% required/)).toBeVisible();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await expect(page.locator('.page > .card > .table > tbody > tr')).toHaveCount(8);
    await page
        .getByRole('button', { name: /^Details/ })
        .first()
        .click();
    await expect(page.getByText('Who has seen the recording since')).toBeVisible();
    await expect(page.getByText('方检察官')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Open the recording' })).toHaveCount(0);
    await judge(page);
    await look(page, 'observed-open-desktop-en');
    await page.getByRole('button', { name: 'Last month' }).click();
    await expect(page).toHaveURL(/from=\d{4}-\d\d-01&to=/);
    const asked = gateway.calls.filter(({ method }) => method === 'archive.observed').map(({ params }) => params);
    expect(asked.length).toBe(2);
    expect(Number(asked[1]?.['to_ms'])).toBeLessThan(Number(asked[0]?.['to_ms']));
});

test('a draw is done again on the page, and says so when another comes out', async ({ browser }) => {
    gateway.role = 'auditor';
    const page = await open(browser, '/console#/draws', 'desktop', 'zh');
    await page.getByRole('button', { name: '重新抽一遍' }).first().click();
    await expect(page.getByText('与当时抽中的 3 份完全相同', { exact: false })).toBeVisible();
    await expect(page.locator('tr.drawn')).toHaveCount(3);
    await judge(page);
    await look(page, 'replay-desktop-zh');
    gateway.forged = true;
    await page.getByRole('button', { name: '再抽一遍' }).click();
    await expect(page.getByText(/与当时抽中的不同/)).toBeVisible();
});

test('a redaction: chosen on the lanes, a reason, a second person', async ({ browser }) => {
    const page = await open(browser, '/console#/archive/r0', 'desktop', 'zh');
    const card = page.getByRole('region', { name: '合成画面与遮盖版' });
    await expect(card.getByText('派生文件，不是原件')).toBeVisible();
    await card.getByRole('button', { name: /发言人为主/ }).click();
    await expect
        .poll(() => gateway.calls.find(({ method }) => method === 'archive.composite')?.params)
        .toEqual({ session: 'r0', layout: 'speaker' });
    await card.getByRole('button', { name: '制作遮盖版' }).click();
    const lane = card.locator('.lane.terminal');
    await lane.scrollIntoViewIfNeeded();
    const box = await lane.boundingBox();
    if (!box) throw new Error('no lane');
    await page.mouse.move(box.x + box.width * 0.25, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 8, { steps: 4 });
    await page.mouse.up();
    await card.getByRole('button', { name: '加入清单' }).click();
    await card.getByLabel('怎么处理').selectOption('mute');
    await card.getByLabel('谁', { exact: true }).selectOption('');
    await card.getByLabel('从', { exact: true }).fill('0:40');
    await card.getByLabel('到', { exact: true }).fill('0:30');
    await card.getByRole('button', { name: '加入清单' }).click();
    await expect(card.getByText('结束要在开始之后')).toBeVisible();
    await card.getByLabel('到', { exact: true }).fill('0:45');
    await card.getByRole('button', { name: '加入清单' }).click();
    await judge(page);
    await look(page, 'redact-desktop-zh');
    await card.getByRole('button', { name: /下一步/ }).click();
    const dialog = page.getByRole('dialog').filter({ visible: true });
    await expect(dialog.getByText(/由另一人审批/)).toBeVisible();
    await dialog.getByRole('textbox').fill('遮去无关人员');
    await judge(page);
    await dialog.getByRole('button', { name: '提交第二人审批' }).click();
    const params = () => gateway.calls.find(({ method }) => method === 'archive.redact')?.params;
    await expect.poll(() => (params()?.['edits'] as unknown[] | undefined)?.length).toBe(2);
    const [black, mute] = params()?.['edits'] as { party?: string; from_ms: number; to_ms: number }[];
    expect(black?.party).toBe('terminal');
    expect(Math.abs((black?.from_ms ?? 0) - 15_500)).toBeLessThan(1500);
    expect(mute).toEqual({ what: 'mute', from_ms: 40_000, to_ms: 45_000 });
    /* The second person sees what is changed before agreeing. */
    await page.locator('#tab-keeping').click();
    await expect(page.locator('#panel-keeping').getByText(/左半边/)).toBeVisible();
});

test('damage is told on every page, with what to do; not to procurators', async ({ browser }) => {
    gateway.damaged = true;
    gateway.role = 'administrator';
    const page = await open(browser, '/console#/people', 'desktop', 'zh');
    await expect(page.getByText('证据档案有异常')).toBeVisible();
    await page.getByRole('button', { name: '详情' }).click();
    await expect(page.getByText('yuanjian scrub --session r4')).toBeVisible();
    await judge(page);
    await look(page, 'health-desktop-zh');
    gateway.damaged = false;
    gateway.tell('archive.health', {});
    await expect(page.getByText('证据档案有异常')).toBeHidden();
    gateway.damaged = true;
    gateway.role = 'procurator';
    const other = await open(browser, '/console#/archive', 'phone', 'zh');
    await expect(other.getByText('陈志强').first()).toBeVisible();
    await expect(other.getByText('证据档案有异常')).toHaveCount(0);
    expect(gateway.count('archive.health')).toBe(2);
});
