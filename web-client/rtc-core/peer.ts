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
    #own = new Emitter<{ state: PeerState }>();
    #state: PeerState = 'idle';
    #pc: RTCPeerConnection | null = null;
    #life: Scope | null = null;
    #steps: Promise<void> = Promise.resolve();
    #since = 0;
    #tries = 0;
    #busy = 0;
    #notBefore = 0;
    protected readonly scope: Scope;
    readonly #iceServers: RTCIceServer[];

    constructor(scope: Scope, iceServers: RTCIceServer[]) {
        this.scope = scope;
        this.#iceServers = iceServers;
        scope.add(() => this.#close());
    }

    get state(): PeerState {
        return this.#state;
    }

    get pc(): RTCPeerConnection | null {
        return this.#pc;
    }

    onState(scope: Scope, heard: (state: PeerState) => void): void {
        this.#own.on(scope, 'state', heard);
    }

    /** Begins, or begins anew: after the way to the gateway was lost, nothing old can be trusted. */
    begin(): void {
        if (this.#state === 'idle') {
            this.scope.every(lookEveryMs, () => this.#look());
            this.#setState('connecting');
        } else this.#setState('mending');
        this.#tries = 0;
        this.#notBefore = 0;
        this.#rebuild();
    }

    /** Makes the exchange of descriptions with the gateway on a new connection. */
    protected abstract build(pc: RTCPeerConnection): Promise<void>;
    /** Mends the connection in place; false when that is not possible. */
    protected abstract mend(pc: RTCPeerConnection): Promise<boolean>;

    /** Runs one step after those before it. A step that fails leaves the rest to the next look. */
    protected step(run: () => Promise<void>): void {
        this.#busy += 1;
        this.#steps = this.#steps
            .then(() => (this.scope.ended ? undefined : run()))
            .catch(() => {
                this.#tries += 1;
                this.#notBefore = Date.now() + backoff(this.#tries);
                this.#close();
            })
            .finally(() => {
                this.#busy -= 1;
            });
    }

    #rebuild(): void {
        this.step(async () => {
            this.#close();
            const life = this.scope.child();
            const pc = new RTCPeerConnection({ iceServers: this.#iceServers, bundlePolicy: 'max-bundle' });
            life.add(() => pc.close());
            life.listen(pc, 'connectionstatechange', () => this.#onChange());
            this.#life = life;
            this.#pc = pc;
            this.#since = Date.now();
            await this.build(pc);
        });
    }

    #onChange(): void {
        this.#since = Date.now();
        if (this.#pc?.connectionState === 'connected') {
            this.#tries = 0;
            this.#setState('connected');
        } else this.#look();
    }

    #look(): void {
        if (this.#state === 'idle' || this.#busy > 0 || this.scope.ended) return;
        const state = this.#pc?.connectionState ?? 'closed';
        const remedy = remedyFor(state, Date.now() - this.#since, this.#tries);
        if (state !== 'connected' && state !== 'new' && state !== 'connecting') this.#setState('mending');
        if (remedy === 'wait' || Date.now() < this.#notBefore) return;
        this.#tries += 1;
        this.#notBefore = Date.now() + backoff(this.#tries);
        const pc = this.#pc;
        if (remedy === 'restart-ice' && pc) {
            this.step(async () => {
                this.#since = Date.now();
                if (!(await this.mend(pc))) this.#rebuild();
            });
        } else this.#rebuild();
    }

    #close(): void {
        this.#life?.end();
        this.#life = null;
        this.#pc = null;
    }

    #setState(state: PeerState): void {
        if (this.#state === state) return;
        this.#state = state;
        this.#own.emit('state', state);
    }
}
