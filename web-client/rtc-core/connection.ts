// JSON-RPC 2.0 over one WebSocket that comes back by itself. Knows messages, not what they mean.
import { Clock } from './clock';
import { Emitter } from './emitter';
import { Failure } from './failure';
import * as protocol from './protocol';
import type { Hello, Language, Method, Seat, ServerEvent } from './protocol';
import type { Scope } from './scope';

const requestTimeoutMs = 10_000;
const pingEveryMs = 10_000;
const pingTimeoutMs = 7_000;
const graceMs = 1_000;
const maxPending = 64;

/** Milliseconds until the next try: 0.5 s doubling to 10 s, each ±30 % so that thousands of pages do not come at once. */
export function backoff(attempt: number, random: number = Math.random()): number {
    const base = Math.min(10_000, 500 * 2 ** Math.min(attempt, 10));
    return Math.round(base * (0.7 + 0.6 * random));
}

export type ConnectionState =
    | { kind: 'connecting' }
    | { kind: 'open' }
    /** Lost; the next try is at `retryAt` (local clock); `attempt` counts from 1. */
    | { kind: 'lost'; retryAt: number; attempt: number }
    /** For good: sign in again, or the seat was opened on another page. */
    | { kind: 'closed'; why: 'sign-in' | 'elsewhere' };

interface OwnEvents {
    state: ConnectionState;
    hello: Hello;
}

interface Pending {
    resolve: (answer: unknown) => void;
    reject: (error: Failure) => void;
    cancel: () => void;
}

export interface ConnectionOptions {
    seat: Seat;
    language: Language;
    /** For tests. */
    open?: (url: string) => WebSocket;
    random?: () => number;
}

/** Lives until its scope ends. Calls made while it is not open are refused at once ("not-connected"). */
export class Connection {
    readonly clock = new Clock();
    /** Round trip of the last ping. */
    roundTripMs: number | null = null;
    private _scope: Scope;
    private _options: ConnectionOptions;
    private _own = new Emitter<OwnEvents>();
    private _remote = new Emitter<Record<string, unknown>>();
    private _state: ConnectionState = { kind: 'connecting' };
    private _socket: WebSocket | null = null;
    private _life: Scope | null = null;
    private _pending = new Map<number, Pending>();
    private _lastId = 0;
    private _attempt = 0;

    constructor(scope: Scope, options: ConnectionOptions) {
        this._scope = scope;
        this._options = options;
        scope.add(() => this._drop());
        if (typeof window !== 'undefined') {
            scope.listen(window, 'online', () => this._onAwake());
            scope.listen(document, 'visibilitychange', () => this._onAwake());
        }
        this._connect();
    }

    get state(): ConnectionState {
        return this._state;
    }

    on<Name extends keyof OwnEvents>(scope: Scope, name: Name, heard: (value: OwnEvents[Name]) => void): void {
        this._own.on(scope, name, heard);
    }

    onEvent<Params>(scope: Scope, event: ServerEvent<Params>, heard: (params: Params) => void): void {
        this._remote.on(scope, event.name, (params) => heard(params as Params));
    }

    /** Rejects with a Failure. */
    call<Params, Answer>(
        method: Method<Params, Answer>,
        params: Params,
        timeoutMs = requestTimeoutMs,
    ): Promise<Answer> {
        if (this._state.kind !== 'open') return Promise.reject(notConnected());
        return this._send(method, params, timeoutMs);
    }

    /**
     * Tries now instead of at the end of the wait; also brings a closed connection back ("use it here"). One that is
     * still connecting begins again: it was opened with the cookies of before.
     */
    retry(): void {
        if (this._state.kind !== 'open') this._connect();
    }

    /** Begins again with the cookies of now, whatever state it is in: after pairing anew. */
    restart(): void {
        this._connect();
    }

    private _connect(): void {
        this._drop();
        if (this._scope.ended) return;
        this._setState({ kind: 'connecting' });
        const life = this._scope.child();
        const base = typeof location === 'undefined' ? 'ws://localhost' : location.origin.replace(/^http/, 'ws');
        const url = base + protocol.socketPath(this._options.seat);
        const socket = this._options.open ? this._options.open(url) : new WebSocket(url);
        this._life = life;
        this._socket = socket;
        life.after(requestTimeoutMs, () => {
            if (this._state.kind === 'connecting') this._onClose(0);
        });
        life.listen(socket, 'open', () => void this._onOpen(life));
        life.listen<MessageEvent>(socket, 'message', (message) => this._onMessage(message.data));
        life.listen<CloseEvent>(socket, 'close', (event) => this._onClose(event.code));
    }

    private async _onOpen(life: Scope): Promise<void> {
        try {
            const sent = Date.now();
            const hello = await this._send(protocol.hello, { language: this._options.language }, requestTimeoutMs);
            if (life.ended) return;
            this.clock.learn(sent, Date.now(), hello.now_ms);
            this._attempt = 0;
            this._setState({ kind: 'open' });
            this._own.emit('hello', hello);
            life.every(pingEveryMs, () => void this._ping(life));
        } catch (error) {
            if (life.ended) return;
            this._onClose(error instanceof Failure && error.reason === 'sign-in-required' ? protocol.closed.signIn : 0);
        }
    }

    private async _ping(life: Scope): Promise<void> {
        const sent = Date.now();
        try {
            const { now_ms } = await this._send(protocol.ping, {}, pingTimeoutMs);
            this.roundTripMs = Date.now() - sent;
            this.clock.learn(sent, Date.now(), now_ms);
        } catch (error) {
            // A refused ping still proves that somebody is there; silence does not.
            if (!life.ended && error instanceof Failure && error.reason === 'timed-out') this._onClose(0);
        }
    }

    /** A seat that was opened elsewhere stays there: two pages must not take it from each other in turns. */
    private _onAwake(): void {
        if (document.visibilityState !== 'visible') return;
        if (this._state.kind === 'lost') this.retry();
        else if (this._state.kind === 'open' && this._life) void this._ping(this._life); // telephones sleep without a word
    }

    private _send<Params, Answer>(method: Method<Params, Answer>, params: Params, timeoutMs: number): Promise<Answer> {
        const socket = this._socket;
        const life = this._life;
        if (!socket || !life || socket.readyState !== 1) return Promise.reject(notConnected());
        if (this._pending.size >= maxPending)
            return Promise.reject(new Failure('limit-reached', 'too many open calls'));
        const id = ++this._lastId;
        return new Promise<Answer>((resolve, reject) => {
            const giveUp = () => {
                this._pending.delete(id);
                reject(new Failure('timed-out', `${method.name} timed out`));
            };
            // In two steps: a page that stood still itself (a telephone that slept) reads what came meanwhile first.
            const cancel = life.after(timeoutMs - graceMs, () => (pending.cancel = life.after(graceMs, giveUp)));
            const pending = { resolve: resolve as (answer: unknown) => void, reject, cancel };
            this._pending.set(id, pending);
            socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: method.name, params }));
        });
    }

    private _onMessage(data: unknown): void {
        const message = parse(data);
        if (!message) return;
        if (typeof message['method'] === 'string') {
            this._remote.emit(message['method'], message['params'] ?? {});
            return;
        }
        const pending = this._pending.get(message['id'] as number);
        if (!pending) return;
        this._pending.delete(message['id'] as number);
        pending.cancel();
        if (message['error'] !== undefined) pending.reject(Failure.from(message['error']));
        else pending.resolve(message['result'] ?? {});
    }

    private _onClose(code: number): void {
        this._drop();
        if (this._scope.ended) return;
        if (code === protocol.closed.signIn) this._setState({ kind: 'closed', why: 'sign-in' });
        else if (code === protocol.closed.elsewhere) this._setState({ kind: 'closed', why: 'elsewhere' });
        else {
            const wait = backoff(this._attempt, (this._options.random ?? Math.random)());
            this._attempt += 1;
            this._life = this._scope.child();
            this._life.after(wait, () => this._connect());
            this._setState({ kind: 'lost', retryAt: Date.now() + wait, attempt: this._attempt });
        }
    }

    /** Ends the socket and everything that waited for it; says nothing. */
    private _drop(): void {
        this._life?.end();
        this._life = null;
        const socket = this._socket;
        this._socket = null;
        if (socket && socket.readyState <= 1) socket.close();
        const pending = [...this._pending.values()];
        this._pending.clear();
        for (const one of pending) one.reject(notConnected());
    }

    private _setState(state: ConnectionState): void {
        this._state = state;
        this._own.emit('state', state);
    }
}

function notConnected(): Failure {
    return new Failure('not-connected', 'there is no connection to the gateway now');
}

function parse(data: unknown): Record<string, unknown> | null {
    if (typeof data !== 'string') return null;
    try {
        const message: unknown = JSON.parse(data);
        return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : null;
    } catch {
        return null;
    }
}
