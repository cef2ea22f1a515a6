// What a recording is worth to those who were not there: a visit between two browsers is recorded and sealed; then it is searched for,
// played, noted on, taken out with a second person's word, and checked by somebody who has nothing of ours. Who looked stands in the log.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DESKTOP, playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { makeMedia } from './media.mjs';
import { Family, Officer, Terminal } from './people.mjs';
import { program, root } from './paths.mjs';

const require = createRequire(new URL('../../web-client/package.json', import.meta.url));
const { AxeBuilder } = require('@axe-core/playwright');
const { test, expect } = playwright;
const SHOTS = process.env.SHOTS;
const verifier = path.join(path.dirname(program), '../recorder/verify/yuanjian-verify');
const verifyPage = pathToFileURL(path.join(root, 'web-client/dist/verify/index.html')).href;

// Another person at another desk, in the browser that is there.
async function comeAs(officer, link) {
    const context = await officer.browser.newContext({ locale: 'zh-CN', acceptDownloads: true, ...DESKTOP });
    const page = await context.newPage();
    page.on('pageerror', (error) => officer.errors.push(String(error)));
    await page.goto(link);
    await page.getByRole('button', { name: '以后再说' }).click();
    return page;
}

// axe finds nothing serious. With SHOTS in the environment, a picture in that folder.
async function judge(page, name) {
    await page.evaluate(() => Promise.allSettled(document.getAnimations()
        .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished))); // a dialog has come in
    const { violations } = await new AxeBuilder({ page }).exclude('.watermark').exclude('.el-message').analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [name, id, nodes[0]?.html])).toEqual([]);
    if (!SHOTS)
        return;
    fs.mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}

const dialog = (page) => page.getByRole('dialog').filter({ visible: true });
const press = (page, name) => page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click();
const tab = (page, name) => page.getByRole('tab', { name }).click();
const visitOf = (gateway, id) => gateway.json('visit', 'list').find((visit) => visit.id === id);
const stateOf = (gateway, session) => gateway.json('archive', 'list').find((one) => one.session === session)?.state;

// → its session
async function record(gateway, officer, links) {
    const terminal = await Terminal.come(gateway, links.terminal);
    const family = await Family.come(gateway, links.family);
    try {
        await family.enter();
        await officer.openVisit(links.visit);
        await expect(officer.page.getByRole('button', { name: '准许开始' })).toBeVisible();
        await terminal.sitDown();
        await expect(officer.page.getByRole('button', { name: '准许开始' })).toBeEnabled();
        await officer.admit();
        for (const one of [family, terminal])
            await expect.poll(async () => (await one.perceive()).sees.length, { timeout: 30_000 }).toBe(1);
        await officer.pause();
        await expect(family.page.getByText('会见暂停了').first()).toBeVisible();
        await officer.page.waitForTimeout(3000); // what is recorded: a pause, and something after it
        await officer.resume();
        await officer.page.waitForTimeout(8000);
        await officer.cutOff(/时间已到/);
        await expect(family.page.getByText('会见结束了')).toBeVisible();
    } finally {
        await family.close();
        await terminal.close();
    }
    const { session } = visitOf(gateway, links.visit);
    await expect.poll(() => stateOf(gateway, session), { timeout: 60_000 }).toBe('sealed');
    return session;
}

// By a word, from the list to the player.
async function search(gateway, officer, session) {
    const { page } = officer;
    await page.goto(`${gateway.url}/console#/archive`);
    await page.getByPlaceholder(/^搜索对象/).fill('没有这个人');
    await expect(page.getByText('没有符合条件的录像')).toBeVisible();
    await page.getByPlaceholder(/^搜索对象/).fill('许远山');
    await expect(page.getByText('共 1 份')).toBeVisible();
    await judge(page, 'archive');
    await page.getByRole('row', { name: /许远山/ }).click();
    await expect(page).toHaveURL(new RegExp(`#/archive/${session}`));
}

const players = (page) => page.locator('.stage video').evaluateAll((all) => all.filter((video) => video.videoWidth > 0)
    .map((video) => video.currentTime));

async function play(page) {
    await press(page, '播放');
    await expect.poll(async () => (await players(page)).filter((at) => at > 2).length, { timeout: 30_000 }).toBe(2);
    const before = Math.max(...(await players(page)));
    await page.keyboard.press('7'); // to 70 %
    await expect.poll(async () => Math.max(...(await players(page))), { timeout: 30_000 }).toBeGreaterThan(before + 2);
    await press(page, '暂停');
    await expect(page.locator('.lane .strip').first()).toBeVisible();
    await expect(page.getByText(/会见暂停 \d/).first()).toBeVisible();
}

async function keep(page) {
    await page.getByPlaceholder('在此刻添加记录').fill('出示了一份证件');
    await page.keyboard.press('Enter');
    await expect(page.getByText('出示了一份证件').first()).toBeVisible();
    await press(page, '截图');
    await expect(page.getByText('截图已作为证据存入此录像')).toBeVisible();
    await judge(page, 'player');
    await tab(page, '查看');
    await expect(page.getByText(/证据截图/)).toBeVisible();
    await expect(page.getByText(/截图（/).or(page.locator('#panel-seen img')).first()).toBeVisible();
    await judge(page, 'seen');
}

async function ask(page, reason, recipient) {
    await press(page, '导出证据包');
    await expect(dialog(page).getByRole('button', { name: '生成证据包' })).toBeDisabled();
    await dialog(page).locator('#reason').fill(reason);
    await dialog(page).locator('#recipient').fill(recipient);
    await judge(page, 'export-dialog');
    await dialog(page).getByRole('button', { name: '生成证据包' }).click();
    await expect(dialog(page)).toHaveCount(0);
}

// → the package's path
async function takeOut(gateway, officer, second) {
    const { page } = officer;
    await second.goto(`${gateway.url}/console#/purges`);
    await expect(second.getByText(/没有待批事项/)).toBeVisible();
    await tab(page, '导出');
    await ask(page, '检察院调阅', '清溪市人民检察院');
    await expect(page.getByText('可下载')).toBeVisible({ timeout: 60_000 }); // one a day is free
    await ask(page, '法院调取', '清溪市中级人民法院 书记员');
    await expect(page.locator('#panel-exports').getByText(/等待.*另一人|已提交第二人审批/).first()).toBeVisible();
    await judge(page, 'export-waits');
    await expect(second.getByText('法院调取').first()).toBeVisible(); // by itself
    await judge(second, 'purges');
    await press(second, '同意');
    await dialog(second).getByRole('button', { name: '同意' }).click();
    await expect(second.getByText(/没有待批事项/)).toBeVisible();
    await expect(page.getByText('可下载')).toHaveCount(2, { timeout: 60_000 });
    await expect(page.locator('#panel-exports').getByText(/已提交第二人审批/)).toHaveCount(0);
    await judge(page, 'exports');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /^下载/ }).first().click()]);
    return download.path();
}

// Where there is neither our gateway nor our network: the program, and the page from a memory stick.
async function check(browser, evp) {
    const said = execFileSync(verifier, ['--language', 'en', evp], { encoding: 'utf8' });
    expect(said).not.toContain('FAIL');
    expect(said).toMatch(/PASS.*SM2/);
    const page = await (await browser.newContext(DESKTOP)).newPage();
    await page.goto(`${verifyPage}?lang=zh`);
    await page.locator('#package').setInputFiles({ name: 'a.evp', mimeType: 'application/zip', buffer: fs.readFileSync(evp) });
    await expect(page.getByText(/已核验的各项全部通过/)).toBeVisible({ timeout: 30_000 });
    await expect(page.locator('.badge.fail')).toHaveCount(0);
    await expect(page.getByText(/SM2/).first()).toBeVisible(); // what it cannot check it names
    await judge(page, 'verifier');
    await page.context().close();
}

async function audit(gateway, auditor) {
    await auditor.goto(`${gateway.url}/console#/audit`);
    const row = (text) => auditor.getByRole('listitem').filter({ hasText: text }).first();
    await expect(row(/陈望舒 观看 .*清溪监狱.* 0:0\d–0:\d\d/)).toBeVisible();
    await expect(row(/陈望舒 申请超额导出 .*法院调取/)).toBeVisible();
    await expect(row(/同意超额导出/)).toBeVisible();
    await expect(row(/陈望舒 下载了 .*证据包/)).toBeVisible();
    await expect(auditor.getByText(/demo-officer/)).toHaveCount(0); // names, where there are any
    await judge(auditor, 'audit');
}

test('recorded, found, played, noted on, taken out by two persons, and checked outside', async ({}, info) => {
    test.setTimeout(300_000);
    makeMedia();
    const gateway = await Gateway.start('[archive]\nexports-a-day=1\napprover-wait=0\n');
    const links = gateway.json('demo', 'load');
    const officer = await Officer.come(gateway, links.officer);
    try {
        const session = await record(gateway, officer, links);
        await search(gateway, officer, session);
        await play(officer.page);
        await keep(officer.page);
        const second = await comeAs(officer, links.second);
        await check(officer.browser, await takeOut(gateway, officer, second));
        await audit(gateway, await comeAs(officer, links.auditor));
        expect(officer.errors).toEqual([]);
    } catch (error) {
        for (const [n, page] of officer.browser.contexts().flatMap((context) => context.pages()).entries())
            await page.screenshot({ path: info.outputPath(`${n}.png`), fullPage: true }).catch(() => undefined);
        fs.writeFileSync(info.outputPath('gateway.log'), gateway.log);
        throw error;
    } finally {
        await officer.close();
        await gateway.stop();
    }
});
