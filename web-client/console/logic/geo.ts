/** Positions on the map: what lies around what, and how far. Degrees, WGS84. */
export interface Point {
    lat: number;
    lon: number;
}
export interface Mark extends Point {
    /** "unit:ID", "camera:ID", "case:ID". */
    id: string;
    kind: 'unit' | 'camera' | 'case';
    name: string;
}
/** A part of the ground: the land between units that belong together. */
export interface Area {
    id: string;
    name: string;
    points: readonly Point[];
    middle: Point;
}

const cross = (o: Point, a: Point, b: Point): number =>
    (a.lon - o.lon) * (b.lat - o.lat) - (a.lat - o.lat) * (b.lon - o.lon);

/** The points around all of them, counter-clockwise; fewer than three when they lie on a line. */
export function hull(points: readonly Point[]): Point[] {
    const sorted = [...points].sort((a, b) => a.lon - b.lon || a.lat - b.lat);
    const half = (list: readonly Point[]): Point[] => {
        const kept: Point[] = [];
        for (const point of list) {
            for (;;) {
                const [a, b] = [kept.at(-2), kept.at(-1)];
                if (!a || !b || cross(a, b, point) > 0) break;
                kept.pop();
            }
            kept.push(point);
        }
        return kept.slice(0, -1);
    };
    if (sorted.length < 3) return sorted;
    return [...half(sorted), ...half([...sorted].reverse())];
}

export function middleOf(points: readonly Point[]): Point {
    const n = Math.max(1, points.length);
    return {
        lat: points.reduce((sum, point) => sum + point.lat, 0) / n,
        lon: points.reduce((sum, point) => sum + point.lon, 0) / n,
    };
}

/** Away from the middle, so that marks do not lie on the border. */
function widened(points: readonly Point[], by: number): Point[] {
    const middle = middleOf(points);
    return points.map(({ lat, lon }) => ({
        lat: middle.lat + (lat - middle.lat) * by,
        lon: middle.lon + (lon - middle.lon) * by,
    }));
}

export interface Placed extends Partial<Point> {
    id: string;
    parent?: string;
}

export const hasPlace = <T extends Partial<Point>>(one: T): one is T & Point =>
    one.lat !== undefined && one.lon !== undefined;

/** One for each unit that has at least three others with a place right below it. */
export function areasOf(units: readonly Placed[], nameOf: (id: string) => string): Area[] {
    const below = new Map<string, Point[]>();
    for (const unit of units) {
        if (unit.parent === undefined || !hasPlace(unit)) continue;
        below.set(unit.parent, [...(below.get(unit.parent) ?? []), { lat: unit.lat, lon: unit.lon }]);
    }
    return [...below].flatMap(([id, points]) => {
        const around = hull(points);
        return around.length < 3
            ? []
            : [{ id, name: nameOf(id), points: widened(around, 1.12), middle: middleOf(points) }];
    });
}

/** [south-west, north-east], with some room; null: of nothing. */
export function boundsOf(points: readonly Point[]): [Point, Point] | null {
    if (points.length === 0) return null;
    const lats = points.map((point) => point.lat);
    const lons = points.map((point) => point.lon);
    return [
        { lat: Math.min(...lats), lon: Math.min(...lons) },
        { lat: Math.max(...lats), lon: Math.max(...lons) },
    ];
}
