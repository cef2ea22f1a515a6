// What an inspector and an office see of a day's work, with the demonstration's data, for tools/pictures.mjs.
import fs from 'node:fs';
import path from 'node:path';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Names of pictures that are taken here alone. */
export const names = /^(console-(map|case|duty|shift|report|ranking|coverage|spotcheck|supervisees|tickets|emergency|platforms|weights)|office-)/;

// Name, page, what is there when all of it is, what is pressed then.
const INSPECTOR = [
    ['map', 'map', '江望月'],
    ['case', 'map', '江望月', (page) => page.getByText('江望月').last()],
    ['duty', 'duty', '正在值班'],
    ['shift', 'duty', '正在值班', (page) => page.locator('a[href*="#/duty/"]')],
    ['reports', 'reports', '视频督查月通报'],
    ['report', 'reports', '视频督查月通报', (page) => page.locator('a[href*="#/reports/"]')],
    ['ranking', 'ranking', '公式'],
    ['coverage', 'coverage', '青桥司法所'],
    ['spotchecks', 'spotchecks', '夜间值守突击检查'],
    ['spotcheck-new', 'spotchecks/new', '青桥司法所'],
    ['spotcheck', 'spotchecks', '夜间值守突击检查', (page) => page.getByText('夜间值守突击检查')],
    ['supervisees', 'supervisees', '江望月'],
    ['tickets', 'tickets', '谈话室摄像机无画面'],
    ['emergency', 'emergency', '还没有预案'],
];
const OFFICE = [
    ['map', 'map', '江望月'],
    ['case', 'map', '江望月', (page) => page.getByText('江望月').last()],
    ['supervisees', 'supervisees', '江望月'],
    ['photos', 'photos', '还没有要过照片'],
    ['tickets', 'tickets', '公示栏内容已过期'],
    ['ticket', 'tickets', '公示栏内容已过期', (page) => page.getByText(/公示栏内容已过期/)],
    ['lessons', 'our-lessons', '近期没有课'],
];
const ADMINISTRATOR = [
    ['platforms', 'platforms', '夜间报警.csv'],
    ['weights', 'weights', '设定新权重'],
];

async function takePages(desk, prefix, pages, size) {
    for (const [name, where, seen, pressed] of pages) {
        await desk.turnTo(where);
        await desk.see(seen);
        if (pressed)
            await pressed(desk.page).first().click();
        await wait(1500);
        await desk.both(`${prefix}-${name}`, [size]);
    }
}

// A file of alarms, as a platform leaves it; one row is of a kind that nobody knows.
function leaveAlarms(gateway, alarms) {
    const platform = gateway.json('platform', 'list').find((one) => one.name === '定位平台(演示)');
    const folder = path.join(alarms, platform.id);
    const rows = ['night-1,QX-2088,demo-office-2,低电', 'night-2,QX-2088,demo-office-2,关机', 'night-3,QX-2088,demo-office-2,unknown'];
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'night.part'), 'alarm_id,person_ref,unit_code,kind,occurred_at\n'
        + rows.map((row) => `${row},${new Date().toISOString()}\n`).join(''));
    fs.renameSync(path.join(folder, 'night.part'), path.join(folder, '夜间报警.csv'));
}

export async function takeWork({ Desk, browser, gateway, links, alarms }) {
    gateway.cli('demo', 'work');
    leaveAlarms(gateway, alarms);
    const inspector = await Desk.open(browser, gateway, links.inspector);
    await takePages(inspector, 'console', INSPECTOR, 'desktop');
    await inspector.context.close();
    const office = await Desk.open(browser, gateway, links.office);
    await takePages(office, 'office', OFFICE, 'phone');
    await office.context.close();
    const administrator = await Desk.open(browser, gateway, links.administrator);
    await takePages(administrator, 'console', ADMINISTRATOR, 'desktop');
    await administrator.context.close();
}
