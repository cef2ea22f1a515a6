// A browser that publishes its picture three times by WHIP, and browsers that play it by WHEP.
import { DESKTOP, launchChromium, playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';

const { test, expect } = playwright;

// In the page: its own connection, and what it has seen.
async function publish(page, url, token, codec) {
    await page.evaluate(async ({ url, token, codec }) => {
        const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720, frameRate: 15 } });
        const pc = new RTCPeerConnection();
        const transceiver = pc.addTransceiver(stream.getVideoTracks()[0], {
            direction: 'sendonly',
            sendEncodings: [{ rid: 'f', maxBitrate: 900000, scalabilityMode: 'L1T2' },
                { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 300000, scalabilityMode: 'L1T2' },
                { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 100000, scalabilityMode: 'L1T2' }],
        });
        const codecs = RTCRtpSender.getCapabilities('video').codecs;
        transceiver.setCodecPreferences(codecs.filter((one) => one.mimeType === codec || one.mimeType === 'video/rtx'));
        await pc.setLocalDescription(await pc.createOffer());
        const answer = await fetch(url, { method: 'POST', body: pc.localDescription.sdp,
            headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` } });
        await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
        window.sending = async (rid, active) => {
            const parameters = transceiver.sender.getParameters();
            parameters.encodings.find((one) => one.rid === rid).active = active;
            await transceiver.sender.setParameters(parameters);
        };
        window.sent = async () => [...await pc.getStats()].map(([, one]) => one)
            .filter((one) => one.type === 'outbound-rtp').map((one) => [one.rid, one.frameWidth ?? 0, one.framesEncoded ?? 0]);
    }, { url, token, codec });
}

async function play(page, url, token) {
    await page.evaluate(async ({ url, token }) => {
        const pc = new RTCPeerConnection();
        pc.addTransceiver('audio', { direction: 'recvonly' });
        const { receiver } = pc.addTransceiver('video', { direction: 'recvonly' });
        await pc.setLocalDescription(await pc.createOffer());
        const answer = await fetch(url, { method: 'POST', body: pc.localDescription.sdp,
            headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` } });
        await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
        const video = document.createElement('video');
        Object.assign(video, { muted: true, autoplay: true, srcObject: new MediaStream([receiver.track]) });
        document.body.append(video);
        window.seen = { width: 0, frames: 0, longest: 0, last: 0 };
        const onFrame = (now, frame) => {
            const { seen } = window;
            if (seen.last) seen.longest = Math.max(seen.longest, now - seen.last);
            Object.assign(seen, { width: frame.width, frames: seen.frames + 1, last: now });
            video.requestVideoFrameCallback(onFrame);
        };
        video.requestVideoFrameCallback(onFrame);
        window.stats = async () => [...await pc.getStats()].map(([, one]) => one).find((one) => one.type === 'inbound-rtp' && one.kind === 'video');
    }, { url, token });
}

const seen = (page) => page.evaluate(() => window.seen);
const forget = (page) => page.evaluate(() => Object.assign(window.seen, { longest: 0, last: 0 }));
const width = (page) => expect.poll(async () => (await seen(page)).width, { timeout: 30000 });

for (const codec of ['video/VP8', 'video/VP9', 'video/H264']) {
    test(`a larger picture that stops and comes back, in ${codec}`, async () => {
        const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\n');
        const browser = await launchChromium();
        try {
            const session = gateway.cli('session', 'create', '--kind', 'meeting', '--now').trim();
            const token = gateway.cli('token', '--session', session, '--party', 'camera', '--may', 'publish,play').trim();
            const camera = await browser.newPage(DESKTOP);
            const large = await browser.newPage(DESKTOP);
            for (const page of [camera, large])
                await page.goto(gateway.url);
            await publish(camera, `/whip/${session}/camera`, token, codec);
            await expect.poll(async () => (await camera.evaluate(() => window.sent())).filter(([, , frames]) => frames > 15).length,
                { timeout: 30000 }).toBe(3);
            await play(large, `/whep/${session}/camera`, token);
            await width(large).toBe(1280);
            for (const [change, active, then] of [['f', false, 640], ['h', false, 320], ['h', true, 640], ['f', true, 1280]]) {
                await forget(large);
                await camera.evaluate(([rid, on]) => window.sending(rid, on), [change, active]);
                await width(large).toBe(then);
                await large.waitForTimeout(1500);
                const now = await seen(large);
                console.log(codec, change, active, 'width', now.width, 'longest gap', Math.round(now.longest), 'ms');
                expect(now.width).toBe(then);
                expect(now.longest).toBeLessThan(1000);
            }
            const stats = await large.evaluate(() => window.stats());
            console.log(codec, 'frames', stats.framesDecoded, 'nacks', stats.nackCount, 'plis', stats.pliCount, 'freezes', stats.freezeCount);
        } finally {
            await browser.close();
            await gateway.stop();
        }
    });
}
