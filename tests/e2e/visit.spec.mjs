// One visit, in three real browsers with a camera file and a tone each. What each sees and hears is measured from pixels
// and spectrum, at every step: it must be whom it should, and nobody else.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { DESKTOP, launchFirefox, playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { makeMedia } from './media.mjs';
import { Family, Officer, Somebody, Terminal } from './people.mjs';

const { test, expect } = playwright;

// What a party perceives settles within seconds; after that it must stay.
async function expectPerceives(somebody, { sees, hears }, timeout = 20_000) {
    const until = Date.now() + timeout;
    let last;
    do {
        last = await somebody.perceive();
        if (JSON.stringify([last.sees, last.hears]) === JSON.stringify([sees, hears]))
            return last;
    } while (Date.now() < until);
    expect({ who: somebody.kind, sees: last.sees, hears: last.hears }, JSON.stringify(last)).toEqual({ who: somebody.kind, sees, hears });
}

const NOTHING = { sees: [], hears: [] };

const visitOf = (gateway, id) => gateway.json('visit', 'list').find((visit) => visit.id === id);
const recordingOf = (gateway, session) => gateway.json('archive', 'list').find((one) => one.session === session);
const filesOf = (gateway, session) => gateway.extract(session).files.filter((file) => /\.(webm|mp4)$/.test(file));
const codecOf = (file) => execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0', file],
    { encoding: 'utf8' }).trim();

// Presses play and looks: the pictures of both sides run, and together.
async function playsInStep(page) {
    await page.getByRole('button', { name: '播放', exact: true }).first().click();
    const state = () => page.evaluate(() => [...document.querySelectorAll('video')].filter((v) => v.src)
        .map((v) => ({ time: v.currentTime, width: v.videoWidth, paused: v.paused, error: v.error?.message })));
    await expect.poll(async () => (await state()).filter((v) => v.width > 0 && !v.paused && v.time > 1).length, { timeout: 30_000 })
        .toBeGreaterThanOrEqual(2);
    expect((await state()).filter((v) => v.error)).toEqual([]);
    const before = Math.max(...(await state()).map((v) => v.time));
    await page.keyboard.press('7'); // to 70 %
    await expect.poll(async () => Math.max(...(await state()).filter((v) => v.width > 0).map((v) => v.time)), { timeout: 30_000 })
        .toBeGreaterThan(before + 5);
}

for (const browser of ['chromium', 'firefox']) {
    test.describe(`a visit with the family in ${browser}`, () => {
        let gateway, family, terminal, officer, links;
        const FAMILY_SEEN = browser === 'firefox' ? 'wide' : 'green';

        test.beforeAll(async () => {
            makeMedia();
            gateway = await Gateway.start('[visit]\ngrace=60\n');
            links = gateway.json('demo', 'load');
        });
        test.afterEach(async ({}, info) => {
            if (info.status === info.expectedStatus)
                return;
            for (const one of [family, terminal, officer]) {
                await one?.page.screenshot({ path: info.outputPath(`${one.kind}.png`) }).catch(() => {});
                console.log(one?.kind, one?.errors);
            }
            fs.writeFileSync(info.outputPath('gateway.log'), gateway.log);
        });
        test.afterAll(async () => {
            for (const one of [family, terminal, officer])
                await one?.close();
            await gateway?.stop();
        });

        test('from the waiting room to the archive', async () => {
            await test.step('all three come; before admission nobody sees or hears anybody', async () => {
                terminal = await Terminal.come(gateway, links.terminal);
                officer = await Officer.come(gateway, links.officer);
                family = await Family.come(gateway, links.family, { browser });
                await family.enter();
                await officer.openVisit(links.visit);
                await expect(officer.page.getByRole('button', { name: '准许开始' })).toBeVisible();
                await terminal.sitDown();
                await expect(officer.page.getByRole('button', { name: '准许开始' })).toBeEnabled();
                await expectPerceives(family, NOTHING);
                await expectPerceives(terminal, NOTHING);
                await expectPerceives(officer, NOTHING);
            });
            await test.step('admitted: each sees and hears the other', async () => {
                await officer.admit();
                // Whoever begins to make a sound gets a ring around their picture, on every page.
                await Promise.all([
                    expect(officer.page.locator('.pane.speaking')).toHaveCount(2, { timeout: 10_000 }),
                    expect(family.page.locator('.stage > .picture.speaking')).toBeVisible({ timeout: 10_000 }),
                    expect(terminal.page.locator('.picture.speaking').first()).toBeVisible({ timeout: 10_000 }),
                ]);
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
            });
            await test.step('the officer observes both, and nothing changes for them', async () => {
                await expectPerceives(officer, { sees: ['blue', FAMILY_SEEN].sort(), hears: ['family', 'terminal'] });
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
            });
            await test.step('a spoken warning is heard by both, and read', async () => {
                await officer.warn();
                for (const one of [family, terminal]) {
                    await expect.poll(async () => (await one.perceive()).voice).toBe(true);
                    await expect(one.page.getByText('民警提醒').first()).toBeVisible();
                }
            });
            await test.step('talking in to the family alone is not heard by the other side', async () => {
                await officer.talkTo('家属端');
                await expectPerceives(family, { sees: ['blue'], hears: ['officer', 'terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
                await officer.release();
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
            });
            await test.step('a pause stops both; resumed, both are back', async () => {
                await officer.pause();
                await expectPerceives(family, NOTHING);
                await expectPerceives(terminal, NOTHING);
                await officer.resume();
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
            });
            await test.step('the family drops and returns into the same visit', async () => {
                const before = visitOf(gateway, links.visit);
                await family.drop();
                await expect.poll(() => visitOf(gateway, links.visit).state).toBe('suspended');
                await family.comeBack();
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
                const after = visitOf(gateway, links.visit);
                expect([after.id, after.session, after.state]).toEqual([before.id, before.session, 'live']);
            });
            await test.step('cut off: both pages end with the reason', async () => {
                await officer.cutOff(/违反/);
                for (const one of [family, terminal]) {
                    await expect(one.page.getByText('会见结束了')).toBeVisible();
                    await expect(one.page.getByText(/因为违反会见规定/)).toBeVisible();
                }
                await expectPerceives(family, NOTHING);
            });
            await test.step('a moment later the recording plays in the archive', async () => {
                const { session } = visitOf(gateway, links.visit);
                await expect.poll(() => recordingOf(gateway, session)?.state, { timeout: 60_000 }).toBe('sealed');
                await officer.openRecording(session);
                await playsInStep(officer.page);
                for (const file of filesOf(gateway, session))
                    expect(['opus', 'vp8']).toContain(codecOf(file));
                if (browser === 'firefox')
                    return;
                await family.close(); // its browser is done, and three are enough for two cores
                const firefox = await Somebody.open('archive', await launchFirefox('officer'), DESKTOP);
                try {
                    await firefox.page.goto(gateway.cli('link', '--person', 'officer').match(/http\S+/)[0]);
                    await firefox.page.getByRole('button', { name: '以后再说' }).click();
                    await firefox.page.goto(`${gateway.url}/console#/archive/${session}`);
                    await playsInStep(firefox.page);
                } finally {
                    await firefox.close();
                }
            });
        });
    });
}
