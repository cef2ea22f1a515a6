import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { whoWasFirst } from '../use/act';
import { i18n } from '../i18n';
import { words } from '../i18n/all';
import { pick } from '../i18n/words';
import type { Pair, Words } from '../i18n/words';
import { auditKey, auditKind, auditSentence, detailText, eventSentence, nameOf, noNames } from '../logic/sentences';
import type { Translate } from '../logic/sentences';

function translate(language: 'zh' | 'en'): Translate {
    const messages = pick(words, language);
    return (key, values = {}) => {
        let at: unknown = messages;
        for (const part of key.split('.')) at = (at as Record<string, unknown> | undefined)?.[part];
        if (typeof at !== 'string') throw new Error(`no word ${key}`);
        return at.replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name]));
    };
}
const zh = translate('zh');
const en = translate('en');
const names = { ...noNames, person: (id: string) => (id === '7' ? '张警官' : undefined) };

function leaves(tree: Words, path = ''): [string, Pair][] {
    return Object.entries(tree).flatMap(([key, value]) =>
        Array.isArray(value)
            ? [[`${path}${key}`, value as unknown as Pair] as [string, Pair]]
            : leaves(value as Words, `${path}${key}.`),
    );
}

describe('the dictionary', () => {
    const all = leaves(words);
    it('has both languages of every word, with the same values in them', () => {
        for (const [key, [chinese, english]] of all) {
            expect(chinese.trim(), key).not.toBe('');
            expect(english.trim(), key).not.toBe('');
            const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
            for (const form of english.split(' | ')) expect(values(form), key).toEqual(values(chinese));
        }
    });
    it('has no letters that its message format would read as something else', () => {
        for (const [key, [chinese, english]] of all)
            for (const text of [chinese, ...english.split(' | ')]) expect(text, key).not.toMatch(/[@|$]/);
    });
    it('says one of a thing as of one', () => {
        i18n.global.locale.value = 'en';
        expect([0, 1, 2].map((n) => i18n.global.t('seen.people', { n }))).toEqual(['0 people', '1 person', '2 people']);
        i18n.global.locale.value = 'zh';
        expect(i18n.global.t('seen.people', { n: 1 })).toBe('1 人');
    });
    it('has every word that a page asks for', () => {
        const root = fileURLToPath(new URL('..', import.meta.url));
        const files = (folder: string): string[] =>
            readdirSync(folder).flatMap((name) => {
                const path = join(folder, name);
                if (statSync(path).isDirectory()) return name === 'tests' ? [] : files(path);
                return /\.(vue|ts)$/.test(name) ? [path] : [];
            });
        const known = new Set(all.map(([key]) => key));
        for (const file of files(root)) {
            for (const match of readFileSync(file, 'utf8').matchAll(/\bt\(\s*'([\w.-]+)'/g)) {
                expect(known.has(match[1] ?? ''), `${match[1]} in ${file}`).toBe(true);
            }
        }
    });
});

describe('sentences of the audit log', () => {
    const row = (action: string, more = {}) => ({ id: 1, at_ms: 0, who: 'person:7', action, ...more });
    it('name who and what, in both languages', () => {
        expect(auditSentence(row('visit.admit', { object: 'visit:v1' }), zh, names)).toBe('张警官 准许 会见 v1 开始');
        expect(auditSentence(row('visit.admit', { object: 'visit:v1' }), en, names)).toBe('张警官 admitted visit v1');
    });
    it('tell enabling from disabling, and here from away', () => {
        const of = (action: string, detail: string) =>
            auditSentence(row(action, { object: 'person:8', detail }), en, names);
        expect(of('person.disable', '{"disabled":true}')).toBe('张警官 disabled person 8');
        expect(of('person.disable', '{"disabled":false}')).toBe('张警官 enabled person 8');
        expect(of('visit.subject-here', '{"here":false}')).toContain('away');
    });
    it('show an action that nobody taught them as it came', () => {
        expect(auditSentence(row('moon.landed', { object: 'visit:v1' }), en, names)).toBe(
            '张警官 · moon.landed · visit v1',
        );
    });
    it.each([
        ['visit.pause', 'visit-pause'],
        ['visits.pause', 'visit-pause'],
        ['meeting.mute', 'visit-mute'],
        ['archive.open', 'archive-open'],
        ['sign-in.refused', 'sign-in-refused'],
        ['person.password', 'person-set-password'],
        ['visit.subject-here', 'visit-subject-here'],
        ['constructor', undefined],
    ])('%s is %s', (action, key) => expect(auditKey(action)).toBe(key));
    it.each([
        ['system', 'The system'],
        ['owner', 'The command line'],
        ['visit:v1/family', 'The family (visit v1)'],
        ['person:9', 'person 9'],
        ['person:7', '张警官'],
        ['odd', 'odd'],
        [undefined, 'Somebody unknown'],
    ])('%s is called %s', (ref, name) => expect(nameOf(ref, en, names)).toBe(name));
    it.each([
        ['sign-in', 'sign'],
        ['visit.end', 'visit'],
        ['archive.view', 'archive'],
        ['person.add', 'admin'],
        ['media.play', 'media'],
        ['service.start', 'system'],
    ])('%s is of the kind %s', (action, kind) => expect(auditKind(action)).toBe(kind));
});

describe('sentences of a visit', () => {
    it.each([
        [{ at_ms: 0, type: 'pause', by: 'Zhang' }, 'Zhang paused'],
        [{ at_ms: 0, type: 'drop', detail: { party: 'family' } }, 'Family dropped out'],
        [{ at_ms: 0, type: 'talk', by: 'Zhang', detail: { to: 'nobody' } }, 'Zhang stopped talking in'],
        [{ at_ms: 0, type: 'end', by: 'Zhang' }, 'Zhang ended the visit'],
        [{ at_ms: 0, type: 'end' }, 'The visit ended'],
        [{ at_ms: 0, type: 'unobserve', by: 'Zhang' }, 'Zhang stopped observing'],
        [{ at_ms: 0, type: 'recording-failed' }, 'Recording failed'],
        [{ at_ms: 0, type: 'recording-behind' }, 'Recording is behind'],
        [{ at_ms: 0, type: 'recording-in-time' }, 'Recording keeps up again'],
        [{ at_ms: 0, type: 'recording-low-space' }, 'The disk of recordings is nearly full'],
        [{ at_ms: 0, type: 'new-thing', by: 'Zhang' }, 'Zhang · new-thing'],
    ])('%#', (entry, text) => expect(eventSentence(entry, en)).toBe(text));
    it('tell what was said, to whom, why', () => {
        const warnings = [{ preset: 'topic', text_zh: '别谈案情', text_en: 'Not the case' }];
        expect(detailText({ preset: 'topic', language: 'zh' }, en, 'en', warnings)).toBe('“Not the case”');
        expect(detailText({ to: 'family' }, en, 'en')).toBe('the family');
        expect(detailText('{"cause":"technical","note":"camera"}', en, 'en')).toBe('Technical fault · camera');
        expect(detailText({ from_ms: 0, to_ms: 21_000 }, en, 'en')).toBe('0:00–0:21');
        expect(detailText({ recipient: 'County court', reason: 'case 18' }, en, 'en')).toBe(
            'for County court · case 18',
        );
        expect(detailText('not json', en, 'en')).toBe('“not json”');
        expect(detailText(undefined, en, 'en')).toBe('');
    });
});

describe('who was first', () => {
    it('is read from what the gateway says', () => {
        expect(whoWasFirst('This visit is paused: 刘 警官 paused it.')).toEqual({ who: '刘 警官', did: 'paused' });
        expect(whoWasFirst('This visit is ended.')).toBeNull();
        expect(whoWasFirst('This visit is live: A exploded it.')).toBeNull();
    });
});
