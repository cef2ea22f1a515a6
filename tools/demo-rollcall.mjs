// A roll-call of many made-up offices, watched in a real Chromium; tools/demo rollcall starts it. Four offices answer at pages in Chromium,
// the others by WHIP, from one load generator; some never come. Prints how long an answer takes to be seen and what the node uses.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from '../tests/e2e/browsers.mjs';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { root } from '../tests/e2e/paths.mjs';
import { build, cpuPercent, FPS, makeClip, megabits, openConsole, PATIENCE_MS, percentile, received, shot, usage, wait } from './demo-kit.mjs';

const { values } = parseArgs({ options: { offices: { type: 'string', default: '96' }, answer: { type: 'string', default: '90' },
    pages: { type: 'string', default: '4' }, clock: { type: 'string', default: '60' } } });
const [offices, answers, pages, clock] = [values.offices, values.answer, values.pages, values.clock].map(Number);
if (!(pages >= 1 && pages <= answers && answers <= offices && offices <= 500 && [15, 30, 45, 60, 90, 120, 300].includes(clock))) {
    console.error('1 <= --pages <= --answer <= --offices <= 500; --clock 15, 30, 45, 60, 90, 120 or 300');
    process.exit(64);
}
const RING_MS = 3000;
const numbers = (n) => Array.from({ length: n }, (_, i) => i + 1);
const nameOf = (n) => `第${String(n).padStart(3, '0')}司法所`;

// A county of its own, its offices with a terminal each, and somebody who inspects it.
function furnish(gateway) {
    gateway.cli('demo', 'load');
    gateway.cli('unit', 'add', '--name', '演示区司法局', '--tier', 'county', '--parent', 'demo-city');
    const county = gateway.json('unit', 'list').find((unit) => unit.name === '演示区司法局').id;
    for (const n of numbers(offices))
        gateway.cli('unit', 'add', '--name', nameOf(n), '--tier', 'office', '--parent', county);
    const units = new Map(gateway.json('unit', 'list').map((unit) => [unit.name, unit.id]));
    for (const n of numbers(offices))
        gateway.cli('terminal', 'add', '--name', nameOf(n), '--unit', units.get(nameOf(n)));
    gateway.cli('person', 'add', '--name', 'inspector-demo', '--display', '督察员', '--role', 'inspector', '--unit', county);
}

async function openTerminal(browser, gateway, n) {
    const context = await browser.newContext({ viewport: { width: 960, height: 540 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
        permissions: ['camera', 'microphone'] });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => console.log(`  error in a terminal's page: ${error}`));
    await page.goto(gateway.cli('link', '--terminal', nameOf(n)).trim());
    await page.getByText('在线').first().waitFor();
    return page;
}

async function answer(page, n) {
    await page.getByRole('button', { name: '接听', exact: true }).click();
    await page.locator('#signer').fill(`值班员${n}`);
    await page.getByRole('button', { name: '签到', exact: true }).click();
}

// In the page: when each office was first shown as answered, and when its picture.
function watchTiles() {
    window.seen = [];
    window.quiet = 0; // when nobody rang any more
    const look = () => {
        if (document.querySelector('.grid .office.ringing'))
            window.quiet = 0;
        else
            window.quiet ||= Date.now();
        document.querySelectorAll('.grid .office').forEach((tile, i) => {
            const one = (window.seen[i] ??= { answered: 0, picture: 0 });
            if (!one.answered && tile.classList.contains('answered'))
                one.answered = Date.now();
            if (!one.picture && ['live', 'still'].includes(tile.querySelector('[data-thumb]')?.dataset.thumb))
                one.picture = Date.now();
        });
        requestAnimationFrame(look);
    };
    look();
}

const openDesk = (browser, gateway) => openConsole(browser, gateway, 'inspector-demo', 'rollcalls', { permissions: ['microphone'] });

// Ticks the county and starts.
async function start(page) {
    await page.locator('.el-tree-node', { hasText: '演示区司法局' }).locator('.el-checkbox').first().click();
    await page.locator('#rollcall-name').fill('周一早点名');
    await page.locator('#rollcall-clock').selectOption(String(clock));
    await page.getByRole('button', { name: '开始点名' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.grid .office').length === n, offices);
    await page.evaluate(watchTiles);
    return page.url().split('/').pop();
}

// Who answers without a page, each with a token of its own, one after the other.
function publish(gateway, clip) {
    const session = gateway.json('session', 'list').find((one) => one.kind === 'roll-call').id;
    const parties = numbers(answers - pages).map((n) => `office-${pages + n}`);
    const tokens = parties.map((party) => gateway.cli('token', '--session', session, '--party', party, '--may', 'publish', '--ttl', '1h').trim());
    return spawn(path.join(build, 'bench/webrtc-load'), ['--backend', 'whip', '--pid', String(gateway.process.pid), '--rooms',
        String(parties.length), '--pubs', '1', '--subs', '0', '--duration', '900', '--no-rt', '--ivf', clip, '--fps', String(FPS),
        '--room-names', parties.join(), '--room-tokens', tokens.join(), '--join-parallel', '1', '--join-gap-ms', '50', '--whip-url',
        `${gateway.url}/whip/${session}/{room}`, '--whep-url', `${gateway.url}/whep/${session}/{room}`], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const between = (before, after) => ({
    seconds: Number(((after.at - before.at) / 1000).toFixed(1)), 'node CPU % of one core': cpuPercent(before, after),
    'node RSS MB': Math.round(after.rss), 'all traffic Mbit/s': megabits(after.lo - before.lo, after.at - before.at),
});

function spread(list) {
    const known = list.filter(Number.isFinite);
    return known.length === 0 ? 'none' : { n: known.length, p50: percentile(known, 0.5), p95: percentile(known, 0.95), max: Math.max(...known) };
}

async function run(gateway, browser) {
    furnish(gateway);
    const clip = makeClip(gateway.data);
    const terminals = [];
    for (const n of numbers(pages))
        terminals.push(await openTerminal(browser, gateway, n));
    const desk = await openDesk(browser, gateway);
    const idle = usage(gateway), began = Date.now();
    const id = await start(desk);
    console.log(`${offices} terminals ring, ${pages} of them pages in Chromium; ${answers} answer from ${RING_MS / 1000} s on`);
    await wait(RING_MS);
    const load = publish(gateway, clip);
    try {
        await Promise.all(terminals.map((page, i) => answer(page, i + 1)));
        const wanted = (n) => desk.waitForFunction((m) => window.seen.filter((one) => one.picture > 0).length >= m, n);
        await wanted(answers).catch(() => console.log('  not every picture came'));
        const full = usage(gateway), bytes = await received(desk);
        await wait(10_000);
        const steady = usage(gateway), down = megabits(await received(desk) - bytes, steady.at - full.at);
        console.log('while they answered', between(idle, full));
        console.log('afterwards, 10 s', { ...between(full, steady), 'down to the inspector Mbit/s': down });
        await shot(desk, 'demo-rollcall-zh');
        await speak(desk);
        await finish(gateway, desk, id, began);
    } catch (error) {
        await shot(desk, 'demo-rollcall-failed');
        throw error;
    } finally {
        load.kill('SIGKILL');
    }
}

// Points at the first office, which is a page in Chromium, and talks to it; then the other language.
async function speak(desk) {
    await desk.keyboard.press('n');
    await desk.waitForFunction(() => [...document.querySelectorAll('.stage video')].some((video) => video.videoWidth > 0 && video.readyState > 2));
    await desk.keyboard.press('t');
    await desk.getByRole('button', { name: '停止讲话' }).waitFor();
    await desk.getByRole('button', { name: /^(English|Switch to English)$/ }).first().click();
    await wait(500);
    await shot(desk, 'demo-rollcall-en');
    await desk.keyboard.press('t');
    await desk.getByRole('button', { name: /^(中文|切换到中文)$/ }).first().click();
}

async function finish(gateway, desk, id, began) {
    await desk.waitForFunction(() => document.querySelectorAll('.grid .office.ringing').length === 0, null, { timeout: (clock + 30) * 1000 });
    const took = (await desk.evaluate(() => window.quiet) - began) / 1000;
    await desk.getByRole('button', { name: '结束点名' }).click();
    await desk.locator('.el-message-box').getByRole('button', { name: '结束点名' }).click();
    await desk.getByRole('link', { name: '点名单' }).waitFor();
    const seen = await desk.evaluate(() => window.seen);
    const sheet = await desk.evaluate(async (one) => (await fetch(`/api/v1/rollcalls/${one}/sheet?as=json`)).json(), id);
    const answered = sheet.offices.filter((office) => office.state === 'answered');
    console.log('sheet', sheet.figures, 'absent:', sheet.offices.filter((office) => office.state === 'absent').map((office) => office.name).join(' '));
    console.log('from ringing to the answer, s', spread(answered.map((office) => office.seconds)));
    console.log('from the answer to "answered" on the page, ms', spread(answered.map((office) => seen[office.number - 1].answered - office.answered_ms)));
    console.log('from the answer to its picture on the page, ms', spread(answered.map((office) => {
        const { picture } = seen[office.number - 1];
        return picture > 0 ? Math.max(0, picture - office.answered_ms) : NaN;
    })));
    console.log(`from the start until nobody rings: ${took.toFixed(1)} s (the clock: ${clock} s)`);
    await desk.goto(`${gateway.url}/api/v1/rollcalls/${id}/sheet`);
    await desk.screenshot({ path: path.join(root, 'build/demo-rollcall-sheet.png'), fullPage: true });
    console.log('build/demo-rollcall-sheet.png');
}

const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\n');
const browser = await launchChromium();
try {
    await run(gateway, browser);
} finally {
    await browser.close();
    await gateway.stop();
}
