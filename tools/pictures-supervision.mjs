// A roll-call, the wall and a lesson of one county, for tools/pictures.mjs: four offices with somebody at their terminals, others that do
// not come.
const OFFICES = 6;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Names of pictures that are taken here alone. */
export const names = /^(console-rollcall|console-monitor|console-lesson|terminal-lesson|terminal-rollcall)/;

function furnish(gateway) {
    const offices = gateway.json('unit', 'list').filter((unit) => unit.parent === 'demo-county-1').slice(0, OFFICES);
    for (const unit of offices)
        gateway.cli('terminal', 'add', '--name', `${unit.name}谈话室`, '--unit', unit.id);
    return offices.map((unit) => `${unit.name}谈话室`);
}

async function bringRoom(Seat, browser, gateway, terminal, portrait, language) {
    const room = await Seat.open(browser, { portrait, language });
    await room.page.goto(gateway.cli('link', '--terminal', terminal).trim());
    await room.page.locator('.line-state.online').waitFor();
    return room;
}

const ANSWER = /^(接听|Answer)$/;

async function holdRollcall(desk, rooms) {
    await desk.turnTo('rollcalls');
    await desk.page.locator('.el-tree-node .el-checkbox').first().click();
    await desk.page.locator('#rollcall-name').fill('周一早点名');
    await desk.both('console-rollcalls');
    await desk.press('开始点名');
    await rooms[0].button(ANSWER).waitFor();
    await rooms[0].snap('terminal-rollcall', ['desktop', 'phone']);
    await rooms[1].snap('terminal-rollcall', ['desktop', 'phone']);
    for (const [n, room] of rooms.entries()) {
        await room.press(ANSWER);
        await room.page.locator('#signer').fill(['郑安和', '孟远', '苏一帆', '何平'][n]);
        await room.press(/^(签到|Sign)$/);
    }
    await desk.seePictures(rooms.length);
    await desk.page.keyboard.press('n');
    await desk.seePictures(rooms.length + 1);
    await desk.both('console-rollcall', ['desktop', 'phone']);
    await desk.press('结束点名');
    await desk.page.locator('.el-message-box').getByRole('button', { name: '结束点名' }).click();
    await desk.page.getByRole('link', { name: '点名单' }).waitFor();
    await wait(9000); // the terminals say for a while that it is over
}

/** What the terminals of the county show, which are looked at for it. */
async function watchWall(desk, rooms) {
    await desk.turnTo('monitor');
    await desk.press('开始轮巡');
    await desk.seePictures(rooms.length);
    await desk.both('console-monitor', ['desktop', 'phone']);
    await desk.turnTo('rollcalls');
    await wait(12_000); // they are let go of
}

async function planLesson(desk) {
    await desk.turnTo('lessons');
    await desk.both('console-lessons-empty');
    await desk.press('安排课程');
    const dialog = desk.page.locator('.el-dialog:visible');
    await dialog.getByPlaceholder(/^例如/).first().fill('社区矫正法学习');
    await dialog.locator('.el-checkbox').first().click();
    await desk.both('console-lesson-plan');
    await dialog.getByRole('button', { name: '安排课程' }).click();
    await desk.button('开始上课').waitFor();
}

async function holdLesson(desk, rooms) {
    await planLesson(desk);
    await desk.press('开始上课');
    for (const [n, room] of rooms.entries()) {
        await room.press(ANSWER);
        await room.page.locator('#people').fill(['李四 330102\n周五 330107', 'Wu Liu 330203'][n]);
        await room.press(/^(登记在场|These are here)$/);
    }
    await desk.press(/^开始讲课/);
    await desk.seePictures(3);
    for (const room of rooms)
        await room.seePictures(2);
    await desk.press('立即点验');
    for (const room of rooms) {
        await room.button(/^(确认在场|We are here)$/).waitFor();
        await room.snap('terminal-lesson', ['desktop', 'phone']);
        await room.press(/^(确认在场|We are here)$/);
    }
    await desk.page.locator('.checks img').nth(1).waitFor();
    await wait(65_000); // a minute is counted
    await desk.both('console-lesson', ['desktop', 'phone']);
    await desk.page.locator('.checks').getByRole('button', { name: '通过', exact: true }).first().click();
    await desk.press('下课');
    await desk.page.locator('.el-message-box').getByRole('button', { name: '下课' }).click();
    await desk.button('签结').waitFor();
    await desk.both('console-lesson-result');
    await desk.turnTo('lessons');
    await desk.see('社区矫正法学习');
    await desk.both('console-lessons', ['desktop', 'phone']);
}

export async function takeSupervision({ Seat, Desk, browser, gateway }) {
    const terminals = furnish(gateway);
    const desk = await Desk.open(browser, gateway, gateway.cli('link', '--person', 'inspector-county').trim());
    const rooms = [await bringRoom(Seat, browser, gateway, terminals[0], 'son', 'zh'),
        await bringRoom(Seat, browser, gateway, terminals[1], 'husband', 'en'),
        await bringRoom(Seat, browser, gateway, terminals[2], 'mother', 'zh'),
        await bringRoom(Seat, browser, gateway, terminals[3], 'wife', 'zh')];
    const pair = rooms.slice(0, 2);
    await holdRollcall(desk, rooms);
    await watchWall(desk, rooms);
    for (const room of rooms.slice(2))
        await room.context.close();
    await holdLesson(desk, pair);
    for (const seat of [desk, ...pair])
        await seat.context.close();
}
