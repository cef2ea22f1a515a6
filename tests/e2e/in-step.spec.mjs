// Sound and picture in step: both parties' pictures are a clock, and their sound beeps at moments that are known. In the
// recording each beep is compared with the clock that is shown: within 80 ms.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { makeMedia } from './media.mjs';
import { Family, Officer, Terminal } from './people.mjs';
import { CLOCK, clockAndBeep } from './source.mjs';

const { test, expect } = playwright;

const IN_STEP_S = 0.08;
const PAIRS = 8;
const NEAR_S = 3;
const SOURCE = { every: 2, lasts: 0.3, hertz: 1000, columns: CLOCK.columns, rows: CLOCK.rows };

const said = (seconds) => seconds.map((s) => Math.round(s * 1000)).join(' ');
const run = (program, ...args) => execFileSync(program, ['-v', 'error', ...args], { maxBuffer: 1 << 26 });

// When the beeps of a file begin, by its timestamps.
function beepsOf(file) {
    const level = 'lavfi.astats.Overall.RMS_level';
    const text = run('ffmpeg', '-copyts', '-i', file, '-af',
        `aresample=48000,asetnsamples=n=240:p=0,astats=metadata=1:reset=1,ametadata=print:key=${level}:file=-`, '-f', 'null', '-').toString();
    const times = [];
    let loud = true; // what sounds from the start has not begun
    for (const [, time, figure] of text.matchAll(/pts_time:(\S+)\s+\S+RMS_level=(\S+)/g)) {
        const now = Number(figure) > -30;
        if (now && !loud)
            times.push(Number(time));
        loud = now;
    }
    return times;
}

// → [[time of the frame by the file's timestamps, what its clock shows], ...] in seconds.
function clocksOf(file) {
    const { columns, rows } = CLOCK;
    const size = columns * rows;
    const times = run('ffprobe', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file).toString().trim().split('\n').map(parseFloat);
    const fields = run('ffmpeg', '-i', file, '-fps_mode', 'passthrough', '-vf', `scale=${columns}:${rows}:flags=area,format=gray`,
        '-f', 'rawvideo', '-');
    expect(fields.length, 'a frame of each packet').toBe(times.length * size);
    return times.map((time, n) => [time, fields.subarray(n * size, (n + 1) * size).reduce((sum, field, bit) => sum + (field > 127 ? 2 ** bit : 0), 0) / 1000]);
}

// How much later than the sound the picture stands in the recording, at each beep. beeps: when they left, wall clock. A page
// that is busy gives frames away late: the least late one near the beep counts.
function skewsOf(folder, recording, party, beeps) {
    const filesOf = (kind) => recording.files.filter((file) => file.party === party && file.kind === kind);
    const began = recording.began_us / 1e6;
    const late = filesOf('video').flatMap((file) => clocksOf(path.join(folder, file.file)).map(([time, clock]) => {
        const at = time + file.start_us / 1e6;
        const by = (began + at - clock) % CLOCK.period;
        return [at, by > CLOCK.period / 2 ? by - CLOCK.period : by];
    }));
    return filesOf('audio').flatMap((file) => beepsOf(path.join(folder, file.file)).map((time) => {
        const at = time + file.start_us / 1e6;
        const left = beeps.find((beep) => Math.abs(began + at - beep) < SOURCE.every / 2);
        const pictures = late.filter(([frame]) => Math.abs(frame - at) < NEAR_S).map(([, by]) => by);
        return Math.min(...pictures) - (began + at - left);
    })).filter((skew) => Number.isFinite(skew));
}

test('sound and picture are within 80 ms in the recording, which is as long as the visit', async ({}, info) => {
    makeMedia();
    const gateway = await Gateway.start();
    const everybody = [];
    try {
        const links = gateway.json('demo', 'load');
        const visitOf = () => gateway.json('visit', 'list').find((visit) => visit.id === links.visit);
        const scripts = [[clockAndBeep, SOURCE]];
        const terminal = await Terminal.come(gateway, links.terminal, { scripts });
        const officer = await Officer.come(gateway, links.officer);
        const family = await Family.come(gateway, links.family, { scripts });
        everybody.push(terminal, officer, family);
        await family.enter();
        await officer.openVisit(links.visit);
        await terminal.sitDown();
        await officer.admit();
        await expect.poll(() => visitOf().state).toBe('live');
        await officer.close(); // two are enough from here on, and nobody watches
        await new Promise((resolve) => setTimeout(resolve, (PAIRS + 2) * SOURCE.every * 1000));
        const beepsOfPage = ({ page }) => page.evaluate(() => window.source.beeps.map((at) => at + window.source.off));
        const beeps = { family: await beepsOfPage(family), terminal: await beepsOfPage(terminal) };
        const { session } = visitOf();
        gateway.cli('session', 'end', session);
        await expect.poll(() => gateway.json('archive', 'list').find((one) => one.session === session)?.state, { timeout: 60_000 })
            .toBe('sealed');

        const { folder } = gateway.extract(session);
        const recording = JSON.parse(fs.readFileSync(path.join(folder, 'recording.json'), 'utf8'));
        const { live_since_ms: began, end } = visitOf();
        const lasted = (end.at_ms - began) / 1000;
        console.log(`${(recording.duration_us / 1e6).toFixed(1)} s recorded of ${lasted.toFixed(1)} s`);
        for (const party of ['family', 'terminal']) {
            const skews = skewsOf(folder, recording, party, beeps[party]);
            console.log(`${party}: the picture is recorded after the sound by ${said(skews)} ms`);
            expect(skews.length).toBeGreaterThanOrEqual(PAIRS);
            for (const skew of skews)
                expect(Math.abs(skew), `${party}: ${said(skews)} ms`).toBeLessThan(IN_STEP_S);
        }
        expect(Math.abs(recording.duration_us / 1e6 - lasted), 'seconds between the visit and its recording').toBeLessThan(1);
    } finally {
        if (info.status !== info.expectedStatus) {
            for (const one of everybody)
                await one.page.screenshot({ path: info.outputPath(`${one.kind}.png`) }).catch(() => {});
            fs.writeFileSync(info.outputPath('gateway.log'), gateway.log);
        }
        for (const one of everybody)
            await one.close();
        await gateway.stop();
    }
});
