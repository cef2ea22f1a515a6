/** What happened, as a sentence: chooses the words, the dictionary has them. Pure. */
import type { AuditNames, AuditRow, Entry, Warning } from '@rtc/protocol';
import { words } from '../i18n/all';
import { has } from '../i18n/words';
import { duration } from './time';
import { plainType } from './timeline';

export type Translate = (key: string, values?: Record<string, unknown>) => string;
export interface Names {
    person: (id: string) => string | undefined;
    terminal: (id: string) => string | undefined;
    visit: (id: string) => string | undefined;
    unit: (id: string) => string | undefined;
    recording: (id: string) => string | undefined;
}
export const noNames: Names = {
    person: () => undefined,
    terminal: () => undefined,
    visit: () => undefined,
    unit: () => undefined,
    recording: () => undefined,
};

/** Names as the log gives them with its entries. */
export function namesOf(named: AuditNames, dateTime: (ms: number) => string): Names {
    const of = (kind: string) => (id: string) => named[`${kind}:${id}`]?.name;
    const recording = (id: string) => {
        const one = named[`session:${id}`];
        return one && [one.name, one.at_ms ? dateTime(one.at_ms) : ''].filter(Boolean).join(' ');
    };
    return { person: of('person'), terminal: of('terminal'), unit: of('unit'), visit: () => undefined, recording };
}

/** Different spellings of the same happening. */
const auditAliases: readonly (readonly [RegExp, string])[] = [
    /* A session of another kind: the same things happen in it. */
    [/^(meeting|inspection|talk|lesson|roll-call|spot-check|announcement)-/, 'visit-'],
    [
        /^(?:emergency|case-call)-(answer|decline|absent|leave|again|observe|unobserve|turn|talk|end|restart|say)$/,
        'room-$1',
    ],
    [/^(visits?|session)-(begin|live|start)$/, 'visit-admit'],
    [/^sign-in-(fail|failed|denied)$/, 'sign-in-refused'],
    [/^(sign-in-link|link-sign-in|link-used?)$/, 'sign-in-link'],
    [/^people-/, 'person-'],
    [/^terminals-/, 'terminal-'],
    [/^visits-/, 'visit-'],
    [/^visit-warned$/, 'visit-warn'],
    [/^visit-(cut|ended|completed)$/, 'visit-end'],
    [/^visit-(paused)$/, 'visit-pause'],
    [/^visit-(resumed)$/, 'visit-resume'],
    [/^visit-(admitted)$/, 'visit-admit'],
    [/^visit-(extended)$/, 'visit-extend'],
    [/^visit-(created|booked|book)$/, 'visit-create'],
    [/^visit-(dropped|suspend|suspended|lost)$/, 'visit-drop'],
    [/^visit-(returned|rejoined|back)$/, 'visit-return'],
    [/^visit-(entered)$/, 'visit-enter'],
    [/^visit-(left)$/, 'visit-leave'],
    [/^visit-(observed)$/, 'visit-observe'],
    [/^visit-(unobserved)$/, 'visit-unobserve'],
    [/^visit-(noted)$/, 'visit-note'],
    [/^visit-(opened)$/, 'visit-open'],
    [/^archive-(get|opened)$/, 'archive-open'],
    [/^archive-viewed$/, 'archive-view'],
    [/^archive-(play|download|read)$/, 'archive-file'],
    [/^(person|terminal)-(created?|added)$/, '$1-add'],
    [/^(person)-(password|set-password|password-set)$/, 'person-set-password'],
    [/^terminal-paired$/, 'terminal-pair'],
    [/^service-(started)$/, 'service-start'],
    [/^service-(stopped)$/, 'service-stop'],
];

export function auditKey(action: string): string | undefined {
    let key = action.replace(/[._]/g, '-');
    if (has(words.sentences.audit, key)) return key;
    for (const [pattern, name] of auditAliases) key = key.replace(pattern, name);
    return has(words.sentences.audit, key) ? key : undefined;
}

/** "person:7", "visit:7/family", "terminal:3", "system", "owner". */
export function nameOf(ref: string | undefined, t: Translate, names: Names): string {
    if (!ref) return t('sentences.who.nobody');
    const [kind = '', rest = ''] = ref.split(/:(.*)/s);
    if (kind === 'system' || kind === 'owner') return t(`sentences.who.${kind}`);
    const [id = '', side] = rest.split('/');
    if (kind === 'visit' && side === 'family') return t('sentences.who.familyOf', { id: names.visit(id) ?? id });
    if (kind === 'visit' && side === 'terminal') return t('sentences.who.terminalSide');
    if (kind === 'person') return names.person(id) ?? t('sentences.who.person', { id });
    if (kind === 'camera' || kind === 'visitor') return t(`sentences.who.${kind}`, { id });
    if (kind === 'terminal') return names.terminal(id) ?? t('sentences.who.terminal', { id });
    if (kind === 'unit') return names.unit(id) ?? t('sentences.who.unit', { id });
    if (kind === 'visit') return t('sentences.who.visit', { id: names.visit(id) ?? id });
    if (kind === 'lesson') return t('sentences.who.lesson', { id });
    if (kind === 'roll-call') return t('sentences.who.rollCall', { id });
    if (kind === 'draw' || kind === 'purge') return t(`sentences.who.${kind}`, { id });
    if (kind === 'spot-check' || kind === 'photo' || kind === 'supervisee') return t(`sentences.who.${kind}`, { id });
    if (kind === 'shift' || kind === 'report') return t(`sentences.who.${kind}`, { id });
    if (kind === 'platform') return t('sentences.who.platform', { id });
    if (kind === 'ticket' || kind === 'case' || kind === 'room' || kind === 'plan') return id;
    if (kind === 'session') return t('sentences.who.session', { id: names.recording(id) ?? id });
    return ref;
}

/** detail may come as JSON text or as an object. */
export function detailOf(detail: unknown): Record<string, unknown> {
    if (typeof detail === 'object' && detail !== null) return detail as Record<string, unknown>;
    if (typeof detail !== 'string' || detail === '') return {};
    try {
        const parsed: unknown = JSON.parse(detail);
        return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
    } catch {
        return { text: detail };
    }
}

/** What was said, why, how long: the part of the detail that people want to read. */
export function detailText(
    detail: unknown,
    t: Translate,
    language: 'zh' | 'en',
    warnings: readonly Warning[] = [],
): string {
    const it = detailOf(detail);
    const preset = warnings.find((one) => one.preset === it['preset'] || one.preset === it['notice']);
    const parts: string[] = [];
    const text = it[`text_${language}`] ?? preset?.[`text_${language}`] ?? it['text'];
    if (typeof text === 'string' && text) parts.push(`“${text}”`);
    const to = it['to'];
    if (has(words.sentences.detail.to, to)) parts.push(t(`sentences.detail.to.${to}`));
    const minutes = it['minutes'];
    if (typeof minutes === 'number') parts.push(t('sentences.detail.minutes', { n: minutes }));
    const cause = it['cause'];
    if (typeof cause === 'string') parts.push(has(words.visits.cause, cause) ? t(`visits.cause.${cause}`) : cause);
    const { from_ms: from, to_ms: until, listed, drawn, recordings, recipient } = it;
    if (typeof from === 'number' && typeof until === 'number')
        parts.push(t('sentences.detail.range', { from: duration(from), to: duration(until) }));
    if (typeof listed === 'number' && typeof drawn === 'number')
        parts.push(t('sentences.detail.drawn', { listed, drawn }));
    const file = it['file'];
    if (typeof file === 'string' && file) parts.push(file);
    if (typeof recordings === 'number') parts.push(t('sentences.detail.recordings', { n: recordings }));
    if (typeof recipient === 'string' && recipient) parts.push(t('sentences.detail.recipient', { name: recipient }));
    const note = it['note'];
    if (typeof note === 'string' && note) parts.push(note);
    const reason = it['reason'];
    if (typeof reason === 'string' && reason) parts.push(reason);
    return parts.join(' · ');
}

export function auditSentence(row: AuditRow, t: Translate, names: Names): string {
    const key = auditKey(row.action);
    const who = nameOf(row.who, t, names);
    const what = row.object ? nameOf(row.object, t, names) : '';
    if (!key) return [who, row.action, what].filter(Boolean).join(' · ');
    /* Disabling and enabling may be one action with the direction in its detail. */
    const disabled = detailOf(row.detail)['disabled'];
    const away = key === 'visit-subject-here' && detailOf(row.detail)['here'] === false;
    /* A view is of a part, as the page told; what it fetched for that is a file. */
    const fetched = key === 'archive-view' && typeof detailOf(row.detail)['file'] === 'string';
    const turned = away
        ? 'visit-subject-away'
        : fetched
          ? 'archive-file'
          : key === 'person-disable' && disabled === false
            ? 'person-enable'
            : key;
    return t(`sentences.audit.${turned}`, { who, what });
}

export type AuditKind = 'sign' | 'visit' | 'media' | 'archive' | 'admin' | 'system';

export function auditKind(action: string): AuditKind {
    if (/^(sign|second-factor|link|visit-code|visit_code)/.test(action)) return 'sign';
    if (/^(visit|session|party|meeting|look|inspection|wall|source)/.test(action)) return 'visit';
    if (/^(media|whip|whep)/.test(action)) return 'media';
    if (/^(archive|recording|keys)/.test(action)) return 'archive';
    if (/^(person|people|post|terminal|camera-(add|change|remove|test|discover|describe)|unit|token)/.test(action))
        return 'admin';
    return 'system';
}

const eventKeys: readonly (readonly [RegExp, string])[] = [
    [/^(created?|booked)/, 'created'],
    [/^(open|opened|waiting)$/, 'opened'],
    [/^(enter|entered|ready)/, 'entered'],
    [/^consent/, 'consent'],
    [/^(leave|left)/, 'left'],
    [/^admit/, 'admitted'],
    [/^(live|began|begin|start)/, 'began'],
    [/^warn/, 'warned'],
    [/^(talk-end|talk-stop|talked)/, 'talk-end'],
    [/^talk/, 'talk'],
    [/^paus/, 'paused'],
    [/^resum/, 'resumed'],
    [/^exten/, 'extended'],
    [/^(drop|lost|suspend|gone|disconnect)/, 'dropped'],
    [/^(return|back|reconnect|rejoin)/, 'returned'],
    [/^unobserv/, 'unobserved'],
    [/^observ/, 'observed'],
    [/^subject-here/, 'subject-here'],
    [/^subject-(away|gone)/, 'subject-away'],
    [/^link/, 'link'],
    [/^time-left/, 'time-left'],
    [/^recording-fail/, 'recording-failed'],
    [/^recording-works/, 'recording-works'],
    [/^recording-lost/, 'recording-lost'],
    [/^recording-behind/, 'recording-behind'],
    [/^recording-in-time/, 'recording-in-time'],
    [/^recording-low-space/, 'recording-low-space'],
    [/^notice-failed/, 'notice-failed'],
    [/^notice/, 'notice'],
    [/^restart/, 'restart'],
    [/^party/, 'party'],
    [/^seal/, 'sealed'],
    [/^record/, 'recording'],
    [/^note/, 'noted'],
    [/^(end|cut|complet)/, 'ended'],
    [/^(media|connect|publish)/, 'media'],
];

/** An event of a visit or a recording. `by` is already a name, or a side. */
export function eventSentence(entry: Entry, t: Translate): string {
    const plain = plainType(entry.type);
    let key = eventKeys.find(([pattern]) => pattern.test(plain))?.[1];
    if (!key) return entry.by ? `${entry.by} · ${entry.type}` : entry.type;
    const detail = detailOf(entry.detail);
    if (key === 'subject-here' && detail['here'] === false) key = 'subject-away';
    if (key === 'talk' && detail['to'] === 'nobody') key = 'talk-end';
    if (key === 'ended' && entry.by) key = 'ended-by';
    const side = detail['party'] ?? detail['side'];
    const party = side === 'family' || side === 'terminal' ? t(`common.party.${side}`) : undefined;
    const by = entry.by === 'family' || entry.by === 'terminal' ? t(`common.party.${entry.by}`) : entry.by;
    return t(`sentences.event.${key}`, {
        who:
            (key === 'dropped' || key === 'returned' || key === 'media' || key === 'party' || key === 'left'
                ? (party ?? by)
                : (by ?? party)) ?? t('sentences.who.system'),
    });
}
