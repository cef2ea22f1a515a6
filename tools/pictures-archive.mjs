// What is done with recordings: composites, keeping, second persons, draws, reviews, the procurator's seat. For tools/pictures.mjs.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { program, root } from '../tests/e2e/paths.mjs';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Names of pictures that are taken here alone. */
export const names = /^console-(derivatives|redact|holds|draws|reviews|observed|purges|exports|remarks?|own-log)/;

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

const tab = (desk, name) => desk.page.getByRole('tab', { name }).click();

async function takeDerivatives(officer, session) {
    await officer.turnTo(`archive/${session}`);
    const card = officer.page.locator('section.made');
    await card.getByRole('button', { name: /并排/ }).click();
    await card.getByText('可播放').waitFor();
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
    await officer.page.getByRole('button', { name: '导出证据包' }).click();
    await officer.page.locator('#recipient').fill('清溪市中级人民法院 书记员');
    await officer.page.locator('#reason').filter({ visible: true }).fill('法院调取');
    await officer.page.getByRole('button', { name: '生成证据包' }).click();
    await officer.see('可下载');
    await officer.both('console-exports');
}

async function takeLots(officer) {
    await officer.turnTo('draws');
    await officer.press('现在抽签');
    await officer.page.getByRole('dialog').filter({ visible: true }).getByRole('button', { name: '抽签', exact: true }).click();
    await officer.see(/份里抽出/);
    await officer.both('console-draws');
    for (const [where, seen] of [['reviews', '复核任务'], ['observed', /要求至少/]]) {
        await officer.turnTo(where);
        await officer.see(seen);
        await officer.both(`console-${where}`);
    }
}

async function takeProcurator({ Desk, browser, gateway, links }, officer, session) {
    const procurator = await Desk.open(browser, gateway, links.procurator);
    await procurator.turnTo(`archive/${session}`);
    await tab(procurator, /^复核/);
    await procurator.page.getByPlaceholder('写明发现的问题和建议').fill('暂停的理由请说明');
    await procurator.press('提出意见');
    await procurator.see('待答复');
    await procurator.both('console-remark');
    await procurator.turnTo('own-log');
    await procurator.see('我的日志');
    await wait(1000);
    await procurator.both('console-own-log');
    await procurator.context.close();
    await officer.turnTo('remarks');
    await officer.see('暂停的理由请说明');
    await officer.both('console-remarks');
}

export async function takeArchiveWork(stage) {
    const { Desk, browser, gateway, links } = stage;
    const officer = await Desk.open(browser, gateway, links.officer);
    const [session] = await record(gateway, officer);
    await takeDerivatives(officer, session);
    await takeKeeping(officer);
    await takeExport(officer, session);
    const second = await Desk.open(browser, gateway, links.second);
    await second.turnTo('purges');
    await second.see('解除保全');
    await wait(7000); // what was said on coming in has gone
    await second.both('console-purges');
    await second.context.close();
    await takeLots(officer);
    await takeProcurator(stage, officer, session);
    await officer.context.close();
}
