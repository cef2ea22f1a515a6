// A party's media for one visit: sends its own, receives the others, and says each second how well that goes.
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { mediaCalls, Publisher, Watcher } from './media';
import type { PeerState } from './peer';
import type { SlotParty } from './protocol';
import type { Scope } from './scope';
import { compare, emptySample, readSample, verdict } from './stats';
import type { Rates, Sample, Verdict } from './stats';

export interface Health {
    sending: PeerState;
    receiving: PeerState;
    verdict: Verdict;
    rates: Rates;
    /** What arrives from the other side, with two seconds of patience: sound and picture, sound alone, or neither. */
    arriving: 'both' | 'sound' | 'picture' | 'nothing';
}

const patienceMs = 2_000;

/** Remembers when something last came. */
export class Patience {
    private _last = -Infinity;
    seen(comes: boolean, nowMs: number): boolean {
        if (comes) this._last = nowMs;
        return nowMs - this._last < patienceMs;
    }
}

export class Call {
    readonly publisher: Publisher;
    readonly watcher: Watcher;
    private _main: SlotParty;
    private _events = new Emitter<{ health: Health }>();
    private _before: { sent: Sample; received: Sample } | null = null;
    /** As last seen, for the next connection. */
    private _up = Infinity;
    private _sound = new Patience();
    private _picture = new Patience();

    /** `main`: the party on the other side; `sizes`: how many a camera sends on a way up that carries so many bit/s. */
    constructor(
        scope: Scope,
        connection: Connection,
        iceServers: RTCIceServer[],
        main: SlotParty,
        sizes: (up: number) => number,
    ) {
        const calls = mediaCalls(connection);
        this.publisher = new Publisher(scope, calls, iceServers, () => sizes(this._up));
        this.watcher = new Watcher(scope, calls, iceServers);
        this._main = main;
        scope.every(1000, () => void this._measure());
    }

    onHealth(scope: Scope, heard: (health: Health) => void): void {
        this._events.on(scope, 'health', heard);
    }

    /** To be called once the party has entered, and again after each loss of the connection to the gateway. */
    begin(): void {
        this.publisher.begin();
        this.watcher.begin();
    }

    private async _measure(): Promise<void> {
        const now = Date.now();
        const own = this.watcher.tracks.get(this._main);
        const main = new Set([own?.audio?.id, own?.video?.id].filter((id): id is string => id !== undefined));
        const up = this.publisher.pc;
        const down = this.watcher.pc;
        const sent = (up && (await readSample(up, null))) ?? emptySample(now);
        const received = (down && (await readSample(down, main))) ?? emptySample(now);
        const before = this._before;
        this._before = { sent, received };
        this._up = sent.up || this._up;
        if (!before) return;
        const upRates = compare(before.sent, sent);
        const downRates = compare(before.received, received);
        const rates: Rates = {
            ...downRates,
            upKbps: upRates.upKbps,
            upLoss: upRates.upLoss,
            rttMs: upRates.rttMs ?? downRates.rttMs,
            alive: upRates.alive || downRates.alive,
        };
        const sound = this._sound.seen(rates.audioFlows, now);
        const picture = this._picture.seen(rates.framesPerSecond > 0, now);
        const connected = this.publisher.state === 'connected' && this.watcher.state === 'connected';
        this._events.emit('health', {
            sending: this.publisher.state,
            receiving: this.watcher.state,
            verdict: verdict(rates, connected),
            rates,
            arriving: sound && picture ? 'both' : sound ? 'sound' : picture ? 'picture' : 'nothing',
        });
    }
}
