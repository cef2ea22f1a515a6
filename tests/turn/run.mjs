// A family behind a wall that only lets the TURN server through: a real coturn with conf/coturn.conf's rules, credentials that the
// gateway hands out, Chromium with nothing but relayed candidates. Then the same with a wrong secret: nothing may come.
import assert from 'node:assert';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { playwright } from '../e2e/browsers.mjs';
import { Gateway } from '../e2e/gateway.mjs';
import { root } from '../e2e/paths.mjs';

const HOST = process.env.YUANJIAN_IN_NETNS ? '198.51.100.7' : '127.0.0.1';
const PORT = 20000 + Math.floor(Math.random() * 12000);
const SECRET = `secret-${PORT}`;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'yuanjian-turn-'));

// The sample as an administrator changes it: addresses, secret, no TLS here.
function startCoturn() {
    const sample = fs.readFileSync(path.join(root, 'conf/coturn.conf'), 'utf8');
    const config = sample.replace(/^(tls-listening-port|cert|pkey|syslog).*\n/gm, '')
        .replace(/^listening-port=.*/m, `listening-port=${PORT}\nlistening-ip=${HOST}\nrelay-ip=${HOST}\nno-tls\nno-dtls\nlog-file=stdout`)
        .replace(/^static-auth-secret=.*/m, `static-auth-secret=${SECRET}`)
        .replace(/^allowed-peer-ip=.*/m, `allowed-peer-ip=${HOST}`);
    assert(config.includes(SECRET) && config.includes(`allowed-peer-ip=${HOST}`));
    const file = path.join(folder, 'turnserver.conf');
    fs.writeFileSync(file, `${config}\npidfile=${folder}/pid\nuserdb=${folder}/db\n`);
    const coturn = spawn('turnserver', ['-c', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    coturn.log = '';
    for (const stream of [coturn.stdout, coturn.stderr])
        stream.on('data', (chunk) => { coturn.log += chunk; });
    return coturn;
}

// Runs in the page.
async function connect({ url, token, kind, servers, policy }) {
    const connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: policy });
    window.connection = connection;
    if (kind === 'whip') {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        for (const track of stream.getTracks())
            connection.addTransceiver(track, { direction: 'sendonly' });
    } else {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
        connection.ontrack = ({ track }) => {
            const video = document.createElement('video');
            video.muted = true;
            video.srcObject = new MediaStream([track]);
            void video.play();
        };
    }
    await connection.setLocalDescription();
    const answer = await fetch(url, { method: 'POST', body: connection.localDescription.sdp,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/sdp' } });
    const sdp = await answer.text();
    if (answer.status !== 201)
        throw new Error(sdp);
    await connection.setRemoteDescription({ type: 'answer', sdp });
    return answer.headers.get('Link');
}

// Runs in the page.
async function read() {
    const reports = [...(await window.connection.getStats()).values()];
    const pair = reports.find((report) => report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded');
    const local = pair && reports.find((report) => report.id === pair.localCandidateId);
    return {
        state: window.connection.connectionState,
        candidate: local?.candidateType,
        frames: reports.find((report) => report.type === 'inbound-rtp' && report.kind === 'video')?.framesDecoded ?? 0,
    };
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// <turn:...>; rel="ice-server"; username="..."; credential="..."
function readLink(link) {
    return link.split(/,\s*(?=<)/).map((one) => ({
        urls: one.match(/^<([^>]+)>/)[1],
        username: one.match(/username="([^"]+)"/)?.[1],
        credential: one.match(/credential="([^"]+)"/)?.[1],
    }));
}

const coturn = startCoturn();
const gateway = await Gateway.start(`[media]\naddresses=${HOST}\n[ice]\nturn=turn:${HOST}:${PORT}?transport=udp\nturn-secret=${SECRET}\nturn-ttl=5\n`);
const browser = await playwright.chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu',
    '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required', '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream'] });
let failed = 1;
try {
    const session = gateway.cli('session', 'create', '--kind', 'meeting', '--privileged', '--now').trim();
    const token = gateway.cli('token', '--session', session, '--party', '*', '--may', 'publish,play').trim();
    const open = async () => {
        const page = await (await browser.newContext({ permissions: ['camera', 'microphone'] })).newPage();
        await page.goto(`${gateway.url}/healthz`);
        return page;
    };
    const camera = await open();
    const link = await camera.evaluate(connect, { url: `${gateway.url}/whip/${session}/camera`, token, kind: 'whip', policy: 'all' });
    const servers = readLink(link);
    assert.match(servers[0].username, /^\d+:camera$/);
    const watch = { url: `${gateway.url}/whep/${session}/camera`, token, kind: 'whep', policy: 'relay' };

    const watcher = await open();
    await watcher.evaluate(connect, { ...watch, servers });
    let seen;
    for (let i = 0; i < 60 && !(seen?.frames > 50); i++) {
        await sleep(500);
        seen = await watcher.evaluate(read);
    }
    console.log('with the credentials of the gateway:', JSON.stringify(seen));
    assert(seen.state === 'connected' && seen.candidate === 'relay' && seen.frames > 50, 'nothing came through the relay');

    const stranger = await open();
    await stranger.evaluate(connect, { ...watch, servers: [{ ...servers[0], credential: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }] });
    await sleep(5000);
    const got = await stranger.evaluate(read);
    console.log('with a credential that is made up:', JSON.stringify(got));
    assert(got.state !== 'connected' && got.frames === 0);
    failed = 0;
    console.log('ok');
} catch (error) {
    console.log('not ok', error, '\n', coturn.log.slice(-3000));
} finally {
    await browser.close();
    await gateway.stop();
    coturn.kill();
    fs.rmSync(folder, { recursive: true, force: true });
}
process.exit(failed);
