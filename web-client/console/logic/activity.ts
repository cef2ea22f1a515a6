/**
 * Who spoke when, read from the sound files themselves: Opus spends few bytes on silence and many on speech, so the sizes
 * of the packets in a WebM file draw the strip without decoding anything.
 */

interface Element {
    id: number;
    from: number;
    to: number;
}

const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TIMECODE = 0xe7;
const SIMPLE_BLOCK = 0xa3;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;

function vint(bytes: Uint8Array, at: number, keepMarker: boolean): { value: number; length: number } | null {
    const first = bytes[at];
    if (first === undefined || first === 0) return null;
    const length = Math.clz32(first) - 23;
    let value = keepMarker ? first : first & (0xff >> length);
    let ones = value === 0xff >> length;
    for (let n = 1; n < length; n++) {
        const next = bytes[at + n];
        if (next === undefined) return null;
        ones &&= next === 0xff;
        value = value * 256 + next;
    }
    return { value: !keepMarker && ones ? Infinity : value, length };
}

function element(bytes: Uint8Array, at: number, end: number): Element | null {
    const id = vint(bytes, at, true);
    const size = id && vint(bytes, at + id.length, false);
    if (!id || !size || id.length > 4) return null;
    const from = at + id.length + size.length;
    return { id: id.value, from, to: Math.min(end, from + size.value) };
}

export interface Packet {
    at_ms: number;
    bytes: number;
}

/** The packets of a WebM file of one track, times from its start. Whatever cannot be read ends the list. */
export function packetsOf(bytes: Uint8Array): Packet[] {
    const packets: Packet[] = [];
    let cluster = 0;
    const block = (from: number, to: number): void => {
        const track = vint(bytes, from, false);
        if (!track || from + track.length + 3 > to) return;
        const at = from + track.length;
        const offset = (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16)) >> 16;
        packets.push({ at_ms: cluster + offset, bytes: to - at - 3 });
    };
    const walk = (from: number, end: number): void => {
        let at = from;
        while (at < end) {
            const one = element(bytes, at, end);
            if (!one) return;
            if (one.id === SEGMENT || one.id === CLUSTER || one.id === BLOCK_GROUP) {
                /* Unknown sizes run to the end: their children are read as if they stood here. */
                at = one.from;
                continue;
            }
            if (one.id === TIMECODE)
                cluster = bytes.subarray(one.from, one.to).reduce((sum, byte) => sum * 256 + byte, 0);
            else if (one.id === SIMPLE_BLOCK || one.id === BLOCK) block(one.from, one.to);
            at = one.to;
        }
    };
    walk(0, bytes.length);
    return packets;
}

/** 0 … 1 for each slot of the line: how much was said there. */
export function strip(packets: readonly Packet[], start_ms: number, duration_ms: number, slots: number): number[] {
    const sums = new Array<number>(slots).fill(0);
    const counts = new Array<number>(slots).fill(0);
    for (const packet of packets) {
        const slot = Math.floor(((start_ms + packet.at_ms) / duration_ms) * slots);
        if (slot < 0 || slot >= slots) continue;
        sums[slot] = (sums[slot] ?? 0) + packet.bytes;
        counts[slot] = (counts[slot] ?? 0) + 1;
    }
    const means = sums.map((sum, slot) => (counts[slot] ? sum / (counts[slot] ?? 1) : 0));
    const heard = means.filter((mean) => mean > 0).sort((a, b) => a - b);
    const quiet = heard[Math.floor(heard.length * 0.1)] ?? 0;
    const loud = heard[Math.floor(heard.length * 0.95)] ?? 0;
    /* A steady tone, or silence all along: nothing stands out. */
    if (loud - quiet < quiet * 0.15) return means.map((mean) => (mean > 0 ? 0.15 : 0));
    return means.map((mean) => (mean > 0 ? Math.max(0.06, Math.min(1, (mean - quiet) / (loud - quiet))) : 0));
}
