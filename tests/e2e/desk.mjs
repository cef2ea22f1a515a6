// Somebody at a page of the console, whatever the role: what is pressed, filled in and seen there. Texts are the pages' Chinese ones.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DESKTOP, playwright } from './browsers.mjs';

const require = createRequire(new URL('../../web-client/package.json', import.meta.url));
const { AxeBuilder } = require('@axe-core/playwright');
const { expect } = playwright;
const SHOTS = process.env.SHOTS;

export class Desk {
    static async come(gateway, browser, link) {
        const self = new Desk();
        self.gateway = gateway;
        self.context = await browser.newContext({ locale: 'zh-CN', acceptDownloads: true, ...DESKTOP });
        self.page = await self.context.newPage();
        self.errors = [];
        self.page.on('pageerror', (error) => self.errors.push(String(error)));
        await self.page.goto(link);
        await self.page.getByRole('button', { name: '以后再说' }).click(); // a password can wait
        return self;
    }

    turnTo(where) {
        return this.page.goto(`${this.gateway.url}/console#/${where}`);
    }

    button(name) {
        return this.page.getByRole('button', { name, exact: true }).filter({ visible: true }).first();
    }

    press(name) {
        return this.button(name).click();
    }

    tab(name) {
        return this.page.getByRole('tab', { name }).click();
    }

    see(text, timeout = 20_000) {
        return expect(this.page.getByText(text).filter({ visible: true }).first()).toBeVisible({ timeout });
    }

    get dialog() {
        return this.page.getByRole('dialog').filter({ visible: true });
    }

    // In the dialog that is open: why, then its button.
    async confirm(why, button) {
        await this.dialog.getByRole('textbox').first().fill(why);
        await this.dialog.getByRole('button', { name: button, exact: true }).click();
        await expect(this.dialog).toHaveCount(0);
    }

    // Until both sides have played past this second.
    async play(seconds) {
        await this.press('播放');
        const at = () => this.page.locator('.stage video').evaluateAll((all) => all.map((video) => video.currentTime));
        await expect.poll(async () => Math.max(...(await at())), { timeout: 30_000 }).toBeGreaterThan(seconds);
        await this.press('暂停');
    }

    // axe finds nothing serious. With SHOTS in the environment, a picture in that folder.
    async judge(name) {
        await this.page.evaluate(() => Promise.allSettled(document.getAnimations()
            .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished))); // a dialog has come in
        const { violations } = await new AxeBuilder({ page: this.page }).exclude('.watermark').exclude('.el-message').analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => [name, id, nodes[0]?.html])).toEqual([]);
        if (!SHOTS)
            return;
        fs.mkdirSync(SHOTS, { recursive: true });
        await this.page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
    }
}
