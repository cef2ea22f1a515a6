// The three who hold a visit, each with what they do on their page. Texts are the pages' Chinese ones.
import { launchChromium, launchFirefox, DESKTOP, PHONE } from './browsers.mjs';
import { perceive, rememberOwnTracks } from './senses.mjs';

export class Somebody {
    static async open(kind, browser, options = {}) {
        const self = new this();
        self.kind = kind;
        self.browser = browser;
        self.context = await browser.newContext({ locale: 'zh-CN', ...options });
        await self.context.addInitScript(rememberOwnTracks);
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
    static async come(gateway, url, { browser = 'chromium' } = {}) {
        const launched = browser === 'firefox' ? await launchFirefox('family') : await launchChromium('family');
        // Firefox knows no mobile emulation of touch and scale by this protocol
        const self = await super.open('family', launched, browser === 'firefox' ? { viewport: PHONE.viewport } : PHONE);
        self.url = url;
        await self.page.goto(url);
        return self;
    }

    async enter() {
        await this.page.getByRole('button', { name: /打开摄像头和麦克风/ }).click();
        await this.page.getByRole('button', { name: /准备好了/ }).click();
    }
}

export class Terminal extends Somebody {
    static async come(gateway, url) {
        const self = await super.open('terminal', await launchChromium('terminal'), DESKTOP);
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
        const button = this.page.getByRole('button', { name: '准许开始' });
        await button.click();
    }
}
