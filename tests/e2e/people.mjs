// The three who hold a visit, each with what they do on their page. Texts are the pages' Chinese ones.
import { launchChromium, launchFirefox, DESKTOP, PHONE } from './browsers.mjs';
import { perceive, rememberOwnTracks } from './senses.mjs';

export class Somebody {
    // scripts: [function, argument] that run before the page's own
    static async open(kind, browser, { scripts = [], ...options } = {}) {
        const self = new this();
        self.kind = kind;
        self.browser = browser;
        self.context = await browser.newContext({ locale: 'zh-CN', ...options });
        for (const [script, argument] of [...scripts, [rememberOwnTracks]])
            await self.context.addInitScript(script, argument);
        self.page = await self.context.newPage();
        self.errors = [];
        self.page.on('pageerror', (error) => self.errors.push(String(error)));
        return self;
    }

    perceive() {
        return perceive(this.page);
    }

    async close() {
        await this.browser.close();
    }
}

export class Family extends Somebody {
    static async come(gateway, url, { browser = 'chromium', scripts } = {}) {
        const launched = browser === 'firefox' ? await launchFirefox('family') : await launchChromium('family');
        // Firefox knows no mobile emulation of touch and scale by this protocol
        const self = await super.open('family', launched, { ...(browser === 'firefox' ? { viewport: PHONE.viewport } : PHONE), scripts });
        self.url = url;
        await self.page.goto(url);
        return self;
    }

    async enter() {
        await this.page.getByRole('button', { name: /打开摄像头和麦克风/ }).click();
        await this.page.getByRole('button', { name: /准备好了/ }).click();
    }

    // Gone without a word, and back with the same link.
    async drop() {
        await this.page.close();
    }

    async comeBack() {
        this.page = await this.context.newPage();
        await this.page.goto(this.url);
        await this.page.getByRole('button', { name: '回到会见' }).click();
    }
}

export class Terminal extends Somebody {
    static async come(gateway, url, { scripts } = {}) {
        const self = await super.open('terminal', await launchChromium('terminal'), { ...DESKTOP, scripts });
        await self.page.goto(url);
        return self;
    }

    // The escort's button.
    async sitDown() {
        await this.page.getByRole('button', { name: '人已到位' }).click();
    }
}

export class Officer extends Somebody {
    static async come(gateway, url) {
        const self = await super.open('officer', await launchChromium('officer'), DESKTOP);
        self.gateway = gateway;
        await self.page.goto(url);
        await self.page.getByRole('button', { name: '以后再说' }).click(); // a password can wait
        return self;
    }

    async openVisit(visit) {
        await this.page.goto(`${this.gateway.url}/console#/visits/${visit}`);
    }

    async admit() {
        await this.page.getByRole('button', { name: '准许开始' }).click();
    }

    async warn(n = 0) {
        const controls = this.page.getByRole('region', { name: '会见控制' });
        await controls.getByRole('button', { name: '提醒', exact: false }).first().click();
        await controls.locator('.presets button').nth(n).click();
    }

    // Holds the button down until release() is called.
    async talkTo(whom) {
        await this.page.getByRole('radio', { name: whom, exact: true }).click();
        const hold = this.page.locator('.talk .hold');
        await hold.hover();
        await this.page.mouse.down();
    }

    async release() {
        await this.page.mouse.up();
    }

    async pause() {
        await this.page.getByRole('region', { name: '会见控制' }).getByRole('button', { name: /^暂停/ }).click();
    }

    async resume() {
        await this.page.getByRole('region', { name: '会见控制' }).getByRole('button', { name: /^恢复/ }).click();
    }

    async cutOff(cause) {
        await this.page.getByRole('region', { name: '会见控制' }).getByRole('button', { name: /^切断/ }).click();
        await this.page.getByRole('radio', { name: cause }).check();
        await this.page.getByRole('button', { name: '下一步' }).click();
        await this.page.getByRole('button', { name: '确认切断' }).click();
    }

    // Opens the newest recording and returns how the page plays it.
    async openRecording(session) {
        await this.page.goto(`${this.gateway.url}/console#/archive`);
        await this.page.goto(`${this.gateway.url}/console#/archive/${session}`);
    }
}
