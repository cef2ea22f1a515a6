/** Whatever the gateway writes into its audit log must read as a sentence here: the C sources are asked what that is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { auditKey } from '../logic/sentences';

const gateway = fileURLToPath(new URL('../../../gateway', import.meta.url));
/** Fewer than this were found: the sources are written differently now, and this test sees nothing. */
const FEWEST = 90;
const ACTION = /^(?:[a-z]+(?:-[a-z]+)*\.[a-z]+(?:[-_][a-z]+)*|sign-(?:in|out))$/;

interface Source {
    name: string;
    text: string;
}
function sources(folder: string): Source[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return sources(path);
        return /\.[ch]$/.test(entry.name) ? [{ name: path, text: readFileSync(path, 'utf8') }] : [];
    });
}

const literals = (text: string): string[] => [...text.matchAll(/"([^"\\]*)"/g)].map((match) => match[1] ?? '');
/** Functions that take an action by that name. */
const writers = (text: string): string[] =>
    [...text.matchAll(/\b(\w+)\s*\([^()]*\bconst char \*action\b[^()]*\)/g)].map((match) => match[1] ?? '');
const callsOf = (text: string, name: string): string[] =>
    [...text.matchAll(new RegExp(`\\b${name}\\s*\\(([^;{]*);`, 'g'))].map((match) => match[1] ?? '');

/** Of sessions that the code of a file is about. */
const kindsOf = (name: string): string[] =>
    /\/rollcall[^/]*$/.test(name) ? ['roll-call'] : /\/(visits|sessions)\//.test(name) ? ['visit', 'meeting'] : [];

function actionsOf(all: readonly Source[]): Map<string, string> {
    const found = new Map<string, string>();
    const everywhere = all.filter(({ name }) => name.endsWith('.h')).flatMap(({ text }) => writers(text));
    const archive = all.filter(({ name }) => name.includes('/archive/'));
    const asked = [
        ...new Set(archive.flatMap(({ text }) => [...text.matchAll(/\.what = "([\w-]+)"/g)].map((m) => m[1]))),
    ];
    for (const { name, text } of all) {
        const add = (action: string) => ACTION.test(action) && found.set(action, name);
        for (const writer of new Set([...everywhere, ...writers(text)]))
            for (const call of callsOf(text, writer)) literals(call).forEach(add);
        for (const [, value = ''] of text.matchAll(/\.action = ([^,;}]*)/g)) literals(value).forEach(add);
        for (const [, value = ''] of text.matchAll(/#define \w+ "(archive\.[a-z-]+)"/g)) add(value);
        /* What happens in a session is written down under its kind. */
        for (const call of callsOf(text, 'gw_session_add_event'))
            for (const type of literals(call)
                .filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word))
                .slice(0, 1))
                for (const kind of kindsOf(name)) add(`${kind}.${type}`);
        /* What was asked of a second person, and what he said. */
        if (text.includes('"archive.%s-%s"'))
            for (const what of asked) for (const said of ['approved', 'refused']) add(`archive.${what}-${said}`);
    }
    return found;
}

describe('the audit log', () => {
    const found = actionsOf(sources(gateway));
    it('is read from the sources', () => {
        expect(found.size).toBeGreaterThan(FEWEST);
        for (const one of [
            'archive.export',
            'archive.export-asked',
            'archive.destroyed',
            'sign-in.refused',
            'visit.admit',
        ])
            expect([...found.keys()]).toContain(one);
        expect([...found.keys()]).toContain('archive.lift-hold-approved');
    });
    it('has a sentence for everything that the gateway writes into it', () => {
        const lacking = [...found].filter(([action]) => auditKey(action) === undefined);
        expect(lacking.map(([action, file]) => `${action} (${file.slice(gateway.length)})`)).toEqual([]);
    });
});
