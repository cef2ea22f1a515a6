// Holds visits and takes the pictures of docs/pictures/; tools/pictures starts it.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { launchChromium, DESKTOP, PHONE } from '../tests/e2e/browsers.mjs';
import { Gateway } from '../tests/e2e/gateway.mjs';
import { root } from '../tests/e2e/paths.mjs';
import { names as ofArchiveWork, takeArchiveWork } from './pictures-archive.mjs';
import { names as ofCameras, takeCameras } from './pictures-cameras.mjs';
import { names as ofSupervision, takeSupervision } from './pictures-supervision.mjs';
import { names as ofWork, takeWork } from './pictures-work.mjs';
import { playPortrait, portraits } from './portraits.mjs';

const wanted = process.argv.slice(2);
const raw = path.join(root, 'build/pictures');
const folder = path.join(root, 'docs/pictures');
const WIDTH = { phone: 390, desktop: 1200 };
const QUALITIES = [75, 60, 45]; // the next one where a picture is larger than
const MAX_BYTES = 60_000;
const SETTLE_MS = 700;
const PATIENCE_MS = 60_000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The owner's socket: one JSON-RPC object a line. For what the command line has no word for.
function ask(gateway, method, params) {
    return new Promise((resolve, reject) => {
        const socket = net.connect(path.join(gateway.data, 'node/admin.sock'));
        let text = '';
        socket.on('error', reject);
        socket.on('data', (chunk) => {
            text += chunk;
            if (!text.endsWith('\n'))
                return;
            socket.end();
            const { result, error } = JSON.parse(text);
            if (error)
                reject(new Error(`${method}: ${error.message}`));
            else
                resolve(result);
        });
        socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`);
    });
}

function shrink(from, to, width) {
    for (const quality of QUALITIES) {
        execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', from, '-vf', `scale=${width}:-1:flags=lanczos`, '-c:v', 'libwebp',
            '-quality', String(quality), '-compression_level', '6', to]);
        if (fs.statSync(to).size <= MAX_BYTES)
            return;
    }
}

// One page of one person.
class Seat {
    static async open(browser, { portrait, size = DESKTOP, language = 'zh' }) {
        const self = new Seat();
        self.context = await browser.newContext({ ...size, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
            permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'] });
        self.language = language;
        await self.context.addInitScript((chosen) => {
            if (location.protocol !== 'http:')
                return;
            for (const key of ['yuanjian.language', 'yuanjian-console-language'])
                if (!localStorage.getItem(key))
                    localStorage.setItem(key, chosen);
        }, language);
        if (portrait)
            await self.context.addInitScript(playPortrait, { portrait: portraits[portrait], ...(size === PHONE
                ? { width: 540, height: 720 } : { width: 960, height: 540 }) });
        self.page = await self.context.newPage();
        self.page.setDefaultTimeout(PATIENCE_MS);
        self.page.on('pageerror', (error) => console.log(`  error in a page: ${error}`));
        return self;
    }

    button(name) {
        return this.page.getByRole('button', { name }).first();
    }

    press(name) {
        return this.button(name).click();
    }

    see(text) {
        return this.page.getByText(text).first().waitFor();
    }

    async seePictures(n) {
        await this.page.waitForFunction((count) => [...document.querySelectorAll('video')]
            .filter((video) => video.videoWidth > 0 && video.readyState > 2).length >= count, n);
        await wait(2500); // sharp, and with levels and figures
    }

    // NAME-SIZE-LANGUAGE, at each size.
    async snap(name, sizes = ['desktop']) {
        for (const size of sizes) {
            const full = `${name}-${size}-${this.language}`;
            if (wanted.length > 0 && !wanted.some((one) => full.startsWith(one)))
                continue;
            const before = this.page.viewportSize();
            await this.page.setViewportSize((size === 'phone' ? PHONE : DESKTOP).viewport);
            await this.page.mouse.move(1, 400); // nothing is hovered
            await wait(SETTLE_MS);
            await this.page.screenshot({ path: path.join(raw, `${full}.png`) });
            await this.page.setViewportSize(before);
            shrink(path.join(raw, `${full}.png`), path.join(folder, `${full}.webp`), WIDTH[size]);
            console.log(`  ${full}`);
        }
    }

    // The same in the other language, and back; also with a dialog before the page.
    async both(name, sizes) {
        await this.snap(name, sizes);
        await this.turnLanguage();
        await this.snap(name, sizes);
        await this.turnLanguage();
    }

    async turnLanguage() {
        await this.page.getByRole('button', { name: this.language === 'zh' ? /^(English|Switch to English)$/ : /^(中文|切换到中文)$/ })
            .first().dispatchEvent('click');
        this.language = this.language === 'zh' ? 'en' : 'zh';
    }
}

// What each language calls what is pressed.
const SAY = {
    zh: { agree: /打开摄像头和麦克风/, ready: '我准备好了', here: '人已到位', warned: '民警提醒', paused: '会见暂停了', over: '会见结束了' },
    en: { agree: /turn on camera and microphone/, ready: 'I am ready', here: 'The person is here',
        warned: 'A warning from the officer', paused: 'The visit is paused', over: 'The visit is over' },
};

// Pages of people who have not come in yet.
async function takeDoors(browser, gateway) {
    const family = await Seat.open(browser, { size: PHONE });
    await family.page.goto(`${gateway.url}/visit`);
    await family.see('请输入会见码');
    await family.both('family-code', ['phone']);
    await family.context.close();

    const room = await Seat.open(browser, {});
    await room.page.goto(`${gateway.url}/terminal`);
    await room.see('绑定这台终端');
    await room.both('terminal-pairing');
    await room.page.goto('about:blank');
    await room.page.goto(gateway.cli('link', '--terminal', 'demo-room-4').trim());
    await room.see('现在没有会见');
    await room.both('terminal-idle');
    await room.context.close();

    const stranger = await Seat.open(browser, {});
    await stranger.page.goto(`${gateway.url}/console`);
    await stranger.see('请使用本人账号登录');
    await stranger.both('console-sign-in');
    await stranger.context.close();
}

// From the welcome to the waiting room.
async function bringFamily(browser, url, portrait, language) {
    const family = await Seat.open(browser, { portrait, size: PHONE, language });
    const sizes = language === 'zh' ? ['phone', 'desktop'] : ['phone'];
    await family.page.goto(url);
    await family.button(SAY[language].agree).waitFor();
    await family.snap('family-welcome', sizes);
    await family.press(SAY[language].agree);
    await family.button(SAY[language].ready).waitFor();
    await family.seePictures(1);
    await family.snap('family-check', sizes);
    await family.press(SAY[language].ready);
    await family.seePictures(1);
    return family;
}

async function bringTerminal(browser, url, portrait, language) {
    const terminal = await Seat.open(browser, { portrait, language });
    await terminal.page.goto(url);
    await terminal.button(SAY[language].here).waitFor();
    await wait(3000);
    await terminal.snap('terminal-waiting');
    return terminal;
}

// The officer at one of the visits.
class Desk extends Seat {
    static async open(browser, gateway, link) {
        const self = Object.assign(new Desk(), await Seat.open(browser, { portrait: 'officer' }));
        self.gateway = gateway;
        await self.page.goto(link);
        await self.press('以后再说');
        await self.page.locator('.el-message__closeBtn').click(); // that it was put off
        return self;
    }

    async turnTo(where) {
        await this.page.goto(`${this.gateway.url}/console#/${where}`);
    }

    get controls() {
        return this.page.getByRole('region', { name: '会见控制' });
    }

    async openVisit(visit) {
        await this.turnTo(`visits/${encodeURIComponent(visit)}`);
    }

    async warn(n, language) {
        await this.controls.getByRole('button', { name: '提醒' }).first().click();
        if (language === 'en')
            await this.controls.getByRole('radio', { name: 'English' }).click();
        else
            await this.both('console-warn');
        await this.controls.locator('.presets button').nth(n).click();
    }

    async cutOff(cause, confirm) {
        await this.controls.getByRole('button', { name: /^切断/ }).click();
        await this.page.getByRole('radio', { name: cause }).check();
        if (!confirm) {
            await this.both('console-cut');
            await this.page.keyboard.press('Escape');
            return;
        }
        await this.press('下一步');
        await this.press('确认切断');
    }
}

async function takeToday(officer) {
    await officer.turnTo('visits');
    await officer.button('准许开始').waitFor();
    await officer.both('console-today', ['desktop', 'phone']);
    for (const [book, seen] of [['预约会见', '录制等级'], ['Book a visit', 'Recording class']]) {
        await officer.press(book);
        await officer.see(seen);
        await officer.snap('console-booking');
        await officer.page.locator('.el-dialog__headerbtn:visible').click();
        await officer.turnLanguage();
    }
}

async function takeLive(officer, visits) {
    for (const { family, terminal, id } of visits) {
        await officer.openVisit(id);
        if (family.language === 'zh')
            await officer.both('console-admit');
        await officer.press('准许开始');
        await family.seePictures(2);
        await terminal.seePictures(2);
    }
    await wait(12_000); // the spoken notice at the beginning is over, the figures have a history
    for (const { family, terminal } of visits) {
        await family.snap('family-live', family.language === 'zh' ? ['phone', 'desktop'] : ['phone']);
        await terminal.snap('terminal-live');
    }
    await officer.openVisit(visits[0].id);
    await officer.seePictures(2);
    await officer.page.getByPlaceholder(/^记下此刻/).fill('家属询问下次会见的时间');
    await officer.page.keyboard.press('Enter');
    await wait(8000);
    await officer.both('console-visit', ['desktop', 'phone']);
    await officer.turnTo('wall');
    await officer.seePictures(4);
    await officer.both('console-wall');
}

async function takeSteps(officer, visits) {
    for (const { family, terminal, id } of visits) {
        const say = SAY[family.language];
        await officer.openVisit(id);
        await officer.seePictures(2);
        await officer.warn(3, family.language);
        await family.see(say.warned);
        await family.snap('family-warned', ['phone']);
        await terminal.snap('terminal-warned');
        await officer.controls.getByRole('button', { name: /^暂停/ }).click();
        await family.see(say.paused);
        await wait(1500);
        await family.snap('family-paused', ['phone']);
        await officer.controls.getByRole('button', { name: /^恢复/ }).click();
        await family.seePictures(2);
    }
    await officer.openVisit(visits[0].id);
    await officer.cutOff('违反会见规定', false);
    await wait(15_000); // something for the archive
    for (const { family, terminal, id } of visits) {
        await officer.openVisit(id);
        await officer.cutOff('时间已到', true);
        await family.see(SAY[family.language].over);
        await family.snap('family-ended', ['phone']);
        await terminal.snap('terminal-ended');
    }
}

async function takeArchive(officer, gateway, visit) {
    const { session } = gateway.json('visit', 'list').find((one) => one.id === visit);
    for (let i = 0; gateway.json('archive', 'list').find((one) => one.session === session)?.state !== 'sealed'; i++) {
        if (i > 120)
            throw new Error('the recording was not sealed');
        await wait(1000);
    }
    await officer.turnTo('archive');
    await officer.see('许远山');
    await officer.both('console-archive');
    await officer.turnTo(`archive/${session}`);
    await officer.press('播放');
    await officer.seePictures(2);
    await officer.page.keyboard.press('5');
    await officer.seePictures(2);
    await officer.press(/^(暂停|Pause)$/).catch(() => undefined);
    await officer.both('console-player', ['desktop', 'phone']);
    for (const [tab, name] of [[/^(证据|Evidence)/, 'console-evidence'], [/^(保管|Keeping)/, 'console-keeping']]) {
        await officer.page.getByRole('tab', { name: tab }).first().click();
        await officer.both(name);
    }
}

async function takeAdministration(browser, link) {
    const administrator = await Desk.open(browser, null, link);
    for (const [where, seen] of [['people', '陈望舒'], ['terminals', '1 号会见室'], ['units', '清溪监狱'], ['audit', '审计日志']]) {
        await administrator.page.evaluate((hash) => location.assign(hash), `#/${where}`);
        await administrator.see(seen);
        await wait(1500);
        await administrator.both(`console-${where}`);
    }
}

async function takeAll(browser, gateway) {
    const links = gateway.json('demo', 'load');
    const visited = wanted.length === 0 || !wanted.every((one) => [ofSupervision, ofWork, ofCameras, ofArchiveWork].some((of) => of.test(one)));
    if (visited)
        await takeDoors(browser, gateway); // before a visit in its room comes near
    if (wanted.length === 0 || wanted.some((one) => ofSupervision.test(one)))
        await takeSupervision({ Seat, Desk, browser, gateway });
    if (wanted.length === 0 || wanted.some((one) => ofWork.test(one)))
        await takeWork({ Desk, browser, gateway, links, alarms });
    if (wanted.length === 0 || wanted.some((one) => ofCameras.test(one)))
        await takeCameras({ Desk, ask, browser, gateway, links });
    if (wanted.length === 0 || wanted.some((one) => ofArchiveWork.test(one)))
        await takeArchiveWork({ Desk, browser });
    if (!visited)
        return;
    const now = Date.now();
    const second = await ask(gateway, 'visit.create', { subject: 'demo-subject-2', visitors: ['demo-visitor-2-1'],
        terminal: 'demo-room-2', starts_ms: now - (now % 300_000), minutes: 30, recording_class: 'recorded' });

    const officer = await Desk.open(browser, gateway, links.officer);
    const visits = [];
    for (const [id, language, family, own, terminal, room] of [
        [links.visit, 'zh', links.family, 'mother', 'son', 'demo-room-1'],
        [second.visit.id, 'en', second.link, 'wife', 'husband', 'demo-room-2']]) {
        const visit = { id };
        visit.family = await bringFamily(browser, family, own, language);
        visit.terminal = await bringTerminal(browser, gateway.cli('link', '--terminal', room).trim(), terminal, language);
        await visit.family.snap('family-waiting', ['phone']); // the person is being fetched
        await visit.terminal.press(SAY[language].here);
        visits.push(visit);
    }
    await takeToday(officer);
    await takeLive(officer, visits);
    await takeSteps(officer, visits);
    await takeArchive(officer, gateway, links.visit);
    await takeAdministration(browser, links.administrator);
}

fs.mkdirSync(raw, { recursive: true });
fs.mkdirSync(folder, { recursive: true });
const alarms = fs.mkdtempSync(path.join(os.tmpdir(), 'yuanjian-alarms-'));
const gateway = await Gateway.start('[media]\nworkers=1\n[archive]\nreview=visit:50\nobserve=visit:10\napprover-wait=0\n'
    + `[cases]\ndrop-folder=${alarms}\n`);
const browser = await launchChromium();
try {
    await takeAll(browser, gateway);
} catch (error) {
    for (const [n, page] of browser.contexts().flatMap((context) => context.pages()).entries())
        await page.screenshot({ path: path.join(raw, `failed-${n}.png`) }).catch(() => undefined);
    throw error;
} finally {
    await browser.close();
    await gateway.stop();
    fs.rmSync(alarms, { recursive: true });
}
