// From what was seen to a closed ticket, through three tiers: the city's inspector, who finds it; the office on a phone, which puts it
// right; the province, which sees it. What is not right yet is opened once more. The month's bulletin, which the province approves, has it.
import fs from 'node:fs';
import path from 'node:path';
import { DESKTOP, launchChromium, PHONE, playwright } from './browsers.mjs';
import { Gateway } from './gateway.mjs';

const { test, expect } = playwright;
const SHOTS = process.env.SHOTS;

// A picture as a phone's camera gives one.
const draw = (page, color) => page.evaluate(async (fill) => {
    const canvas = document.createElement('canvas');
    canvas.width = 640;
    canvas.height = 480;
    const context = canvas.getContext('2d');
    context.fillStyle = fill;
    context.fillRect(0, 0, 640, 480);
    context.fillStyle = '#fff';
    context.font = '64px sans-serif';
    context.fillText(fill, 40, 240);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg'));
    return [...new Uint8Array(await blob.arrayBuffer())];
}, color);

const picture = async (page, color) => ({ name: `${color}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(await draw(page, color)) });

async function come(gateway, browser, person, options) {
    const context = await browser.newContext({ locale: 'zh-CN', ...options });
    const page = await context.newPage();
    await page.goto(gateway.cli('link', '--person', person).trim().split(/\s+/).find((word) => word.includes('#link=')));
    await page.getByRole('button', { name: '以后再说' }).click();
    await expect(page.getByRole('heading', { name: '督查单' }).or(page.locator('main')).first()).toBeVisible();
    await page.goto(`${gateway.url}/console#/tickets`);
    await expect(page.getByRole('heading', { name: '督查单' })).toBeVisible();
    return page;
}

async function shoot(page, name) {
    if (!SHOTS) return;
    fs.mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: path.join(SHOTS, `${name}.png`) });
}

async function choose(page, label, text) {
    await page.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: text }).first().click();
}

async function reply(office, text, color) {
    await office.locator('input[data-way="camera"]').setInputFiles(await picture(office, color));
    await office.getByRole('textbox', { name: '整改情况' }).fill(text);
    await shoot(office, `office-reply-${color}`);
    await office.getByRole('button', { name: '发送回复' }).click();
    await expect(office.locator('[data-side="after"] img')).toBeVisible();
}

async function approveBulletin(gateway, city, province) {
    await city.goto(`${gateway.url}/console#/reports`);
    await city.getByRole('button', { name: '生成草稿' }).click();
    await expect(city.getByRole('textbox', { name: '发现的问题' })).toHaveValue(/三月的走访记录缺五份.*-0001,已销号/);
    await shoot(city, 'bulletin-draft');
    await city.getByRole('button', { name: /整改销号/ }).click();
    await expect(city.getByRole('dialog').getByRole('link', { name: '打开' })).toBeVisible();
    await city.getByRole('dialog').getByRole('button', { name: '关闭' }).last().click();
    await city.getByRole('button', { name: '送审' }).click();
    await expect(city.getByText('须由他人签发')).toBeVisible();

    await province.goto(`${gateway.url}/console#/reports`);
    await province.getByRole('link', { name: /月通报/ }).click();
    await province.getByRole('button', { name: '签发' }).click();
    await province.getByRole('dialog').getByRole('button', { name: '签发' }).click();
    await expect(province.getByText(/\d{4} 年第 1 期/)).toBeVisible();
    await shoot(province, 'bulletin-approved');
    const href = await province.getByRole('link', { name: 'PDF' }).getAttribute('href');
    const pdf = await province.context().request.get(`${gateway.url}${href}`);
    expect(pdf.headers()['content-type']).toBe('application/pdf');
    const bytes = await pdf.body();
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    if (SHOTS) fs.writeFileSync(path.join(SHOTS, 'bulletin.pdf'), bytes);
}

test('from a picture to a closed ticket, through three tiers; what is not right is opened again', async () => {
    const gateway = await Gateway.start('[media]\naddresses=127.0.0.1\nbind=127.0.0.1\n');
    const browser = await launchChromium();
    try {
        gateway.cli('demo', 'load');
        const city = await come(gateway, browser, 'inspector-city', DESKTOP);
        await shoot(city, 'inspector-empty');
        await city.getByRole('button', { name: '开督查单' }).click();
        const dialog = city.getByRole('dialog');
        await choose(city, '整改单位', /青桥司法所/);
        await choose(city, '问题类型', '档案台账不规范');
        await dialog.getByRole('textbox', { name: '问题和要求' }).fill('三月的走访记录缺五份，请补齐');
        await dialog.locator('input[data-way="file"]').setInputFiles(await picture(city, 'darkred'));
        await expect(dialog.locator('li img')).toBeVisible();
        await shoot(city, 'inspector-new');
        await dialog.getByRole('button', { name: '下发' }).click();
        await expect(city.getByRole('heading', { name: /督查单 \d{4}-0001/ })).toBeVisible();
        await expect(city.locator('[data-side="before"] img')).toBeVisible();

        const office = await come(gateway, browser, 'office-1', PHONE);
        await shoot(office, 'office-list');
        await office.getByRole('link', { name: /三月的走访记录缺五份/ }).click();
        await expect(city.locator('li.read')).toContainText('竹报安');
        await expect(office.locator('[data-side="before"] img')).toBeVisible();
        await shoot(office, 'office-ticket');
        await reply(office, '已补齐', 'orange');

        await expect(city.locator('[data-side="after"] img')).toBeVisible();
        await shoot(city, 'inspector-recheck');
        await city.getByRole('button', { name: '退回重改' }).click();
        await city.getByLabel('退回原因').fill('还缺两份');
        await city.getByRole('dialog').getByRole('button', { name: '退回重改' }).click();
        await expect(city.locator('li.reopen')).toContainText('还缺两份');
        await expect(office.getByRole('button', { name: '发送回复' })).toBeVisible();
        await reply(office, '两份也补上了', 'green');

        await city.getByRole('button', { name: '销号' }).click();
        await expect(city.locator('li.close')).toContainText('山为邻');
        await shoot(city, 'inspector-closed');

        const province = await come(gateway, browser, 'inspector-province', DESKTOP);
        await province.getByRole('button', { name: '已办结' }).click();
        await province.getByRole('link', { name: /三月的走访记录缺五份/ }).click();
        await expect(province.locator('li.close')).toContainText('山为邻');
        await expect(province.locator('[data-side="after"] img')).toBeVisible();
        const sheet = await province.context().newPage();
        await sheet.goto(await province.getByRole('link', { name: '打印督查单' }).getAttribute('href').then((href) => `${gateway.url}${href}`));
        await expect(sheet.locator('img')).toHaveCount(3);
        await shoot(sheet, 'sheet');
        await approveBulletin(gateway, city, province);
    } finally {
        await browser.close();
        await gateway.stop();
    }
});
