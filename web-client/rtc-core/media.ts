// What a page sends (Publisher) and what it is sent (Watcher): two peer connections to the gateway. Knows WebRTC, no page.
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { Peer } from './peer';
import * as protocol from './protocol';
import type { Slot, SlotParty } from './protocol';
import type { Scope } from './scope';
import type { Size } from './shown';

const videoBitsPerSecond = 1_200_000;
const simulcastHeight = 360;

interface Encoding extends RTCRtpEncodingParameters {
    scalabilityMode?: string;
}

function withoutMode(encoding: Encoding): Encoding {
    const rest = { ...encoding };
    delete rest.scalabilityMode;
    return rest;
}

/**
 * How the picture is sent. Half of the frames can always be left out on a thin line (temporal layers, RFC 7741 and like).
 * In several sizes (simulcast) everybody gets the one that their line carries; sizesFor() says where that pays.
 */
export function videoEncodings(sizes: number, height: number): Encoding[] {
    const full = { maxBitrate: videoBitsPerSecond, scalabilityMode: 'L1T2' };
    if (sizes < 2 || height < simulcastHeight) return [full];
    const all = [1, 2, 4].slice(0, height < 2 * simulcastHeight ? 2 : sizes);
    return all.map((by) => ({
        ...full,
        rid: `s${by}`,
        scaleResolutionDownBy: by,
        maxBitrate: videoBitsPerSecond / by ** 2,
    }));
}

/** Browsers refuse a mode or several encodings in one way or the other: then with less. */
export function addVideo(
    pc: RTCPeerConnection,
    track: MediaStreamTrack | 'video',
    encodings: Encoding[],
): RTCRtpTransceiver {
    const wishes = [encodings, encodings.map(withoutMode)];
    for (const sendEncodings of wishes) {
        try {
            return pc.addTransceiver(track, { direction: 'sendonly', sendEncodings });
        } catch {
            // the next wish is smaller
        }
    }
    return pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: [{ maxBitrate: videoBitsPerSecond }] });
}

/** The exchange of descriptions; the console says of which visit. */
export interface MediaCalls {
    publish(sdp: string): Promise<string>;
    watch(): Promise<{ sdp: string; slots: Slot[] }>;
    answer(sdp: string): Promise<unknown>;
    size(mid: string, size: Size): Promise<unknown>;
    close(what: 'publish' | 'watch' | 'both'): Promise<unknown>;
    onOffer(scope: Scope, heard: (offer: { sdp: string; slots: Slot[] }) => void): void;
}

export function mediaCalls(connection: Connection, visit?: string): MediaCalls {
    const of = visit === undefined ? {} : { visit };
    return {
        publish: async (sdp) => (await connection.call(protocol.media.publish, { sdp, ...of })).sdp,
        watch: () => connection.call(protocol.media.watch, of),
        answer: (sdp) => connection.call(protocol.media.answer, { sdp, ...of }),
        size: (mid, size) => connection.call(protocol.media.size, { mid, ...size, ...of }),
        close: (what) => connection.call(protocol.media.close, { what, ...of }),
        onOffer: (scope, heard) =>
            connection.onEvent(scope, protocol.events.mediaOffer, (offer) => {
                if (offer.visit === undefined || visit === undefined || offer.visit === visit) heard(offer);
            }),
    };
}

/** Sends this device's tracks by our own offer. Tracks stay the caller's; they may be changed at any time. */
export class Publisher extends Peer {
    private readonly _calls: MediaCalls;
    private readonly _kinds: readonly ('audio' | 'video')[];
    private _tracks: Record<'audio' | 'video', MediaStreamTrack | null> = { audio: null, video: null };
    private _senders: Partial<Record<'audio' | 'video', RTCRtpSender>> = {};
    private _announced = false;
    private readonly _sizes: () => number;

    constructor(
        scope: Scope,
        calls: MediaCalls,
        iceServers: RTCIceServer[],
        sizes: () => number,
        kinds: readonly ('audio' | 'video')[] = ['audio', 'video'],
    ) {
        super(scope, iceServers);
        this._calls = calls;
        this._kinds = kinds;
        this._sizes = sizes;
    }

    /** null sends nothing of that kind, without a new exchange. */
    setTrack(kind: 'audio' | 'video', track: MediaStreamTrack | null): void {
        this._tracks[kind] = track;
        void this._senders[kind]?.replaceTrack(track).catch(() => undefined); // a closed sender is rebuilt with it anyway
    }

    protected async build(pc: RTCPeerConnection): Promise<void> {
        // The gateway tells a new connection from a changed one by this.
        if (this._announced) await this._calls.close('publish').catch(() => undefined);
        this._senders = {};
        for (const kind of this._kinds) {
            this._senders[kind] =
                kind === 'video'
                    ? addVideo(pc, this._tracks.video ?? 'video', this._videoEncodings()).sender
                    : pc.addTransceiver(this._tracks.audio ?? 'audio', { direction: 'sendonly' }).sender;
        }
        await this._offer(pc, false);
    }

    private _videoEncodings(): Encoding[] {
        const { height = 0, width = 0 } = this._tracks.video?.getSettings() ?? {};
        return videoEncodings(this._sizes(), Math.min(height, width));
    }

    protected async mend(pc: RTCPeerConnection): Promise<boolean> {
        if (pc.signalingState !== 'stable') return false;
        await this._offer(pc, true);
        return true;
    }

    private async _offer(pc: RTCPeerConnection, iceRestart: boolean): Promise<void> {
        const offer = await pc.createOffer({ iceRestart });
        await pc.setLocalDescription(offer);
        this._announced = true;
        const answer = await this._calls.publish(pc.localDescription?.sdp ?? offer.sdp ?? '');
        await pc.setRemoteDescription({ type: 'answer', sdp: answer });
    }
}

export interface Watched {
    audio: MediaStreamTrack | null;
    video: MediaStreamTrack | null;
}

/** Which tracks belong to whom. Slots whose m-line does not exist are left out. */
export function tracksBySlot(
    slots: readonly Slot[],
    trackOf: (mid: string) => MediaStreamTrack | null,
): Map<SlotParty, Watched> {
    const watched = new Map<SlotParty, Watched>();
    for (const slot of slots) {
        const track = trackOf(slot.mid);
        if (!track || track.kind !== slot.kind) continue;
        const own = watched.get(slot.party) ?? { audio: null, video: null };
        own[slot.kind] = track;
        watched.set(slot.party, own);
    }
    return watched;
}

/** Receives what the gateway offers. A slot is always there; whether anything comes through it is the gateway's decision. */
export class Watcher extends Peer {
    readonly calls: MediaCalls;
    /** As last offered. */
    slots: readonly Slot[] = [];
    private _events = new Emitter<{ tracks: Map<SlotParty, Watched> }>();
    private _tracks = new Map<SlotParty, Watched>();
    private _awaitingFresh = false;

    constructor(scope: Scope, calls: MediaCalls, iceServers: RTCIceServer[]) {
        super(scope, iceServers);
        this.calls = calls;
        calls.onOffer(scope, (offer) => {
            if (this._awaitingFresh) return; // meant for the connection that is being replaced
            const pc = this.pc;
            this.step(async () => {
                if (pc && pc === this.pc) await this._accept(pc, offer);
            });
        });
    }

    get tracks(): ReadonlyMap<SlotParty, Watched> {
        return this._tracks;
    }

    onTracks(scope: Scope, heard: (tracks: ReadonlyMap<SlotParty, Watched>) => void): void {
        this._events.on(scope, 'tracks', heard);
    }

    protected async build(pc: RTCPeerConnection): Promise<void> {
        this._awaitingFresh = true;
        const fresh = this.calls.watch();
        try {
            await fresh;
        } finally {
            this._awaitingFresh = false;
        }
        await this._accept(pc, await fresh);
    }

    /** The gateway offers, so only a fresh offer helps. */
    protected mend(): Promise<boolean> {
        return Promise.resolve(false);
    }

    private async _accept(pc: RTCPeerConnection, offer: { sdp: string; slots: Slot[] }): Promise<void> {
        await pc.setRemoteDescription({ type: 'offer', sdp: offer.sdp });
        const answer = await pc.createAnswer();
        await pc.setLocalDescription(answer);
        const transceivers = pc.getTransceivers();
        this._tracks = tracksBySlot(
            offer.slots,
            (mid) => transceivers.find((transceiver) => transceiver.mid === mid)?.receiver.track ?? null,
        );
        this.slots = offer.slots;
        this._events.emit('tracks', this._tracks);
        await this.calls.answer(pc.localDescription?.sdp ?? answer.sdp ?? '');
    }
}
