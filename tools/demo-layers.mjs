// What layers save on a wall; tools/demo layers starts it. Pages in Chromium send 1280x720, first in one size and then in three, to the
// same wall in another Chromium; prints what comes down to it with small tiles, and with one of them made large.
import { launchChromium } from '../tests/e2e/browsers.mjs';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { cpuPercent, furnishWall, megabits, openConsole, received, shot, usage, wait } from './demo-kit.mjs';

const [senders = 4, tiles = 36] = process.argv.slice(2).map(Number);
const SETTLE_MS = 20_000, MEASURE_MS = 15_000;

// In a page: WHIP, with the sizes and rates that pages of the product send (rtc-core/media.ts).
async function publish({ url, token, sizes }) {
    const canvas = document.createElement('canvas'), context = canvas.getContext('2d');
    Object.assign(canvas, { width: 1280, height: 720 });
    let n = 0;
    setInterval(() => {
        context.fillStyle = `hsl(${n++ % 360} 60% 40%)`;
        context.fillRect(0, 0, 1280, 720);
        for (let i = 0; i < 400; i++) {
            context.fillStyle = `hsl(${(i * 37 + n) % 360} 80% ${30 + i % 40}%)`;
            context.fillRect((i * 97 + n * (1 + i % 5)) % 1280, (i * 61 + n * (i % 3)) % 720, 40, 24);
        }
    }, 100);
    const pc = new RTCPeerConnection();
    const scales = sizes === 3 ? [1, 2, 4] : [1];
    pc.addTransceiver(canvas.captureStream(10).getVideoTracks()[0], { direction: 'sendonly', sendEncodings: scales.map((by) => (
        { ...(sizes === 3 && { rid: `s${by}` }), scaleResolutionDownBy: by, maxBitrate: 1_200_000 / by ** 2 })) });
    await pc.setLocalDescription();
    const answer = await fetch(url, { method: 'POST', body: pc.localDescription.sdp,
        headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` } });
    if (!answer.ok)
        throw new Error(`WHIP: ${answer.status} ${await answer.text()}`);
    await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
}

const widths = (page) => page.evaluate(() => [...document.querySelectorAll('.grid:not(.coming) video, .large video, dialog video')]
    .map((video) => video.videoWidth).filter((width) => width > 0));

async function measure(page, gateway) {
    await wait(SETTLE_MS);
    const before = usage(gateway), bytes = await received(page);
    await wait(MEASURE_MS);
    const after = usage(gateway);
    return { 'down Mbit/s': megabits(await received(page) - bytes, after.at - before.at), 'node CPU %': cpuPercent(before, after),
        'widths of pictures': (await widths(page)).join(' ') };
}

async function show(sizes) {
    const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\n');
    const sending = await launchChromium(), looking = await launchChromium();
    try {
        const session = furnishWall(gateway, senders);
        const token = gateway.cli('token', '--session', session, '--party', '*', '--may', 'publish', '--ttl', '1h').trim();
        for (let n = 0; n < senders; n++) {
            const page = await sending.newPage();
            await page.goto(`${gateway.url}/healthz`);
            await page.evaluate(publish, { url: `${gateway.url}/whip/${session}/${n}`, token, sizes });
        }
        const page = await openConsole(looking, gateway, 'inspector-ministry', 'monitor');
        await page.getByRole('radio', { name: String(tiles), exact: true }).click();
        await page.getByRole('button', { name: '开始轮巡' }).click();
        await page.waitForFunction((n) => document.querySelectorAll('.grid:not(.coming) [data-live="picture"]').length === n, senders);
        console.log(`${senders} senders of 1280x720 in ${sizes === 1 ? 'one size' : 'three sizes'}, ${tiles} tiles`, await measure(page, gateway));
        await shot(page, `demo-layers-${sizes}`);
        await page.locator('.grid:not(.coming) [data-live="picture"]').first().click();
        console.log('  one of them large', await measure(page, gateway));
        await shot(page, `demo-layers-${sizes}-large`);
    } finally {
        await sending.close();
        await looking.close();
        await gateway.stop();
    }
}

await show(1);
await show(3);
