// What is done with a recording, on the pages and the gateway as they are shipped: two short visits that hold themselves are
// recorded, one of them observed; then each of those whose work an archive is looks, asks, agrees, takes out, remarks. Last, a
// file is damaged, and that is told.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { launchChromium, playwright, DESKTOP, PHONE } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { program, root } from './paths.mjs';

const require = createRequire(new URL('../../web-client/package.json', import.meta.url));
const { AxeBuilder } = require('@axe-core/playwright');
const { test, expect } = playwright;
const SHOTS = process.env.SHOTS;
const SETTLE_MS = 700;

class Seat {
    static async come(gateway, browser, link, options = DESKTOP) {
        const self = new Seat();
        self.gateway = gateway;
        self.context = await browser.newContext({ locale: 'zh-CN', acceptDownloads: true, ...options });
        self.page = await self.context.newPage();
        self.errors = [];
        self.page.on('pageerror', (error) => self.errors.push(String(error)));
        await self.page.goto(link);
        await self.page.getByRole('button', { name: '以后再说' }).click();
        return self;
    }

    async turnTo(where) {
        await this.page.goto(`${this.gateway.url}/console#/${where}`);
    }

    press(name) {
        return this.page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click();
    }

    tab(name) {
        return this.page.getByRole('tab', { name }).click();
    }

    see(text) {
        return expect(this.page.getByText(text).filter({ visible: true }).first()).toBeVisible({ timeout: 60_000 });
    }

    get dialog() {
        return this.page.getByRole('dialog').filter({ visible: true });
    }

    // In the dialog that is open: what for, then the button.
    async confirm(reason, button) {
        await this.dialog.getByRole('textbox').first().fill(reason);
        await this.dialog.getByRole('button', { name: button }).click();
        await expect(this.dialog).toHaveCount(0);
    }

    // axe finds nothing serious. With SHOTS in the environment, a picture in that folder.
    async judge(name) {
        const { violations } = await new AxeBuilder({ page: this.page }).exclude('.watermark').analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => [name, id, nodes[0]?.html])).toEqual([]);
        if (!SHOTS) return;
        fs.mkdirSync(SHOTS, { recursive: true });
        await this.page.waitForTimeout(SETTLE_MS);
        await this.page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
    }
}

// Holds the visits; the officer looks at one of them until it is over. → its session
async function record(gateway, officer) {
    const list = () => gateway.json('visit', 'list');
    const recording = spawn(path.join(root, 'tools/demo-recordings'), [program, path.join(gateway.data, 'node'), gateway.url],
        { stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = new Promise((resolve) => recording.once('exit', resolve));
    await expect.poll(() => list().find((visit) => visit.state === 'live')?.id, { timeout: 60_000 }).toBeTruthy();
    const visit = list().find(({ state }) => state === 'live');
    await officer.turnTo(`visits/${encodeURIComponent(visit.id)}`);
    expect(await ended).toBe(0);
    return visit.session;
}

async function play(officer, session) {
    const { page } = officer;
    await officer.turnTo('archive');
    await officer.see('共 2 份');
    await officer.judge('archive');
    await officer.turnTo(`archive/${session}`);
    await officer.press('播放');
    await expect.poll(() => page.locator('.stage video').evaluateAll((all) => all.filter((video) => video.currentTime > 2).length),
        { timeout: 30_000 }).toBe(2);
    await page.keyboard.press(' ');
    await page.keyboard.press('s');
    await page.getByPlaceholder(/^在此处/).fill('此处家属离席').catch(() => undefined);
    await officer.judge('player');
    await officer.tab('证据');
    await officer.press('立即核验');
    await officer.see(/核验通过|已查部分完好/);
    await officer.judge('evidence');
    await officer.tab('查看');
    await officer.judge('seen');
}

async function derive(officer, second, session) {
    const card = officer.page.getByRole('region', { name: '合成画面与遮盖版' });
    await card.getByRole('button', { name: /发言人为主/ }).click();
    await expect(card.getByText('可播放')).toBeVisible({ timeout: 120_000 });
    await card.getByRole('button', { name: '播放' }).first().click();
    await expect.poll(() => card.locator('video').evaluate((video) => video.readyState), { timeout: 20_000 }).toBeGreaterThan(2);
    await card.getByRole('button', { name: '制作遮盖版' }).click();
    await card.getByLabel('从', { exact: true }).fill('0:03');
    await card.getByLabel('到', { exact: true }).fill('0:06');
    await card.getByRole('button', { name: '加入清单' }).click();
    await officer.judge('redact');
    await card.getByRole('button', { name: /下一步/ }).click();
    await officer.confirm('遮去无关人员', '提交第二人审批');
    await second.turnTo('purges');
    await second.judge('purges');
    await second.press('同意');
    await second.dialog.getByRole('button', { name: '同意' }).click();
    await second.turnTo(`archive/${session}`);
    await expect(card.getByText('可播放')).toHaveCount(2, { timeout: 120_000 });
    await officer.judge('derivatives');
}

async function keep(officer, second) {
    await officer.tab('保管');
    await officer.press('保全');
    await officer.confirm('投诉第 7 号', '保全');
    await officer.see(/^此录像已被保全/);
    await officer.judge('keeping');
    await officer.turnTo('holds');
    await officer.see('投诉第 7 号');
    await officer.press('申请解除');
    await officer.confirm('投诉已办结', '提交第二人审批');
    await officer.see(/已申请解除，等待另一人/);
    await officer.judge('holds');
    await second.turnTo('purges');
    await second.see('解除保全');
    await second.press('同意');
    await second.dialog.getByRole('button', { name: '同意' }).click();
    await officer.turnTo('holds');
    await officer.page.reload();
    await expect(officer.page.getByText(/等待另一人/)).toHaveCount(0);
}

// → the package
async function takeOut(officer, session) {
    await officer.turnTo(`archive/${session}`);
    await officer.tab('导出');
    await officer.press('导出证据包');
    await officer.dialog.locator('#reason').fill('法院调取');
    await officer.dialog.locator('#recipient').fill('清溪市中级人民法院 书记员');
    await officer.judge('export-dialog');
    await officer.dialog.getByRole('button', { name: '生成证据包' }).click();
    await officer.see('可下载');
    await officer.judge('exports');
    const [download] = await Promise.all([officer.page.waitForEvent('download'), officer.page.getByRole('link', { name: /^下载/ }).click()]);
    return download.path();
}

async function remark(procurator, officer, session) {
    await procurator.turnTo(`archive/${session}`);
    await procurator.tab('复核');
    await procurator.page.getByPlaceholder('写明发现的问题和建议').fill('暂停的理由请说明');
    await procurator.press('提出意见');
    await procurator.see('待答复');
    await procurator.judge('remark-phone');
    await procurator.turnTo('own-log');
    await procurator.judge('own-log-phone');
    await officer.turnTo('remarks');
    await officer.see('暂停的理由请说明');
    await officer.press('答复');
    await officer.page.getByRole('textbox').filter({ visible: true }).last().fill('家属请求暂停');
    await officer.judge('remarks');
}

async function observeAndDraw(officer, auditor, session) {
    await officer.turnTo('observed');
    await officer.page.getByRole('button', { name: '全部', exact: true }).click();
    await officer.see(/监看 .*要求至少 1%/);
    await officer.judge('observed');
    await officer.turnTo('draws');
    await officer.press('现在抽签');
    await officer.dialog.getByRole('button', { name: '抽签', exact: true }).click();
    await officer.see(/份里抽出/);
    await officer.judge('draws');
    await auditor.turnTo('observed');
    await auditor.see(/应监看的 \d 场/);
    await auditor.turnTo(`archive/${session}`);
    await expect(auditor.page).toHaveURL(/#\/purges/);
    await auditor.turnTo('audit');
    await auditor.see(/导出/);
    await auditor.judge('audit');
}

async function damage(gateway, officer, session) {
    const folder = path.join(gateway.data, 'node/archive', session);
    const file = fs.readdirSync(folder).find((name) => name.endsWith('.enc'));
    const bytes = fs.readFileSync(path.join(folder, file));
    bytes[bytes.length >> 1] ^= 1;
    fs.writeFileSync(path.join(folder, file), bytes);
    try {
        gateway.cli('scrub', '--session', session);
    } catch (error) {
        expect(error.status).toBe(65);
    }
    await officer.see('证据档案有异常');
    await officer.press('详情');
    await officer.judge('damage');
}

test('recordings are played, proven, derived, held, taken out, remarked on; damage is told', async () => {
    test.setTimeout(400_000);
    const gateway = await Gateway.start('[archive]\nreview=visit:50\nobserve=visit:1\n');
    const browser = await launchChromium();
    try {
        const links = gateway.json('demo', 'load');
        const officer = await Seat.come(gateway, browser, links.officer);
        const session = await record(gateway, officer);
        const second = await Seat.come(gateway, browser, links.second);
        const procurator = await Seat.come(gateway, browser, links.procurator, PHONE);
        const auditor = await Seat.come(gateway, browser, links.auditor);
        await play(officer, session);
        await derive(officer, second, session);
        await keep(officer, second);
        const said = execFileSync(path.join(path.dirname(program), '../recorder/verify/yuanjian-verify'),
            ['--language', 'en', await takeOut(officer, session)], { encoding: 'utf8' });
        expect(said).not.toContain('FAIL');
        await remark(procurator, officer, session);
        await observeAndDraw(officer, auditor, session);
        await damage(gateway, officer, session);
        for (const one of [officer, second, procurator, auditor]) expect(one.errors).toEqual([]);
    } catch (error) {
        for (const [n, page] of browser.contexts().flatMap((context) => context.pages()).entries())
            await page.screenshot({ path: test.info().outputPath(`${n}.png`), fullPage: true }).catch(() => undefined);
        throw error;
    } finally {
        await browser.close();
        await gateway.stop();
    }
});
