// kill -9 in mid visit: the pages come back by themselves, the visit goes on as the same visit, and what was recorded up to
// at most a second before plays.
import fs from 'node:fs';
import path from 'node:path';
import { playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { makeMedia } from './media.mjs';
import { Family, Officer, Terminal } from './people.mjs';

const { test, expect } = playwright;

test('a killed service loses at most a second, and the visit goes on', async ({}, info) => {
    makeMedia();
    const gateway = await Gateway.start('[visit]\ngrace=60\n');
    const everybody = [];
    try {
        const links = gateway.json('demo', 'load');
        const visitOf = () => gateway.json('visit', 'list').find((visit) => visit.id === links.visit);
        const terminal = await Terminal.come(gateway, links.terminal);
        const officer = await Officer.come(gateway, links.officer);
        const family = await Family.come(gateway, links.family);
        everybody.push(terminal, officer, family);
        await family.enter();
        await officer.openVisit(links.visit);
        await terminal.sitDown();
        await officer.admit();
        const meets = async (one, colour) => expect.poll(async () => (await one.perceive()).sees, { timeout: 40_000 }).toContain(colour);
        await meets(family, 'blue');
        await meets(terminal, 'green');
        const before = visitOf();
        await new Promise((resolve) => setTimeout(resolve, 3000));

        const killedAt = Date.now();
        await gateway.kill9();
        await gateway.launch();
        await meets(family, 'blue');
        await meets(terminal, 'green');
        const after = visitOf();
        expect([after.id, after.session, after.state]).toEqual([before.id, before.session, 'live']);

        await officer.openVisit(links.visit);
        await officer.cutOff(/其他/);
        const sealed = () => gateway.json('archive', 'list').find((one) => one.session === before.session);
        await expect.poll(() => sealed()?.state, { timeout: 60_000 }).toBe('sealed');
        const folder = path.join(gateway.data, 'node/archive', before.session);
        const recording = JSON.parse(fs.readFileSync(path.join(folder, 'recording.json'), 'utf8'));
        const killed = killedAt * 1000 - recording.began_us;
        for (const party of ['family', 'terminal']) {
            const files = recording.files.filter((file) => file.party === party && file.kind === 'audio');
            expect(files.length, 'one file before and one after').toBeGreaterThanOrEqual(2);
            const first = files.reduce((a, b) => (a.start_us < b.start_us ? a : b));
            expect((killed - (first.start_us + first.duration_us)) / 1e6, `seconds of ${party} lost before the kill`).toBeLessThan(1);
        }
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
