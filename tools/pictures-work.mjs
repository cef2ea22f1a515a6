// What an inspector and an office see of a day's work, with the demonstration's data, for tools/pictures.mjs.
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
    ['tickets', 'tickets', '没有督查单'],
    ['lessons', 'our-lessons', '近期没有课'],
];
const ADMINISTRATOR = [
    ['platforms', 'platforms', '定位平台(演示)'],
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

export async function takeWork({ Desk, browser, gateway, links }) {
    gateway.cli('demo', 'work');
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
