// A wall of many tiles in a real Chromium, patrolling through many senders; tools/demo wall starts it. Prints how long it takes
// from the turn of a page until all of its pictures are there, what the node uses for it, and what comes down to the page.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { launchChromium } from '../tests/e2e/browsers.mjs';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { build, cpuPercent, FPS, furnishWall, KBPS, makeClip, megabits, openConsole, percentile, received, shot, SIZE, usage, wait } from './demo-kit.mjs';

const [senders = 96, tiles = 36, turns = 12] = process.argv.slice(2).map(Number);
const SECONDS = 12;

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

async function turnPages(page, gateway, how) {
    const first = await page.evaluate(() => window.turns.length);
    const began = usage(gateway), bytes = await received(page);
    await how();
    await wait(1500);
    const ended = usage(gateway);
    const seen = (await page.evaluate(() => window.turns)).slice(first).filter((turn) => turn.all !== null);
    const late = (await page.evaluate(() => window.turns)).slice(first).length - seen.length;
    const times = seen.map((turn) => turn.all);
    return {
        turns: seen.length, 'not all in time': late, p50: Math.round(percentile(times, 0.5)), p95: Math.round(percentile(times, 0.95)),
        'there at once': `${seen.reduce((sum, turn) => sum + turn.ready, 0)} of ${seen.reduce((sum, turn) => sum + turn.of, 0)}`,
        'node CPU %': cpuPercent(began, ended), 'down Mbit/s': megabits(await received(page) - bytes, ended.at - began.at),
    };
}

async function look(gateway, browser) {
    const page = await openConsole(browser, gateway, 'inspector-ministry', 'monitor');
    await page.getByRole('radio', { name: String(tiles), exact: true }).click();
    await page.locator('.seconds').fill(String(SECONDS));
    await page.evaluate(watchTurns);
    await page.getByRole('button', { name: '开始轮巡' }).click();
    await page.waitForFunction(() => window.turns.some((turn) => turn.all !== null));
    return page;
}

const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\n');
const clip = makeClip(gateway.data);
const load = send(gateway, furnishWall(gateway, senders), clip);
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
    await shot(page, 'demo-wall');
} finally {
    await browser.close();
    load.kill('SIGKILL');
    await gateway.stop();
}
