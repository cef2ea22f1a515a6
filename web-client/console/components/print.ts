/** The notice that a family takes home: printed from a frame of its own, so that the page need not be hidden. */
import { encode } from 'uqr';
import type { Visit } from '@rtc/protocol';

type Translate = (key: string, values?: Record<string, unknown>) => string;
interface Names {
    unit: (unit: Visit['terminal']['unit']) => string;
    date: (ms: number) => string;
    slot: (starts: number, minutes: number) => string;
    visitors: (list: Visit['visitors']) => string;
}

const svg = 'http://www.w3.org/2000/svg';

function drawQr(document: Document, text: string): SVGElement {
    const { data, size } = encode(text, { border: 2 });
    const picture = document.createElementNS(svg, 'svg');
    picture.setAttribute('viewBox', `0 0 ${size} ${size}`);
    picture.style.width = '5cm';
    picture.style.height = '5cm';
    const path = document.createElementNS(svg, 'path');
    path.setAttribute('d', data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join(''));
    picture.append(path);
    return picture;
}

export function printNotice(booked: { visit: Visit; link: string; code: string }, t: Translate, names: Names): void {
    const frame = document.createElement('iframe');
    frame.style.position = 'fixed';
    frame.style.width = '0';
    frame.style.height = '0';
    frame.style.border = '0';
    frame.title = t('booking.printTitle');
    document.body.append(frame);
    const page = frame.contentDocument;
    if (!page) return frame.remove();
    page.body.style.font = '14pt/1.6 system-ui, sans-serif';
    const line = (tag: string, text: string) => {
        const element = page.createElement(tag);
        element.textContent = text;
        page.body.append(element);
    };
    const { visit } = booked;
    line('h1', t('booking.printTitle'));
    line('p', `${names.date(visit.starts_ms)} ${names.slot(visit.starts_ms, visit.minutes)}`);
    line('p', `${visit.subject.name} · ${names.visitors(visit.visitors)} · ${names.unit(visit.terminal.unit)}`);
    page.body.append(drawQr(page, booked.link));
    line('p', `${t('booking.code')}: ${booked.code}`);
    line('p', booked.link);
    line('p', t('booking.printHow'));
    frame.contentWindow?.print();
    frame.remove();
}
