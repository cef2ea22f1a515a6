import { describe, expect, it } from 'vitest';
import { areasOf, boundsOf, hull } from '../logic/geo';

const at = (lat: number, lon: number) => ({ lat, lon });

describe('what lies around what', () => {
    it('is the corners, not what is inside', () => {
        const corners = [at(0, 0), at(0, 4), at(4, 4), at(4, 0)];
        const around = hull([...corners, at(2, 2), at(1, 3)]);
        expect(around).toHaveLength(4);
        for (const corner of corners) expect(around).toContainEqual(corner);
    });

    it('is no area of places on a line, or of one place twice', () => {
        expect(hull([at(0, 0), at(1, 1), at(2, 2)]).length).toBeLessThan(3);
        expect(hull([at(1, 1), at(1, 1), at(1, 1)]).length).toBeLessThan(3);
    });

    it('is drawn for each unit with three places below it', () => {
        const units = [
            { id: 'county', parent: 'city', lat: 0, lon: 0 },
            ...[at(0, 0), at(0, 1), at(1, 0)].map((place, i) => ({ id: `o${i}`, parent: 'county', ...place })),
            { id: 'nowhere', parent: 'county' },
        ];
        const areas = areasOf(units, (id) => id.toUpperCase());
        expect(areas.map((area) => [area.id, area.name])).toEqual([['county', 'COUNTY']]);
        expect(areas[0]?.middle.lat).toBeCloseTo(1 / 3);
    });
});

describe('bounds', () => {
    it('hold all places, and there are none of nothing', () => {
        expect(boundsOf([])).toBeNull();
        expect(boundsOf([at(1, 5), at(3, 2)])).toEqual([at(1, 2), at(3, 5)]);
    });
});
