// One peer connection that is kept alive: what its state means, when to mend it and how.
import { backoff } from './connection';
import { Emitter } from './emitter';
import type { Scope } from './scope';

/** What a page says about it: nothing yet, on the way, flowing, broken and being mended. */
export type PeerState = 'idle' | 'connecting' | 'connected' | 'mending';

export type Remedy = 'wait' | 'restart-ice' | 'rebuild';

/** What to do about a connection: a short silence is common on telephones, so first wait, then mend, then start anew. */
export function remedyFor(state: RTCPeerConnectionState, silentMs: number, tries: number): Remedy {
    if (state === 'connected') return 'wait';
    if (state === 'closed') return 'rebuild';
    if (state === 'failed') return tries === 0 ? 'restart-ice' : 'rebuild';
    if (state === 'disconnected' && silentMs >= 2_500) return tries === 0 ? 'restart-ice' : 'rebuild';
    return silentMs >= 8_000 ? 'rebuild' : 'wait';
}

const lookEveryMs = 500;

/** Base of Publisher and Watcher: they say how to build and how to mend, this says when. One step at a time. */
export abstract class Peer {
    private _own = new Emitter<{ state: PeerState }>();
    private _state: PeerState = 'idle';
    private _pc: RTCPeerConnection | null = null;
    private _life: Scope | null = null;
    private _steps: Promise<void> = Promise.resolve();
    private _since = 0;
    private _tries = 0;
    private _busy = 0;
    private _notBefore = 0;
    protected readonly scope: Scope;
    private readonly _iceServers: RTCIceServer[];

    constructor(scope: Scope, iceServers: RTCIceServer[]) {
        this.scope = scope;
        this._iceServers = iceServers;
        scope.add(() => this._close());
    }

    get state(): PeerState {
        return this._state;
    }

    get pc(): RTCPeerConnection | null {
        return this._pc;
    }

    onState(scope: Scope, heard: (state: PeerState) => void): void {
        this._own.on(scope, 'state', heard);
    }

    /** Begins, or begins anew: after the way to the gateway was lost, nothing old can be trusted. */
    begin(): void {
        if (this._state === 'idle') {
            this.scope.every(lookEveryMs, () => this._look());
            this._setState('connecting');
        } else this._setState('mending');
        this._tries = 0;
        this._notBefore = 0;
        this._rebuild();
    }

    /** Makes the exchange of descriptions with the gateway on a new connection. */
    protected abstract build(pc: RTCPeerConnection): Promise<void>;
    /** Mends the connection in place; false when that is not possible. */
    protected abstract mend(pc: RTCPeerConnection): Promise<boolean>;

    /** Runs one step after those before it. A step that fails leaves the rest to the next look. */
    protected step(run: () => Promise<void>): void {
        this._busy += 1;
        this._steps = this._steps
            .then(() => (this.scope.ended ? undefined : run()))
            .catch(() => {
                this._tries += 1;
                this._notBefore = Date.now() + backoff(this._tries);
                this._close();
            })
            .finally(() => {
                this._busy -= 1;
            });
    }

    private _rebuild(): void {
        this.step(async () => {
            this._close();
            const life = this.scope.child();
            const pc = new RTCPeerConnection({ iceServers: this._iceServers, bundlePolicy: 'max-bundle' });
            life.add(() => pc.close());
            life.listen(pc, 'connectionstatechange', () => this._onChange());
            this._life = life;
            this._pc = pc;
            this._since = Date.now();
            await this.build(pc);
        });
    }

    private _onChange(): void {
        this._since = Date.now();
        if (this._pc?.connectionState === 'connected') {
            this._tries = 0;
            this._setState('connected');
        } else this._look();
    }

    private _look(): void {
        if (this._state === 'idle' || this._busy > 0 || this.scope.ended) return;
        const state = this._pc?.connectionState ?? 'closed';
        const remedy = remedyFor(state, Date.now() - this._since, this._tries);
        if (state !== 'connected' && state !== 'new' && state !== 'connecting') this._setState('mending');
        if (remedy === 'wait' || Date.now() < this._notBefore) return;
        this._tries += 1;
        this._notBefore = Date.now() + backoff(this._tries);
        const pc = this._pc;
        if (remedy === 'restart-ice' && pc) {
            this.step(async () => {
                this._since = Date.now();
                if (!(await this.mend(pc))) this._rebuild();
            });
        } else this._rebuild();
    }

    private _close(): void {
        this._life?.end();
        this._life = null;
        this._pc = null;
    }

    private _setState(state: PeerState): void {
        if (this._state === state) return;
        this._state = state;
        this._own.emit('state', state);
    }
}
