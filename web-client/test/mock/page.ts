// What both pages' tests ask of a screen.
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const;

/** Where pictures of the screens go; none are taken without it. */
const pictures = process.env['PICTURES'];

export async function look(page: Page, name: string): Promise<void> {
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
}

/** Text of the other language that a page may show: names, and the button that changes the language. */
const strange = {
    'zh-CN': /\b(?!English\b)[A-Za-z]{3,}\b/,
    en: /[\u4e00-\u9fff]/,
} as const;

/** axe finds nothing serious, and no word leaks from one language into the other. */
export async function judge(
    page: Page,
    names: readonly string[] = ['陈志强', '王秀兰', '陈小雨', '2 号会见室', '青山监狱', '中文'],
): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const language = await page.evaluate(() => document.documentElement.lang);
    let text = await page.evaluate(() => document.body.innerText);
    for (const name of names) text = text.split(name).join('');
    expect(strange[language as keyof typeof strange].exec(text)?.[0]).toBeUndefined();
}
