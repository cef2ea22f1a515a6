// What is done with recordings: composites, keeping, second persons, draws, reviews, the procurator's seat. For tools/pictures.mjs;
// with a gateway of its own, whose recordings are past their time at once.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { program, root } from '../tests/e2e/paths.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Names of pictures that are taken here alone. */
export const names = /^console-(derivatives|composites|redact|holds|draws|reviews?|observed|purges?|destroyed|exports?|remarks?|procurator|own-log)/;

const CONFIG = '[media]\nworkers=1\n[archive]\nkeep=visit:0\nreview=visit:100\nobserve=visit:10\napprover-wait=0\nexports-a-day=1\nwatch-percent=20\n';

// Two visits that hold themselves; the officer looks at the one, so that it was observed. → the sessions, that one first
async function record(gateway, officer) {
    const list = () => gateway.json('visit', 'list');
    const recording = spawn(path.join(root, 'tools/demo-recordings'), [program, path.join(gateway.data, 'node'), gateway.url],
        { stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = new Promise((resolve) => recording.once('exit', resolve));
    let live;
    while (!live && recording.exitCode === null) {
        await wait(500);
        live = list().find((visit) => visit.state === 'live');
    }
    if (live)
        await officer.turnTo(`visits/${encodeURIComponent(live.id)}`);
    if (await ended !== 0 || !live)
        throw new Error('there are no recordings');
    const sessions = gateway.json('archive', 'list').map((one) => one.session);
    return [live.session, ...sessions.filter((session) => session !== live.session)];
}

async function confirm(desk, reason, button) {
    const dialog = desk.page.getByRole('dialog').filter({ visible: true });
    await dialog.getByRole('textbox').first().fill(reason);
    await dialog.getByRole('button', { name: button }).click();
    await dialog.waitFor({ state: 'hidden' });
}

// The player's button; a mark on its line is called nearly the same.
const exactly = (desk, name) => desk.page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click();
const tab = (desk, name) => desk.page.getByRole('tab', { name }).click();

async function takeDerivatives(officer, session) {
    await officer.turnTo(`archive/${session}`);
    const card = officer.page.locator('section.made');
    await card.getByRole('button', { name: /并排/ }).click();
    await card.getByRole('button', { name: /发言人为主/ }).click();
    await card.getByText(/已完成 [1-9]/).waitFor();
    await card.scrollIntoViewIfNeeded();
    await officer.both('console-composites');
    await card.getByText('可播放').first().waitFor();
    await card.getByText('可播放').nth(1).waitFor();
    await card.getByRole('button', { name: '播放' }).first().click();
    await wait(4000);
    await card.scrollIntoViewIfNeeded();
    await officer.both('console-derivatives');
    await card.getByRole('button', { name: '制作遮盖版' }).click();
    await card.getByLabel('从', { exact: true }).fill('0:03');
    await card.getByLabel('到', { exact: true }).fill('0:06');
    await card.getByRole('button', { name: '加入清单' }).click();
    await officer.both('console-redact');
    await card.getByRole('button', { name: /下一步/ }).click();
    await confirm(officer, '遮去无关人员', '提交第二人审批');
}

async function takeKeeping(officer) {
    await tab(officer, /^保管/);
    await officer.page.getByRole('button', { name: '保全', exact: true }).click();
    await confirm(officer, '投诉第 7 号', '保全');
    await officer.turnTo('holds');
    await officer.see('投诉第 7 号');
    await officer.press('申请解除');
    await confirm(officer, '投诉已办结', '提交第二人审批');
    await officer.both('console-holds');
}

async function takeExport(officer, session) {
    await officer.turnTo(`archive/${session}`);
    await tab(officer, /^导出/);
    for (const [reason, recipient, seen] of [['检察院调阅', '清溪市人民检察院', '可下载'], ['法院调取', '清溪市中级人民法院 书记员', /已提交第二人/]]) {
        await officer.page.getByRole('button', { name: '导出证据包' }).click();
        await officer.page.locator('#recipient').fill(recipient);
        await officer.page.locator('#reason').filter({ visible: true }).fill(reason);
        await officer.page.getByRole('button', { name: '生成证据包' }).click();
        await officer.see(seen);
    }
    await wait(7000); // what was said has gone
    await officer.both('console-exports');
}

async function takePurge(officer, second, gateway, session) {
    await officer.turnTo('purges');
    await officer.press('列出到期录像');
    await confirm(officer, '保存期已满', '列出到期录像');
    await second.turnTo('purges');
    await second.see('批准销毁');
    await wait(7000); // what was said on coming in has gone
    await second.both('console-purges');
    await second.press('批准销毁');
    await second.page.getByRole('dialog').filter({ visible: true }).getByRole('button', { name: '批准销毁' }).click();
    await officer.see('反悔期');
    await wait(7000);
    await officer.page.locator('.purge').scrollIntoViewIfNeeded();
    await officer.both('console-purge-approved');
    await gateway.passTime();
    await officer.turnTo(`archive/${session}`);
    await officer.see('录像已按规定销毁，只留下销毁记录');
    await officer.both('console-destroyed');
}

async function takeLots(officer) {
    await officer.turnTo('draws');
    await officer.press('现在抽签');
    await officer.page.getByRole('dialog').filter({ visible: true }).getByRole('button', { name: '抽签', exact: true }).click();
    await officer.see(/份里抽出/);
    await officer.both('console-draws');
    await officer.turnTo('observed');
    await officer.see(/须看|应监看/);
    await officer.press('全部');
    await officer.both('console-observed');
}

async function takeReview(reviewer, session) {
    await reviewer.turnTo('reviews');
    await reviewer.see(/已看 0%/);
    await reviewer.both('console-reviews');
    await reviewer.turnTo(`archive/${session}`);
    await tab(reviewer, /^复核/);
    await reviewer.page.locator('.review').waitFor();
    const take = reviewer.page.getByRole('button', { name: /^(领取|接手)$/ });
    if (await take.isVisible())
        await take.click();
    await exactly(reviewer, '播放');
    await wait(6000);
    await exactly(reviewer, '暂停');
    await wait(2500);
    await reviewer.both('console-review');
    await reviewer.press('没有问题');
    await confirm(reviewer, '会见正常', '提交结论');
}

async function takeProcurator(procurator, officer, session) {
    await procurator.turnTo('archive');
    await procurator.see('共 2 份');
    await wait(7000);
    await procurator.both('console-procurator');
    await procurator.turnTo(`archive/${session}`);
    await exactly(procurator, '播放');
    await wait(5000);
    await exactly(procurator, '暂停');
    await tab(procurator, /^复核/);
    await procurator.page.getByPlaceholder('写明发现的问题和建议').fill('暂停的理由请说明');
    await procurator.press('提出意见');
    await procurator.see('待答复');
    await wait(4000);
    await procurator.both('console-remark');
    await procurator.turnTo('own-log');
    await procurator.see(/提出检察意见/);
    await procurator.both('console-own-log');
    await officer.turnTo('remarks');
    await officer.see('暂停的理由请说明');
    await officer.both('console-remarks');
}

export async function takeArchiveWork({ Desk, browser }) {
    const gateway = await Gateway.start(CONFIG);
    try {
        const links = gateway.json('demo', 'load');
        const open = (link) => Desk.open(browser, gateway, link);
        gateway.cli('person', 'add', '--name', 'third', '--display', '沈复核', '--role', 'officer', '--unit', 'demo-ministry');
        const officer = await open(links.officer);
        const [session, other] = await record(gateway, officer);
        const second = await open(links.second);
        await takeLots(officer);
        await takeReview(await open(gateway.cli('link', '--person', 'third').trim()), session);
        await takeDerivatives(officer, session);
        await takeKeeping(officer);
        await takeExport(officer, session);
        await takeProcurator(await open(links.procurator), officer, session);
        await takePurge(officer, second, gateway, other);
    } finally {
        await gateway.stop();
    }
}
