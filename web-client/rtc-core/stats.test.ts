import { describe, expect, it } from 'vitest';
import { compare, emptySample, lossShare, reduceStats, verdict } from './stats';
import { wayVerdict } from './way';

describe('reducing a report', () => {
    it('sums the streams and takes the delay of the far end', () => {
        const sample = reduceStats(
            [
                { type: 'outbound-rtp', bytesSent: 1000, packetsSent: 10 },
                { type: 'outbound-rtp', bytesSent: 500, packetsSent: 5 },
                { type: 'remote-inbound-rtp', packetsLost: 2, roundTripTime: 0.12 },
                { type: 'inbound-rtp', kind: 'audio', bytesReceived: 70, packetsReceived: 7, packetsLost: -1 },
                { type: 'inbound-rtp', kind: 'video', bytesReceived: 900, packetsReceived: 9, framesDecoded: 4 },
                {
                    type: 'candidate-pair',
                    nominated: true,
                    responsesReceived: 3,
                    currentRoundTripTime: 0.5,
                    availableOutgoingBitrate: 9e5,
                },
                { type: 'candidate-pair', nominated: false, responsesReceived: 100 },
                { type: 'codec' },
                {},
            ],
            5,
        );
        expect(sample).toEqual({
            atMs: 5,
            sent: { bytes: 1500, packets: 15, lost: 2 },
            received: { bytes: 970, packets: 16, lost: 0, audioPackets: 7, frames: 4 },
            rttMs: 120,
            up: 9e5,
            responses: 3,
        });
    });
    it('does not take the announcer for the other side', () => {
        const rows = [
            { type: 'inbound-rtp', kind: 'audio', packetsReceived: 5, trackIdentifier: 'announcer' },
            { type: 'inbound-rtp', kind: 'audio', packetsReceived: 3, trackIdentifier: 'other' },
        ];
        expect(reduceStats(rows, 0, new Set(['other'])).received).toMatchObject({ packets: 8, audioPackets: 3 });
        expect(reduceStats(rows, 0, null).received.audioPackets).toBe(8);
    });
});

describe('loss', () => {
    it.each([
        [0, 0, 0],
        [-3, 10, 0],
        [1, 99, 0.01],
        [5, 0, 1],
        [5, -5, 1],
    ])('%d lost, %d arrived', (lost, arrived, share) => expect(lossShare(lost, arrived)).toBeCloseTo(share));
});

describe('rates', () => {
    it('counts per second and never below nothing after a new connection', () => {
        const before = {
            ...emptySample(0),
            received: { bytes: 9e6, packets: 900, lost: 5, audioPackets: 90, frames: 50 },
        };
        const rates = compare(before, emptySample(1000));
        expect(rates.downKbps).toBe(0);
        expect(rates.framesPerSecond).toBe(0);
        expect(rates.downLoss).toBe(0);
    });
    it('tells sound without a picture', () => {
        const now = emptySample(2000);
        now.received = { bytes: 10_000, packets: 100, lost: 0, audioPackets: 100, frames: 0 };
        expect(compare(emptySample(0), now)).toMatchObject({
            downKbps: 40,
            audioFlows: true,
            framesPerSecond: 0,
            alive: true,
        });
    });
});

describe('verdict', () => {
    it.each([
        [{ upLoss: 0, downLoss: 0, rttMs: null }, true, 'good', null],
        [{ upLoss: 0.02, downLoss: 0, rttMs: 50 }, true, 'good', null],
        [{ upLoss: 0.05, downLoss: 0, rttMs: 50 }, true, 'weak', 'up'],
        [{ upLoss: 0, downLoss: 0.05, rttMs: 50 }, true, 'weak', 'down'],
        [{ upLoss: 0.2, downLoss: 0.05, rttMs: 50 }, true, 'bad', 'up'],
        [{ upLoss: 0, downLoss: 0, rttMs: 400 }, true, 'weak', null],
        [{ upLoss: 0.05, downLoss: 0, rttMs: 900 }, true, 'bad', null],
        [{ upLoss: 0, downLoss: 0, rttMs: 50 }, false, 'gone', null],
    ] as const)('%j connected %s is %s', (rates, connected, level, direction) =>
        expect(verdict(rates, connected)).toEqual({ level, direction }),
    );
    it.each([
        [[20, 30, 25], 0, 'good'],
        [[20, 900, 25], 0, 'good'],
        [[500, 600, 450], 0, 'poor'],
        [[20, 30], 1, 'poor'],
        [[], 3, 'failed'],
    ] as const)('the way: %j with %d failed is %s', (trips, failed, way) =>
        expect(wayVerdict(trips, failed)).toBe(way),
    );
});
