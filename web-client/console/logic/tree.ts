/** Units and what hangs below them, as rows of a tree. Pure. */
import type { WallSource, WallUnit } from '@rtc/protocol';

export interface TreeRow {
    key: string;
    /** Of the root: 1. */
    level: number;
    kind: 'unit' | 'source';
    id: string;
    /** A source is online, a unit has so many that are. */
    online: number;
    of: number;
    /** A unit's: its children are shown. */
    open: boolean;
    /** A unit's: everything below it, in the order of the tree. */
    sources: string[];
}

interface Branch {
    unit: WallUnit;
    units: Branch[];
    sources: WallSource[];
}

function grow(units: readonly WallUnit[], sources: readonly WallSource[]): Branch[] {
    const branches = new Map<string, Branch>(units.map((unit) => [unit.id, { unit, units: [], sources: [] }]));
    const roots: Branch[] = [];
    for (const source of sources) branches.get(source.unit)?.sources.push(source);
    for (const branch of branches.values()) {
        const parent = branch.unit.parent === undefined ? undefined : branches.get(branch.unit.parent);
        (parent?.units ?? roots).push(branch);
    }
    return roots;
}

export interface TreeView {
    units: readonly WallUnit[];
    sources: readonly WallSource[];
    closed: ReadonlySet<string>;
    /** What somebody looks for; "": all is shown. */
    find: string;
    nameOf: (unit: WallUnit) => string;
}

const byName = (a: string, b: string): number => a.localeCompare(b, 'zh-Hans-CN', { numeric: true });

function all(branch: Branch, nameOf: TreeView['nameOf']): WallSource[] {
    const units = [...branch.units].sort((a, b) => byName(nameOf(a.unit), nameOf(b.unit)));
    const own = [...branch.sources].sort((a, b) => byName(a.name, b.name));
    return [...own, ...units.flatMap((one) => all(one, nameOf))];
}

export function treeRows(view: TreeView): TreeRow[] {
    const rows: TreeRow[] = [];
    const wanted = view.find.trim().toLowerCase();
    const fits = (name: string): boolean => name.toLowerCase().includes(wanted);

    function add(branch: Branch, level: number, found: boolean): boolean {
        const here = found || fits(view.nameOf(branch.unit));
        const below = all(branch, view.nameOf);
        const open = wanted !== '' || !view.closed.has(branch.unit.id);
        const at = rows.length;
        rows.push({
            key: `unit:${branch.unit.id}`,
            level,
            kind: 'unit',
            id: branch.unit.id,
            online: below.filter((source) => source.online).length,
            of: below.length,
            open,
            sources: below.map((source) => source.id),
        });
        let kept = here;
        for (const source of [...branch.sources].sort((a, b) => byName(a.name, b.name))) {
            if (!here && !fits(source.name)) continue;
            kept = true;
            if (!open) continue;
            rows.push({
                key: source.id,
                level: level + 1,
                kind: 'source',
                id: source.id,
                online: source.online ? 1 : 0,
                of: 1,
                open: false,
                sources: [source.id],
            });
        }
        const units = [...branch.units].sort((a, b) => byName(view.nameOf(a.unit), view.nameOf(b.unit)));
        const before = rows.length;
        for (const one of units) kept = add(one, level + 1, here) || kept;
        if (!open) rows.length = before;
        if (!kept) rows.length = at;
        return kept;
    }

    for (const root of grow(view.units, view.sources).sort((a, b) => byName(view.nameOf(a.unit), view.nameOf(b.unit))))
        add(root, 1, false);
    return rows;
}
