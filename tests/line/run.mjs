// A watcher behind a line that becomes thin, thinner, and free again, beside one on a free line. Real Chromium, real time.
//   tools/line-test [--simulcast] [--plot FILE.svg] [--json FILE.json] [--log FILE]
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { Gateway } from '../e2e/gateway.mjs';
import { root } from '../e2e/paths.mjs';
import { launch, makeMedia, Party } from './parties.mjs';
import { plot } from './plot.mjs';

const QUEUE_MS = 400; // of the line's rate: what home routers have, and more
const DELAY_MS = 20;
const PHASES = [
    { name: 'free', from: 0, rate: 0, seconds: 20 },
    { name: '700 kbit/s', from: 20, rate: 700_000, seconds: 25 },
    { name: '150 kbit/s', from: 45, rate: 150_000, seconds: 25 },
    { name: 'free', from: 70, rate: 0, seconds: 25 },
];
const SIMULCAST = [
    { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 100_000 },
    { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 350_000 },
    { rid: 'h', maxBitrate: 1_100_000 },
];
// What families' pages and weak terminals send: half the frames are all there is to step down to.
const SINGLE = [{ maxBitrate: 1_200_000, scalabilityMode: 'L1T2' }];
const STILL_S = 8; // at most between two stills, when the line is so thin that one takes seconds

class Line {
    static async open(port) {
        const self = new Line();
        const folder = process.env.YUANJIAN ? path.resolve(path.dirname(process.env.YUANJIAN), '..') : path.join(root, 'build');
        self.process = spawn(path.join(folder, 'tests/line/udp-line'), [String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
        const lines = readline.createInterface({ input: self.process.stdout });
        self.port = Number((await lines[Symbol.asyncIterator]().next()).value);
        self.set(0);
        return self;
    }

    set(rate) {
        const queue = rate === 0 ? 10_000_000 : Math.round((rate / 8) * (QUEUE_MS / 1000));
        this.process.stdin.write(`down ${rate} ${queue} ${DELAY_MS} 0\nup 0 10000000 ${DELAY_MS} 0\n`);
    }

    close() {
        this.process.stdin.end();
    }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What happened between two readings, per second.
function differ(before, after, seconds) {
    const rate = (name) => ((after[name] - before[name]) / seconds);
    const emitted = after.soundEmitted - before.soundEmitted;
    return {
        kbits: (rate('bytes') * 8) / 1000,
        videoKbits: (rate('videoBytes') * 8) / 1000,
        fps: rate('frames'),
        gap: after.gap,
        width: after.width,
        concealed: rate('concealed') / 480, // percent of 48,000 samples
        soundDelay: emitted > 0 ? ((after.soundDelay - before.soundDelay) / emitted) * 1000 : 0,
    };
}

async function watch(parties, line) {
    const rows = [];
    let before = await Promise.all(parties.map((party) => party.read()));
    let at = performance.now();
    const began = at;
    for (const phase of PHASES) {
        line.set(phase.rate);
        for (let i = 0; i < phase.seconds; i++) {
            await wait(Math.max(began + (rows.length + 1) * 1000 - performance.now(), 0));
            const after = await Promise.all(parties.map((party) => party.read()));
            const now = performance.now();
            rows.push(after.map((one, k) => differ(before[k], one, (now - at) / 1000)));
            const [thin, free] = rows.at(-1);
            console.log(`${String(rows.length).padStart(3)} s ${phase.name.padEnd(10)} thin ${thin.kbits.toFixed(0).padStart(5)} kbit/s ${thin.fps.toFixed(0).padStart(3)} fps ${thin.width
            } px, gap ${thin.gap.toFixed(0)} ms, sound concealed ${thin.concealed.toFixed(1)} % behind ${thin.soundDelay.toFixed(0)} ms | free ${free.kbits.toFixed(0)} kbit/s ${free.fps.toFixed(0)} fps ${free.width} px`);
            [before, at] = [after, now];
        }
    }
    return rows;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// What must be so; the first seconds after a change are the ones it takes to notice. With one encoding the picture may give way to
// stills at 700 kbit/s already.
function judge(rows, simulcast) {
    const NOTICE = 2;
    const part = (i, k, skip = NOTICE) => rows.slice(PHASES[i].from + skip, PHASES[i].from + PHASES[i].seconds).map((row) => row[k]);
    const settled = part(0, 0, 10);
    const top = simulcast ? Math.max(...settled.map((one) => one.width)) : 0;
    const back = rows.slice(PHASES[3].from).findIndex(([thin]) => thin.width >= top && thin.fps > 0.8 * mean(settled.map((one) => one.fps)));
    // Of all seconds: between two stills nobody notices that the line became thin.
    const gaps = (i) => part(i, 0, 0).map((one) => one.concealed).filter((percent) => percent >= 1);
    const behind = (i) => mean(part(i, 0, 15).map((one) => one.soundDelay));
    const at700 = simulcast ? [
        ['at 700 kbit/s the picture never stands for a second', Math.max(...part(1, 0, 0).map((one) => one.gap)) <= 1000],
        ['at 700 kbit/s the line is used', mean(part(1, 0).map((one) => one.kbits)) > 200],
    ] : [
        [`at 700 kbit/s there is a picture every ${STILL_S} s or more often`, Math.max(...part(1, 0, 4).map((one) => one.gap)) <= STILL_S * 1000],
    ];
    return [
        ...at700,
        ...[1, 2].map((i) => [`at ${PHASES[i].name} sound has no gaps but where that is noticed (${gaps(i).map((one) => one.toFixed(0)).join(', ')} %)`,
            gaps(i).length <= NOTICE]),
        ...[1, 2].map((i) => [`at ${PHASES[i].name} sound is not held up (${behind(i).toFixed(0)} ms)`, behind(i) < 600]),
        [`the full picture is back within 15 s (${back + 1})`, back >= 0 && back < 15],
        // a single encoding changes its size by itself, as its sender's estimate and processor want it
        ['the other watcher notices nothing', (!simulcast || new Set(rows.slice(10).map(([, free]) => free.width)).size === 1)
            && Math.max(...rows.slice(10).map(([, free]) => free.gap)) <= 1000],
    ];
}

function draw(rows) {
    const seconds = rows.length;
    const series = (pick) => [{ name: 'the thin line', colour: '#06c', values: rows.map(([thin]) => pick(thin)) },
        { name: 'the free line', colour: '#080', values: rows.map(([, free]) => pick(free)) }];
    return plot({ seconds, phases: PHASES.map((phase) => ({ ...phase, limit: phase.rate / 1000 })), panels: [
        { title: 'received, all of it', unit: 'kbit/s', most: 2000, limits: true, series: series((one) => one.kbits) },
        { title: 'picture, frames per second', unit: 'fps', most: 32, series: series((one) => one.fps) },
        { title: 'picture, width', unit: 'pixels', most: 1000, series: series((one) => one.width) },
        { title: 'sound that had to be made up', unit: '%', most: 40, series: series((one) => one.concealed) },
        { title: 'sound, how long the browser holds it up', unit: 'ms', most: 1000, series: series((one) => one.soundDelay) },
    ] });
}

function option(name) {
    const at = process.argv.indexOf(name);
    return at < 0 ? undefined : process.argv[at + 1] ?? true;
}

async function main() {
    makeMedia();
    const simulcast = process.argv.includes('--simulcast');
    const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\nworkers=1\n');
    const line = await Line.open(gateway.mediaPort);
    const browser = await launch();
    let rows;
    try {
        const session = gateway.cli('session', 'create', '--kind', 'meeting', '--now').trim();
        const token = gateway.cli('token', '--session', session, '--party', 'camera', '--may', 'publish,play').trim();
        const home = `${gateway.url}/healthz`;
        const url = (kind) => `${gateway.url}/${kind}/${session}/camera`;
        await Party.open(browser, home, { kind: 'whip', url: url('whip'), token, encodings: simulcast ? SIMULCAST : SINGLE });
        await wait(3000);
        const thin = await Party.open(browser, home, { kind: 'whep', url: url('whep'), token, port: line.port });
        const free = await Party.open(browser, home, { kind: 'whep', url: url('whep'), token });
        rows = await watch([thin, free], line);
    } finally {
        await browser.close();
        line.close();
        await gateway.stop();
    }
    if (option('--log'))
        fs.writeFileSync(option('--log'), gateway.log);
    if (option('--json'))
        fs.writeFileSync(option('--json'), JSON.stringify(rows));
    if (option('--plot'))
        fs.writeFileSync(option('--plot'), draw(rows));
    const verdicts = judge(rows, simulcast);
    for (const [what, good] of verdicts)
        console.log(`${good ? 'ok' : 'not ok'} - ${what}`);
    return verdicts.some(([, good]) => !good);
}

process.exit((await main()) ? 1 : 0);
