// What the demonstrations of tools/demo share: a clip to send, what a page was sent, and what the node used.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DESKTOP } from '../tests/e2e/browsers.mjs';
import { root } from '../tests/e2e/paths.mjs';

export const build = process.env.YUANJIAN_BUILD ?? path.join(root, 'build');
export const KBPS = 150, FPS = 10, SIZE = '320x180', PATIENCE_MS = 60_000;
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const percentile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];

/** A picture that moves and counts; its first frame alone is a key frame. */
export function makeClip(folder) {
    const clip = path.join(folder, 'clip.ivf');
    execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc=size=${SIZE}:rate=${FPS}:duration=8`, '-c:v',
        'libvpx', '-b:v', `${KBPS}k`, '-deadline', 'realtime', '-g', '9999', '-keyint_min', '9999', '-auto-alt-ref', '0', clip]);
    return clip;
}

/** Terminals that send all the time, in one session, so that a wall has something to show; the session. */
export function furnishWall(gateway, senders) {
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

/** The console of somebody, at a page; its connections can be asked what they received. */
export async function openConsole(browser, gateway, person, where, options = {}) {
    const context = await browser.newContext({ ...DESKTOP, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => console.log(`  error in the page: ${error}`));
    await page.addInitScript(() => {
        const Real = window.RTCPeerConnection;
        window.connections = [];
        window.RTCPeerConnection = class extends Real {
            constructor(...args) {
                super(...args);
                window.connections.push(this);
            }
        };
    });
    await page.goto(gateway.cli('link', '--person', person).trim());
    await page.getByRole('link', { name: '监看墙' }).first().waitFor();
    const later = page.getByRole('button', { name: /以后再说|取消|关闭/ }).first();
    await wait(800);
    if (await later.isVisible().catch(() => false))
        await later.click();
    await page.goto(`${gateway.url}/console#/${where}`);
    return page;
}

/** Bytes that came to a page since it was opened. */
export const received = (page) => page.evaluate(async () => {
    let bytes = 0;
    for (const connection of window.connections)
        for (const one of (await connection.getStats()).values())
            if (one.type === 'transport')
                bytes += one.bytesReceived;
    return bytes;
});

/** What the node has used by now, and what went over loopback. */
export function usage(gateway) {
    const { pid } = gateway.process;
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const rss = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
    const lo = fs.readFileSync('/proc/net/dev', 'utf8').split('\n').find((one) => one.trim().startsWith('lo:'));
    return { at: Date.now(), cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: Number(rss) / 1024,
        lo: Number(lo.split(':')[1].trim().split(/\s+/)[0]) };
}

export const cpuPercent = (before, after) => Math.round(100_000 * (after.cpu - before.cpu) / (after.at - before.at));
export const megabits = (bytes, ms) => Number((bytes * 8 / 1000 / ms).toFixed(1));

export async function shot(page, name) {
    fs.mkdirSync(path.join(root, 'build'), { recursive: true });
    await page.screenshot({ path: path.join(root, 'build', `${name}.png`) });
    console.log(`build/${name}.png`);
}
