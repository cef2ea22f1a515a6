// What the tests of the console share: a page on the mock gateway, pictures of it, and axe's opinion.
import AxeBuilder from '@axe-core/playwright';
import { expect as patient, test } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { farEnd } from '../../console/tests/far-end';
import { MockConsole } from '../../console/tests/mock';

/** Where pictures of the screens go; none are taken without it. */
const pictures = process.env['PICTURES'];
export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const;
export type Size = keyof typeof sizes;
export type Language = 'zh' | 'en';
export const faces = (['desktop', 'phone'] as const).flatMap((size) =>
    (['zh', 'en'] as const).map((language) => ({ size, language })),
);

export const expect = patient.configure({ timeout: 30_000 });

export let gateway: MockConsole;
/** Each file of tests says this once. */
export function withGateway(): void {
    /* Many pages in one test, on machines that do other things too. */
    test.setTimeout(240_000);
    test.beforeEach(async () => {
        gateway = await MockConsole.start();
    });
    test.afterEach(() => gateway.stop());
}

export async function look(page: Page, name: string): Promise<void> {
    if (!pictures) return;
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${pictures}/console-${name}.png` });
}

export async function judge(page: Page): Promise<void> {
    /* A watermark is faint on purpose and says nothing to the person who sees it. */
    const { violations } = await new AxeBuilder({ page }).exclude('.watermark').analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html, any }) => [html, any[0]?.message])])).toEqual([]);
}

export async function open(
    browser: Browser,
    path: string,
    size: Size = 'desktop',
    language: Language = 'zh',
): Promise<Page> {
    const context = await browser.newContext({
        viewport: sizes[size],
        permissions: ['microphone', 'clipboard-read', 'clipboard-write'],
    });
    await context.addInitScript((chosen) => {
        if (!localStorage.getItem('yuanjian-console-language'))
            localStorage.setItem('yuanjian-console-language', chosen);
    }, language);
    const page = await context.newPage();
    page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) throw new Error(message.text());
    });
    page.on('pageerror', (error) => {
        throw error;
    });
    await page.goto(`${gateway.url}${path}`);
    return page;
}

/** A second page of the same browser that sends the pictures. */
export async function withMedia(page: Page): Promise<void> {
    const far = await page.context().newPage();
    await far.goto(`${gateway.url}/media/none`);
    gateway.media = await farEnd(far);
    await page.bringToFront();
}
