// The page: a file, a progress bar, the result. Three states; everything is drawn anew when one follows the other.
import { verify } from './check.ts';
import { checks } from './report.ts';
import type { Finding, Report, Result } from './report.ts';
import { Refused, slicesOf } from './slices.ts';
import { say, sayReason, titles } from './words.ts';
import type { Language, words } from './words.ts';

type Word = keyof typeof words;

let language: Language = new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'zh';
let running: AbortController | null = null;
let redraw: () => void = () => undefined;
let trusted = '';

const t = (key: Word, values?: Record<string, string | number>): string => say(key, language, values);
const app = document.getElementById('app') as HTMLElement;

function make<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    facts: Partial<HTMLElementTagNameMap[Tag]> = {},
    ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
    const element = Object.assign(document.createElement(tag), facts);
    element.append(...children);
    return element;
}

function show(...children: (Node | string)[]): void {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.title = t('title');
    const change = make('button', { type: 'button', className: 'language', textContent: t('language') });
    change.lang = language === 'zh' ? 'en' : 'zh-CN';
    change.onclick = () => {
        language = language === 'zh' ? 'en' : 'zh';
        redraw();
    };
    app.replaceChildren(make('div', { className: 'top' }, make('h1', {}, t('title')), change), ...children);
}

function fingerprints(): string[] | null {
    const found = trusted
        .toLowerCase()
        .replace(/[:\s]/g, ' ')
        .replace(/([0-9a-f]{2}) (?=[0-9a-f]{2}(?: |$))/g, '$1')
        .split(/[ ,;]+/)
        .filter(Boolean);
    return found.every((text) => /^[0-9a-f]{64}$/.test(text)) ? found : null;
}

function trustField(problem: HTMLElement): HTMLElement {
    const input = make('input', {
        id: 'trusted',
        type: 'text',
        value: trusted,
        spellcheck: false,
        autocomplete: 'off',
    });
    input.setAttribute('aria-describedby', 'trusted-help');
    input.oninput = () => {
        trusted = input.value;
        problem.textContent = fingerprints() ? '' : t('badTrusted');
    };
    const label = make('label', { htmlFor: 'trusted' }, t('trusted'));
    const help = make('p', { id: 'trusted-help', className: 'soft' }, t('trustedHelp'));
    return make('div', { className: 'field' }, label, input, help, problem);
}

function start(message = ''): void {
    redraw = () => {
        start(message);
    };
    const problem = make('p', { className: 'problem', role: 'alert' });
    const input = make('input', { type: 'file', accept: '.evp,application/zip', id: 'package' });
    const take = (file: File | null | undefined): void => {
        if (!file) return;
        if (fingerprints()) void run(file);
        else problem.textContent = t('badTrusted');
    };
    input.onchange = () => {
        take(input.files?.[0]);
        input.value = '';
    };
    const label = make('label', { className: 'choose', htmlFor: 'package' }, t('choose'));
    const drop = make('div', { className: 'drop' }, input, label, make('p', {}, t('drop')));
    drop.ondragover = (event) => {
        event.preventDefault();
        drop.classList.add('over');
    };
    drop.ondragleave = () => {
        drop.classList.remove('over');
    };
    drop.ondrop = (event) => {
        event.preventDefault();
        drop.classList.remove('over');
        take(event.dataTransfer?.files[0]);
    };
    const told = message ? [make('p', { className: 'verdict open', role: 'status' }, message)] : [];
    show(make('p', {}, t('lead')), ...told, drop, trustField(problem), make('p', { className: 'soft' }, t('limits')));
}

function working(name: string): (share: number) => void {
    let share = 0;
    let bar = make('progress', { max: 1 });
    redraw = () => {
        bar = make('progress', { max: 1, value: share });
        bar.setAttribute('aria-label', t('working', { file: name }));
        const cancel = make('button', { type: 'button', textContent: t('cancel') });
        cancel.onclick = () => running?.abort();
        show(
            make('p', { role: 'status' }, t('working', { file: name })),
            bar,
            make('div', { className: 'actions' }, cancel),
        );
    };
    redraw();
    return (value) => {
        share = value;
        bar.value = value;
    };
}

async function run(file: File): Promise<void> {
    const abort = new AbortController();
    running = abort;
    const progress = working(file.name);
    try {
        const report = await verify(slicesOf(file), { trusted: fingerprints() ?? [], signal: abort.signal, progress });
        finish(report, file.name);
    } catch (problem) {
        const cancelled = problem instanceof Refused && problem.reason === 'cancelled';
        start(cancelled ? t('cancelled') : t('unknown', { why: t('unreadable') }));
    } finally {
        running = null;
    }
}

const classes: Record<Result, string> = { PASS: 'pass', FAIL: 'fail', 'NOT COVERED': 'open' };

function span(us: number): string {
    const seconds = Math.floor(us / 1e6);
    const two = (n: number): string => String(n).padStart(2, '0');
    return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function describe(finding: Finding): string {
    const parts = [sayReason(finding.reason, language)];
    if (finding.file) parts.push(finding.file);
    if (finding.track) parts.push(`${t('track')} ${finding.track}`);
    if (finding.index !== undefined) parts.push(t('entry', { n: finding.index }));
    if (finding.chunk !== undefined) {
        const wall = new Date((finding.wallUs ?? 0) / 1000);
        const when = Number.isNaN(wall.getTime()) ? '–' : wall.toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
        parts.push(
            t('chunk', { n: finding.chunk, from: span(finding.fromUs ?? 0), to: span(finding.toUs ?? 0), wall: when }),
        );
    }
    if (finding.detail) parts.push(finding.detail);
    return parts.join(language === 'zh' ? '；' : '; ');
}

function row(report: Report, check: (typeof checks)[number]): HTMLElement {
    const result = report.result(check);
    const findings = report.findings(check).map((finding) => make('li', {}, describe(finding)));
    if (findings.length === 0 && result === 'NOT COVERED') findings.push(make('li', {}, t('notReached')));
    if (report.more(check) > 0) findings.push(make('li', {}, t('more', { n: report.more(check) })));
    const badge = make('span', { className: `badge ${classes[result]}` }, t(result));
    const title = make('span', {}, titles[check][language === 'zh' ? 0 : 1]);
    const list = findings.length > 0 ? [make('ul', { className: 'findings' }, ...findings)] : [];
    return make('li', {}, make('div', { className: 'row' }, badge, title), ...list);
}

function verdict(report: Report): HTMLElement {
    const count = (wanted: Result): number => checks.filter((check) => report.result(check) === wanted).length;
    const overall = report.overall();
    const text = overall === 'FAIL' ? t('bad', { n: count('FAIL') }) : t('good');
    const box = make('div', { className: `verdict ${classes[overall]}`, role: 'status' }, make('h2', {}, text));
    if (count('NOT COVERED') > 0) box.append(make('p', {}, t('open', { n: count('NOT COVERED') })));
    return box;
}

function finish(report: Report, name: string): void {
    if (report.findings('package').some(({ reason }) => reason === 'not-a-package')) {
        start(t('unknown', { why: t('notAPackage') }));
        return;
    }
    redraw = () => {
        const again = make('button', { type: 'button', textContent: t('again') });
        again.onclick = () => {
            start();
        };
        const print = make('button', { type: 'button', textContent: t('print') });
        print.onclick = () => {
            window.print();
        };
        const facts = make('p', {}, `${t('file')}: ${name}`, make('br'), `${t('session')}: ${report.session || '–'}`);
        const failed = checks.filter((check) => report.result(check) === 'FAIL'); // what matters comes first
        const others = checks.filter((check) => !failed.includes(check));
        const rows = [...failed, ...others].map((check) => row(report, check));
        const list = make('ul', { className: 'checks' }, ...rows);
        const actions = make('div', { className: 'actions' }, again, print);
        show(verdict(report), facts, list, actions, make('p', { className: 'soft' }, t('limits')));
    };
    redraw();
}

start();
