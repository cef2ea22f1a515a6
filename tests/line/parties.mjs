// A camera and two watchers in one browser, each a page with a peer connection of its own (WHIP and WHEP).
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { playwright } from '../e2e/browsers.mjs';
import { root } from '../e2e/paths.mjs';

const folder = path.join(root, 'build/line-media');
const camera = path.join(folder, 'camera.y4m');
const microphone = path.join(folder, 'microphone.wav');

// A picture that an encoder needs its whole rate for, and a tone.
export function makeMedia() {
    fs.mkdirSync(folder, { recursive: true });
    if (!fs.existsSync(camera))
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=960x540:r=15:d=8,noise=alls=6:allf=t', '-pix_fmt', 'yuv420p',
            camera]);
    if (!fs.existsSync(microphone))
        execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=20', '-ac', '1', microphone]);
}

export function launch() {
    return playwright.chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run',
        '--disable-background-networking', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
        '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
        '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${camera}`,
        `--use-file-for-fake-audio-capture=${microphone}`] });
}

// Runs in the page. Posts an offer and takes the answer, in which the gateway's port may be another one: the line's.
async function connect({ url, token, kind, encodings, port }) {
    const connection = new RTCPeerConnection();
    window.connection = connection;
    if (kind === 'whip') {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false },
            video: { width: 960, height: 540, frameRate: 15 } });
        connection.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly' });
        connection.addTransceiver(stream.getVideoTracks()[0], { direction: 'sendonly', sendEncodings: encodings });
    } else {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
        connection.ontrack = ({ track }) => {
            if (track.kind !== 'video') {
                const audio = document.createElement('audio'); // else its jitter buffer does not run
                audio.autoplay = true;
                audio.srcObject = new MediaStream([track]);
                document.body.append(audio);
                return;
            }
            const video = document.createElement('video');
            document.body.append(video);
            video.muted = true;
            video.autoplay = true;
            video.srcObject = new MediaStream([track]);
            window.frames_ = { n: 0, last: performance.now(), worst: 0 };
            const onFrame = (now) => {
                window.frames_.n++;
                window.frames_.worst = Math.max(window.frames_.worst, now - window.frames_.last);
                window.frames_.last = now;
                video.requestVideoFrameCallback(onFrame);
            };
            video.requestVideoFrameCallback(onFrame);
        };
    }
    await connection.setLocalDescription();
    const answer = await fetch(url, { method: 'POST', body: connection.localDescription.sdp,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' } });
    if (answer.status !== 201)
        throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
    let sdp = await answer.text();
    if (port)
        sdp = sdp.replace(/^a=candidate:\S+ 1 tcp.*\r\n/gm, '').replace(/^(a=candidate:\S+ 1 udp \S+ \S+) \d+/gm, `$1 ${port}`);
    await connection.setRemoteDescription({ type: 'answer', sdp });
}

// Runs in the page. What the browser says of what it got so far.
async function read() {
    const found = {};
    for (const report of (await window.connection.getStats()).values()) {
        if (report.type === 'inbound-rtp')
            found[report.kind] = report;
        if (report.type === 'transport') // of several pairs that were nominated, one is in use
            found.bytes = report.bytesReceived;
    }
    const frames = window.frames_ ?? { n: 0, last: 0, worst: 0 };
    const gap = Math.max(frames.worst, performance.now() - frames.last);
    frames.worst = 0;
    return {
        bytes: found.bytes ?? 0,
        frames: frames.n,
        gap,
        width: found.video?.frameWidth ?? 0,
        videoBytes: found.video?.bytesReceived ?? 0,
        audioBytes: found.audio?.bytesReceived ?? 0,
        audioLost: found.audio?.packetsLost ?? 0,
        samples: found.audio?.totalSamplesReceived ?? 0,
        concealed: found.audio?.concealedSamples ?? 0,
        silentConcealed: found.audio?.silentConcealedSamples ?? 0,
        soundDelay: (found.audio?.jitterBufferDelay ?? 0),
        soundEmitted: (found.audio?.jitterBufferEmittedCount ?? 0),
    };
}

export class Party {
    static async open(browser, home, options) {
        const self = new Party();
        const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
        self.page = await context.newPage();
        await self.page.goto(home);
        await self.page.evaluate(connect, options);
        return self;
    }

    read() {
        return this.page.evaluate(read);
    }
}
