// A wall of many tiles in a real Chromium, patrolling through many senders; tools/demo wall starts it. Prints how long it takes
// from the turn of a page until all of its pictures are there, what the node uses for it, and what comes down to the page.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { launchChromium } from '../tests/e2e/browsers.mjs';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { root } from '../tests/e2e/paths.mjs';

const [senders = 96, tiles = 36, turns = 12] = process.argv.slice(2).map(Number);
const build = process.env.YUANJIAN_BUILD ?? path.join(root, 'build');
const KBPS = 150, FPS = 10, SIZE = '320x180', SECONDS = 12, PATIENCE_MS = 60_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A picture that moves and counts; its first frame alone is a key frame.
function makeClip(folder) {
    const clip = path.join(folder, 'clip.ivf');
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc=size=${SIZE}:rate=${FPS}:duration=8`, '-c:v',
        'libvpx', '-b:v', `${KBPS}k`, '-deadline', 'realtime', '-g', '9999', '-keyint_min', '9999', '-auto-alt-ref', '0', clip]);
    return clip;
}

function furnish(gateway) {
    gateway.cli('demo', 'load');
    const offices = gateway.json('unit', 'list').filter((unit) => unit.tier === 'office').map((unit) => unit.id);
    for (let n = 0; n < senders; n++)
        gateway.cli('terminal', 'add', '--name', `谈话室 ${n + 1}`, '--unit', offices[n % offices.length]);
    const session = gateway.cli('session', 'create', '--kind', 'meeting', '--name', 'standing', '--unkept', '--now').trim();
    const terminals = gateway.json('terminal', 'list').filter((terminal) => terminal.name.startsWith('谈话室 '));
    terminals.slice(0, senders).forEach((terminal, n) =>
        gateway.cli('source', 'provide', `terminal:${terminal.id}`, '--session', session, '--party', String(n)));
    return session;
}

function send(gateway, session, clip) {
    const token = gateway.cli('token', '--session', session, '--party', '*', '--may', 'publish', '--ttl', '1h').trim();
    return spawn(path.join(build, 'bench/webrtc-load'), ['--backend', 'whip', '--pid', String(gateway.process.pid), '--pubs', String(senders),
        '--subs', '0', '--rooms', '1', '--duration', '900', '--no-audio', '--no-rt', '--ivf', clip, '--fps', String(FPS), '--whip-url',
        `${gateway.url}/whip/${session}/{n}`, '--whep-url', `${gateway.url}/whep/${session}/{n}`, '--token', token], { stdio: 'ignore' });
}

// In the page: when a page turned, and when the last of its pictures was drawn.
function watchTurns() {
    window.turns = [];
    let shown = null, turn = null;
    const look = () => {
        const grid = document.querySelector('.grid:not(.coming)');
        if (grid && grid !== shown) {
            shown = grid;
            turn = { at: performance.now(), ready: 0, all: null };
            turn.ready = [...grid.querySelectorAll('[data-live="picture"]')].length;
            window.turns.push(turn);
        }
        const wanted = grid ? grid.querySelectorAll('[data-source]:not([data-live="offline"])').length : 0;
        if (turn && turn.all === null && wanted > 0 && grid.querySelectorAll('[data-live="picture"]').length === wanted)
            Object.assign(turn, { all: performance.now() - turn.at, of: wanted });
        requestAnimationFrame(look);
    };
    look();
}

function keepConnections() {
    const Real = window.RTCPeerConnection;
    window.connections = [];
    window.RTCPeerConnection = class extends Real {
        constructor(...args) {
            super(...args);
            window.connections.push(this);
        }
    };
}

async function received(page) {
    return page.evaluate(async () => {
        let bytes = 0;
        for (const connection of window.connections)
            for (const one of (await connection.getStats()).values())
                if (one.type === 'transport')
                    bytes += one.bytesReceived;
        return bytes;
    });
}

function cpuSeconds(pid) {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
}

const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];

async function turnPages(page, gateway, how) {
    const first = await page.evaluate(() => window.turns.length);
    const began = { cpu: cpuSeconds(gateway.process.pid), bytes: await received(page), at: Date.now() };
    await how();
    await wait(1500);
    const seconds = (Date.now() - began.at) / 1000;
    const seen = (await page.evaluate(() => window.turns)).slice(first).filter((turn) => turn.all !== null);
    const late = (await page.evaluate(() => window.turns)).slice(first).length - seen.length;
    const times = seen.map((turn) => turn.all);
    return {
        turns: seen.length, 'not all in time': late, p50: Math.round(percentile(times, 0.5)), p95: Math.round(percentile(times, 0.95)),
        'there at once': `${seen.reduce((sum, turn) => sum + turn.ready, 0)} of ${seen.reduce((sum, turn) => sum + turn.of, 0)}`,
        'node CPU %': Math.round(100 * (cpuSeconds(gateway.process.pid) - began.cpu) / seconds),
        'down Mbit/s': Number(((await received(page) - began.bytes) * 8 / 1e6 / seconds).toFixed(1)),
    };
}

async function look(gateway, browser) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => console.log(`  error in the page: ${error}`));
    await page.addInitScript(keepConnections);
    await page.goto(gateway.cli('link', '--person', 'inspector-ministry').trim());
    const later = page.getByRole('button', { name: /以后再说|取消|关闭|Later|Cancel|Close/ }).first();
    await page.getByRole('link', { name: /监看墙/ }).waitFor();
    await wait(800);
    if (await later.isVisible().catch(() => false))
        await later.click();
    await page.goto(`${gateway.url}/console#/monitor`);
    await page.getByRole('radio', { name: String(tiles), exact: true }).click();
    await page.locator('.seconds').fill(String(SECONDS));
    await page.evaluate(watchTurns);
    await page.getByRole('button', { name: '开始轮巡' }).click();
    await page.waitForFunction(() => window.turns.some((turn) => turn.all !== null));
    return page;
}

const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\n');
const clip = makeClip(gateway.data);
const load = send(gateway, furnish(gateway), clip);
const browser = await launchChromium();
try {
    await wait(4000 + senders * 40);
    const page = await look(gateway, browser);
    console.log(`${senders} senders (${SIZE}, ${FPS} fps, about ${KBPS} kbit/s), ${tiles} tiles, Chromium`);
    const byKey = async () => {
        for (let n = 0; n < turns; n++) {
            await page.keyboard.press('ArrowRight');
            await wait(4000);
        }
    };
    console.log('turned by key, nothing loaded before', await turnPages(page, gateway, byKey));
    const byTime = () => wait(Math.ceil(turns / 3) * SECONDS * 1000);
    console.log(`patrol, every ${SECONDS} s, the next page loaded before`, await turnPages(page, gateway, byTime));
    fs.mkdirSync(path.join(root, 'build'), { recursive: true });
    await page.screenshot({ path: path.join(root, 'build/demo-wall.png') });
    console.log('build/demo-wall.png shows it');
} finally {
    await browser.close();
    load.kill('SIGKILL');
    await gateway.stop();
}
