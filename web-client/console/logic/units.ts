/** The tree of units, from rows that name their parents. Pure. */
import type { UnitRow } from '@rtc/protocol';

export interface UnitNode {
    id: string;
    name: string;
    tier: string;
    children: UnitNode[];
}

/** A unit whose parent is not in the rows is a root here: one sees only one's own part of the tree. */
export function treeOf(rows: readonly UnitRow[]): UnitNode[] {
    const nodes = new Map(
        rows.map((row) => [row.id, { id: row.id, name: row.name, tier: row.tier, children: [] as UnitNode[] }]),
    );
    const roots: UnitNode[] = [];
    for (const row of rows) {
        const node = nodes.get(row.id);
        const parent = row.parent === null ? undefined : nodes.get(row.parent);
        if (!node) continue;
        if (parent && !isAbove(rows, row.id, parent.id)) parent.children.push(node);
        else roots.push(node);
    }
    return roots;
}

/** Guards against a circle in what was sent. */
function isAbove(rows: readonly UnitRow[], above: string, below: string): boolean {
    return pathOf(rows, below).some((row) => row.id === above);
}

/** From the root down to the unit itself. */
export function pathOf(rows: readonly UnitRow[], id: string): UnitRow[] {
    const byId = new Map(rows.map((row) => [row.id, row]));
    const path: UnitRow[] = [];
    let at = byId.get(id);
    while (at && !path.includes(at)) {
        path.unshift(at);
        at = at.parent === null ? undefined : byId.get(at.parent);
    }
    return path;
}

/** How many units are below, at any depth. */
export function countBelow(node: UnitNode): number {
    return node.children.reduce((sum, child) => sum + 1 + countBelow(child), 0);
}

export function findNode(nodes: readonly UnitNode[], id: string): UnitNode | undefined {
    for (const node of nodes) {
        const found = node.id === id ? node : findNode(node.children, id);
        if (found) return found;
    }
    return undefined;
}

/** What is open at first: level by level from the top, as long as it all fits into so many rows. */
export function openAtFirst(roots: readonly UnitNode[], most: number): string[] {
    const open: string[] = [];
    let rows = roots.length;
    for (let level = [...roots]; level.length > 0; level = level.flatMap((node) => node.children)) {
        for (const node of level) {
            if (node.children.length === 0) continue;
            if (rows + node.children.length > most) return open;
            rows += node.children.length;
            open.push(node.id);
        }
    }
    return open;
}
