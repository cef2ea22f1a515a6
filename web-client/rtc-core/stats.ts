// What getStats says, reduced to what people want to know: good, weak, bad or gone, and on which side.
import type { QualityLevel } from './types';

/** Running totals of one peer connection at one moment. */
export interface Sample {
    atMs: number;
    sent: { bytes: number; packets: number; lost: number };
    received: { bytes: number; packets: number; lost: number; audioPackets: number; frames: number };
    rttMs: number | null;
    /** What the browser thinks the way up carries, bit/s, where it says so. */
    up?: number;
    /** Answers to consent checks: grows while anybody is at the other end. */
    responses: number;
}

export interface Rates {
    upKbps: number;
    downKbps: number;
    upLoss: number;
    downLoss: number;
    rttMs: number | null;
    audioFlows: boolean;
    framesPerSecond: number;
    alive: boolean;
}

export type Direction = 'up' | 'down';
export interface Verdict {
    level: QualityLevel;
    /** Which way is to blame, or null when nothing is. */
    direction: Direction | null;
}

type Row = Record<string, unknown>;
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

export function emptySample(atMs: number): Sample {
    return {
        atMs,
        sent: { bytes: 0, packets: 0, lost: 0 },
        received: { bytes: 0, packets: 0, lost: 0, audioPackets: 0, frames: 0 },
        rttMs: null,
        responses: 0,
    };
}

/**
 * Rows of an RTCStatsReport. Unknown rows and absent members count as nothing. `main` names the tracks whose sound and
 * pictures are counted by themselves (the other side, not the announcer); null counts all.
 */
export function reduceStats(rows: Iterable<Row>, atMs: number, main: ReadonlySet<string> | null = null): Sample {
    const sample = emptySample(atMs);
    for (const row of rows) {
        if (row['type'] === 'outbound-rtp') {
            sample.sent.bytes += number(row['bytesSent']);
            sample.sent.packets += number(row['packetsSent']);
        } else if (row['type'] === 'remote-inbound-rtp') {
            sample.sent.lost += Math.max(0, number(row['packetsLost']));
            if (typeof row['roundTripTime'] === 'number') sample.rttMs = Math.round(row['roundTripTime'] * 1000);
        } else if (row['type'] === 'inbound-rtp') {
            sample.received.bytes += number(row['bytesReceived']);
            sample.received.packets += number(row['packetsReceived']);
            sample.received.lost += Math.max(0, number(row['packetsLost']));
            const track = row['trackIdentifier'];
            if (main && typeof track === 'string' && !main.has(track)) continue;
            if (row['kind'] === 'audio') sample.received.audioPackets += number(row['packetsReceived']);
            else sample.received.frames += number(row['framesDecoded']);
        } else if (row['type'] === 'candidate-pair' && (row['nominated'] === true || row['selected'] === true)) {
            sample.responses += number(row['responsesReceived']);
            sample.up = number(row['availableOutgoingBitrate']);
            if (sample.rttMs === null && typeof row['currentRoundTripTime'] === 'number') {
                sample.rttMs = Math.round(row['currentRoundTripTime'] * 1000);
            }
        }
    }
    return sample;
}

/** A share of 0...1; packets that nobody expected are no loss. */
export function lossShare(lost: number, arrived: number): number {
    if (lost <= 0) return 0;
    return Math.min(1, lost / (lost + Math.max(0, arrived)));
}

export function compare(before: Sample, now: Sample): Rates {
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
    const upLost = now.sent.lost - before.sent.lost;
    const downLost = now.received.lost - before.received.lost;
    const sent = now.sent.packets - before.sent.packets;
    return {
        upKbps: Math.max(0, Math.round(((now.sent.bytes - before.sent.bytes) * 8) / 1000 / seconds)),
        downKbps: Math.max(0, Math.round(((now.received.bytes - before.received.bytes) * 8) / 1000 / seconds)),
        upLoss: lossShare(upLost, sent - upLost),
        downLoss: lossShare(downLost, now.received.packets - before.received.packets),
        rttMs: now.rttMs,
        audioFlows: now.received.audioPackets > before.received.audioPackets,
        framesPerSecond: Math.max(0, (now.received.frames - before.received.frames) / seconds),
        alive: now.responses > before.responses || now.received.packets > before.received.packets,
    };
}

/** Loss and delay decide; how much is sent does not, since a still camera needs little. */
export function verdict(rates: Pick<Rates, 'upLoss' | 'downLoss' | 'rttMs'>, connected: boolean): Verdict {
    if (!connected) return { level: 'gone', direction: null };
    const worst = Math.max(rates.upLoss, rates.downLoss);
    const direction: Direction = rates.upLoss >= rates.downLoss ? 'up' : 'down';
    const rtt = rates.rttMs ?? 0;
    if (worst >= 0.12) return { level: 'bad', direction };
    if (rtt >= 800) return { level: 'bad', direction: null };
    if (worst >= 0.03) return { level: 'weak', direction };
    if (rtt >= 350) return { level: 'weak', direction: null };
    return { level: 'good', direction: null };
}

/** Reads one connection; null when it has closed meanwhile. */
export async function readSample(pc: RTCPeerConnection, main: ReadonlySet<string> | null): Promise<Sample | null> {
    try {
        const rows: Row[] = [];
        (await pc.getStats()).forEach((row: Row) => rows.push(row));
        return reduceStats(rows, Date.now(), main);
    } catch {
        return null;
    }
}
