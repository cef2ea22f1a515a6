// What two persons and a third decide on recordings, on the pages and the gateway as they are shipped: a review with its verdict, a
// composite given up and made again, a procurator's remark, a hold, and a purge that leaves a tombstone.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { launchChromium, playwright } from './browsers.mjs';
import { Desk } from './desk.mjs';
import { Gateway } from './gateway.mjs';
import { program, root } from './paths.mjs';

const { test, expect } = playwright;
const CONFIG = '[archive]\nkeep=visit:0\nreview=visit:100\nobserve=visit:1\napprover-wait=0\nwatch-percent=20\n';

// Two visits; the officer looks at one of them. → their sessions, that one first
async function record(gateway, officer) {
    const list = () => gateway.json('visit', 'list');
    const recording = spawn(path.join(root, 'tools/demo-recordings'), [program, path.join(gateway.data, 'node'), gateway.url, '0.3'],
        { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((resolve) => recording.once('exit', resolve));
    await expect.poll(() => list().find((visit) => visit.state === 'live')?.id, { timeout: 60_000 }).toBeTruthy();
    const visit = list().find(({ state }) => state === 'live');
    await officer.turnTo(`visits/${encodeURIComponent(visit.id)}`);
    expect(await ended).toBe(0);
    const sessions = gateway.json('archive', 'list').map((one) => one.session);
    return [visit.session, ...sessions.filter((session) => session !== visit.session)];
}

// Which of the two was observed is proven, and which was not; a third person watches what was drawn, and judges.
async function review(officer, reviewer, session) {
    await officer.turnTo('observed');
    await officer.see(/应监看 2 场，其中 1 场没有监看到位/);
    await officer.see(/已证明 1 场/);
    await officer.judge('observed');
    await officer.turnTo('draws');
    await officer.press('现在抽签');
    await officer.dialog.getByRole('button', { name: '抽签', exact: true }).click();
    await officer.see('2 份里抽出 2 份');
    await reviewer.turnTo('reviews');
    await reviewer.see('已看 0%，须看 20%');
    await reviewer.judge('reviews');
    await reviewer.turnTo(`archive/${session}`);
    await reviewer.tab(/^复核/);
    const take = reviewer.page.getByRole('button', { name: /^(领取|接手)$/ });
    await expect(take.or(reviewer.page.getByText('由我复核'))).toBeVisible();
    if (await take.isVisible())
        await take.click();
    await expect(reviewer.button('没有问题')).toBeDisabled(); // nobody judges what he has not seen
    await reviewer.play(4);
    await expect(reviewer.button('没有问题')).toBeEnabled();
    await reviewer.judge('review');
    await reviewer.press('没有问题');
    await reviewer.confirm('会见正常', '提交结论');
    await reviewer.see('会见正常');
    await officer.turnTo(`archive/${session}`);
    await officer.tab(/^复核/);
    await officer.see('会见正常');
}

async function compose(officer) {
    const card = officer.page.getByRole('region', { name: '合成画面与遮盖版' });
    const choose = (name) => card.getByRole('button', { name });
    await choose(/并排/).click();
    await choose(/发言人为主/).click(); // waits until the first is made
    const second = card.getByRole('article').filter({ hasText: '发言人为主' });
    await expect(second.getByRole('progressbar')).toBeVisible();
    await second.getByRole('button', { name: '取消制作' }).click();
    await officer.see('已取消');
    await expect(second.getByRole('progressbar')).toHaveCount(0);
    await expect(choose(/发言人为主/)).toBeEnabled();
    await choose(/发言人为主/).click();
    await expect(card.getByText('可播放')).toHaveCount(2, { timeout: 60_000 });
}

// What is not a procurator's is not there; what he says stays with the recording.
async function remark(procurator, officer, session) {
    const { page } = procurator;
    await expect(page.getByRole('navigation').getByRole('link')).toHaveText([/录像档案/, /检察意见/, /保全清单/, /我的日志/]);
    await page.getByPlaceholder(/^搜索对象/).fill(officer.subject);
    await procurator.see('共 1 份');
    await page.getByRole('row', { name: officer.subject }).click();
    await expect(page).toHaveURL(new RegExp(`#/archive/${session}`));
    await procurator.play(1);
    await expect(page.getByPlaceholder('在此刻添加记录')).toHaveCount(0);
    for (const name of [/^导出/, /^保全$/, /^调整保存期/, /^制作遮盖版/, /^截图/])
        await expect(page.getByRole('tab', { name }).or(page.getByRole('button', { name }))).toHaveCount(0);
    await procurator.tab(/^复核/);
    await page.getByPlaceholder('写明发现的问题和建议').fill('暂停的理由请说明');
    await procurator.press('提出意见');
    await procurator.see('待答复');
    await procurator.judge('remark');
    await officer.see('暂停的理由请说明'); // by itself
    await officer.page.getByPlaceholder('答复提交后不能更改').fill('家属请求暂停');
    await officer.press('答复');
    await procurator.see('家属请求暂停');
    await procurator.turnTo('own-log');
    await procurator.see(/提出检察意见/);
    await procurator.judge('own-log');
}

// One is held; of the other a purge is planned and approved, and it is carried out when its time has come.
async function purge(gateway, officer, security, [gone, kept]) {
    await security.turnTo('purges');
    await security.see('还没有销毁计划');
    await officer.turnTo(`archive/${kept}`);
    await officer.tab(/^保管/);
    await officer.press('保全');
    await officer.confirm('投诉第 7 号', '保全');
    await officer.turnTo('purges');
    await officer.press('列出到期录像');
    await officer.confirm('保存期已满', '列出到期录像');
    await officer.see('1 份因保全未列入');
    await officer.see('须由提出人以外的人批准');
    await security.press('批准销毁'); // it came by itself
    await security.judge('purge-planned');
    await security.dialog.getByRole('button', { name: '批准销毁' }).click();
    await expect(officer.page.getByText('反悔期', { exact: true })).toBeVisible(); // by itself
    await officer.judge('purge-approved');
    /* Nobody waits for a week: in the index it is over. */
    await gateway.passTime();
    await officer.turnTo(`archive/${gone}`);
    await officer.see('录像已按规定销毁，只留下销毁记录', 40_000);
    expect(fs.existsSync(path.join(gateway.data, 'node/archive', gone))).toBe(false);
    expect(fs.existsSync(path.join(gateway.data, 'node/archive', kept))).toBe(true);
    await officer.judge('destroyed');
    await officer.page.getByRole('link', { name: '查看销毁记录' }).click();
    await officer.see('已销毁');
    const note = await officer.page.getByRole('link', { name: '销毁记录', exact: true }).getAttribute('href');
    expect(await (await officer.page.request.get(`${gateway.url}${note}`)).text()).toContain(gone);
}

async function audit(gateway, auditor) {
    await auditor.turnTo('audit');
    for (const said of [/列出到期录像，请求销毁/, /许慎行 批准销毁/, /已按规定销毁，密钥已毁/, /韩秉直 对 .*提出检察意见/, /完成 .*的复核/])
        await auditor.see(said);
    await auditor.judge('audit-keeping');
}

test('judged, composed, remarked on, held, and destroyed by two persons', async ({}, info) => {
    const gateway = await Gateway.start(CONFIG);
    const browser = await launchChromium();
    try {
        const links = gateway.json('demo', 'load');
        gateway.cli('person', 'add', '--name', 'third', '--display', '沈复核', '--role', 'officer', '--unit', 'demo-ministry');
        const officer = await Desk.come(gateway, browser, links.officer);
        const sessions = await record(gateway, officer);
        await review(officer, await Desk.come(gateway, browser, gateway.cli('link', '--person', 'third').trim()), sessions[0]);
        officer.subject = gateway.json('archive', 'list').find((one) => one.session === sessions[0]).subject.name;
        await compose(officer);
        await remark(await Desk.come(gateway, browser, links.procurator), officer, sessions[0]);
        const security = await Desk.come(gateway, browser, gateway.cli('link', '--person', 'demo-security').trim());
        await purge(gateway, officer, security, sessions);
        await audit(gateway, await Desk.come(gateway, browser, links.auditor));
        expect(officer.errors).toEqual([]);
    } catch (error) {
        for (const [n, page] of browser.contexts().flatMap((context) => context.pages()).entries())
            await page.screenshot({ path: info.outputPath(`${n}.png`), fullPage: true }).catch(() => undefined);
        fs.writeFileSync(info.outputPath('gateway.log'), gateway.log);
        throw error;
    } finally {
        await browser.close();
        await gateway.stop();
    }
});
