import { describe, expect, it } from 'vitest';
import { packetsOf, strip } from '../logic/activity';
import { merge, Seen, total } from '../logic/seen';
import { marksOf, sharesOf } from '../logic/timeline';

/** A WebM file of one track as a writer makes it that does not know its sizes: only what the reader looks at. */
function webm(clusters: readonly { at: number; blocks: readonly [offset: number, bytes: number][] }[]): Uint8Array {
    const out: number[] = [0x1a, 0x45, 0xdf, 0xa3, 0x82, 0, 0];
    out.push(0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    for (const { at, blocks } of clusters) {
        out.push(0x1f, 0x43, 0xb6, 0x75, 0xff, 0xe7, 0x82, at >> 8, at & 0xff);
        for (const [offset, bytes] of blocks) {
            const size = bytes + 4;
            out.push(0xa3, 0x40 | (size >> 8), size & 0xff, 0x81, (offset >> 8) & 0xff, offset & 0xff, 0x80);
            out.push(...new Array<number>(bytes).fill(7));
        }
    }
    return Uint8Array.from(out);
}

describe('who spoke, from the sizes of packets', () => {
    const file = webm([
        {
            at: 0,
            blocks: [
                [0, 6],
                [20, 6],
            ],
        },
        {
            at: 1000,
            blocks: [
                [0, 90],
                [-20, 80],
            ],
        },
    ]);
    it('reads packets and their times', () => {
        expect(packetsOf(file)).toEqual([
            { at_ms: 0, bytes: 6 },
            { at_ms: 20, bytes: 6 },
            { at_ms: 1000, bytes: 90 },
            { at_ms: 980, bytes: 80 },
        ]);
    });
    it('ends where nothing can be read, and never hangs', () => {
        for (let length = 0; length < file.length; length++)
            expect(packetsOf(file.subarray(0, length)).length).toBeLessThanOrEqual(4);
        expect(packetsOf(new Uint8Array(1000))).toEqual([]);
        expect(packetsOf(new Uint8Array(1000).fill(0xff))).toEqual([]);
    });
    it('draws speech high, silence low, and nothing where there is nothing', () => {
        const drawn = strip(packetsOf(file), 0, 4000, 4);
        expect(drawn[1]).toBe(1);
        expect(drawn[0]).toBeLessThan(0.1);
        expect(drawn[0]).toBeGreaterThan(0);
        expect(drawn.slice(2)).toEqual([0, 0]);
    });
    it('does not make speech of a steady sound', () => {
        const steady = [0, 1000, 2000].map((at_ms) => ({ at_ms, bytes: 60 }));
        expect(strip(steady, 0, 3000, 3)).toEqual([0.15, 0.15, 0.15]);
    });
});

describe('what was seen', () => {
    it('is one stretch while it plays, at any speed', () => {
        const seen = new Seen();
        for (let at = 1000; at <= 9000; at += 200) seen.at(at, 1);
        expect(seen.take()).toEqual([{ from_ms: 1000, to_ms: 9000 }]);
        expect(seen.take()).toEqual([]);
        for (let at = 9000; at <= 20_000; at += 4000) seen.at(at, 4);
        expect(seen.take()).toEqual([{ from_ms: 9000, to_ms: 17_000 }]);
    });
    it('leaves out what was jumped over, and merges what was seen twice', () => {
        const seen = new Seen();
        for (const at of [0, 500, 1000, 60_000, 60_500, 61_000, 400, 900, 1400]) seen.at(at, 1);
        expect(seen.take()).toEqual([
            { from_ms: 0, to_ms: 1400 },
            { from_ms: 60_000, to_ms: 61_000 },
        ]);
    });
    it('does not count what passes while it stands', () => {
        const seen = new Seen();
        seen.at(0, 1);
        seen.at(1000, 1);
        seen.stop();
        seen.at(1400, 1);
        seen.at(1600, 1);
        expect(total(seen.take())).toBe(1200);
    });
    it('is merged in order', () => {
        const parts = [
            { from_ms: 5, to_ms: 9 },
            { from_ms: 0, to_ms: 5 },
            { from_ms: 20, to_ms: 30 },
        ];
        expect(merge(parts)).toEqual([
            { from_ms: 0, to_ms: 9 },
            { from_ms: 20, to_ms: 30 },
        ]);
    });
});

describe('what is missing', () => {
    it('is summed by cause, faults first', () => {
        const gaps = [
            { from_ms: 0, to_ms: 1000, cause: 'not-yet' },
            { from_ms: 2000, to_ms: 6000, cause: 'paused' },
            { from_ms: 7000, to_ms: 9000, cause: 'network' },
            { from_ms: 9500, to_ms: 10_000, cause: 'network' },
            { from_ms: 11_000, to_ms: 11_700, cause: 'gremlins' },
        ];
        expect(sharesOf(gaps)).toEqual([
            { cause: 'network', ms: 2500 },
            { cause: 'other', ms: 700 },
            { cause: 'paused', ms: 4000 },
            { cause: 'not-yet', ms: 1000 },
        ]);
    });
});

describe('marks', () => {
    it('are notes, pictures and remarks at a moment; remarks on the whole are not on the line', () => {
        const marks = marksOf([], [{ at_ms: 5 }], [{ at_ms: 3 }], [{ at_ms: 4 }, { at_ms: null }, {}]);
        expect(marks.map(({ kind, index }) => `${kind}${index}`)).toEqual(['snapshot0', 'remark0', 'note0']);
    });
});
