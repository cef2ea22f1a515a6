// One visit, in three real browsers with a camera file and a tone each. What each sees and hears is measured from pixels
// and spectrum, at every step: it must be whom it should, and nobody else.
import fs from 'node:fs';
import { execFileSync } from 'node:child_process';
import { playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';
import { makeMedia } from './media.mjs';
import { Family, Officer, Terminal } from './people.mjs';

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

for (const browser of ['chromium', 'firefox']) {
    test.describe(`a visit with the family in ${browser}`, () => {
        let gateway, family, terminal, officer, links;
        const FAMILY_SEEN = browser === 'firefox' ? 'other' : 'green';

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
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
            });
            await test.step('the officer observes both, and nothing changes for them', async () => {
                await expectPerceives(officer, { sees: ['blue', FAMILY_SEEN].sort(), hears: ['family', 'terminal'] });
                await expectPerceives(family, { sees: ['blue'], hears: ['terminal'] });
                await expectPerceives(terminal, { sees: [FAMILY_SEEN], hears: ['family'] });
            });
        });
    });
}
