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
    #scope: Scope;
    #options: ConnectionOptions;
    #own = new Emitter<OwnEvents>();
    #remote = new Emitter<Record<string, unknown>>();
    #state: ConnectionState = { kind: 'connecting' };
    #socket: WebSocket | null = null;
    #life: Scope | null = null;
    #pending = new Map<number, Pending>();
    #lastId = 0;
    #attempt = 0;

    constructor(scope: Scope, options: ConnectionOptions) {
        this.#scope = scope;
        this.#options = options;
        scope.add(() => this.#drop());
        if (typeof window !== 'undefined') {
            scope.listen(window, 'online', () => this.#onAwake());
            scope.listen(document, 'visibilitychange', () => this.#onAwake());
        }
        this.#connect();
    }

    get state(): ConnectionState {
        return this.#state;
    }

    on<Name extends keyof OwnEvents>(scope: Scope, name: Name, heard: (value: OwnEvents[Name]) => void): void {
        this.#own.on(scope, name, heard);
    }

    onEvent<Params>(scope: Scope, event: ServerEvent<Params>, heard: (params: Params) => void): void {
        this.#remote.on(scope, event.name, (params) => heard(params as Params));
    }

    /** Rejects with a Failure. */
    call<Params, Answer>(
        method: Method<Params, Answer>,
        params: Params,
        timeoutMs = requestTimeoutMs,
    ): Promise<Answer> {
        if (this.#state.kind !== 'open') return Promise.reject(notConnected());
        return this.#send(method, params, timeoutMs);
    }

    /** Tries now instead of at the end of the wait; also brings a closed connection back ("use it here"). */
    retry(): void {
        if (this.#state.kind === 'lost' || this.#state.kind === 'closed') this.#connect();
    }

    #connect(): void {
        this.#drop();
        if (this.#scope.ended) return;
        this.#setState({ kind: 'connecting' });
        const life = this.#scope.child();
        const base = typeof location === 'undefined' ? 'ws://localhost' : location.origin.replace(/^http/, 'ws');
        const url = base + protocol.socketPath(this.#options.seat);
        const socket = this.#options.open ? this.#options.open(url) : new WebSocket(url);
        this.#life = life;
        this.#socket = socket;
        life.after(requestTimeoutMs, () => {
            if (this.#state.kind === 'connecting') this.#onClose(0);
        });
        life.listen(socket, 'open', () => void this.#onOpen(life));
        life.listen<MessageEvent>(socket, 'message', (message) => this.#onMessage(message.data));
        life.listen<CloseEvent>(socket, 'close', (event) => this.#onClose(event.code));
    }

    async #onOpen(life: Scope): Promise<void> {
        try {
            const sent = Date.now();
            const hello = await this.#send(protocol.hello, { language: this.#options.language }, requestTimeoutMs);
            if (life.ended) return;
            this.clock.learn(sent, Date.now(), hello.now_ms);
            this.#attempt = 0;
            this.#setState({ kind: 'open' });
            this.#own.emit('hello', hello);
            life.every(pingEveryMs, () => void this.#ping(life));
        } catch (error) {
            if (life.ended) return;
            this.#onClose(error instanceof Failure && error.reason === 'sign-in-required' ? protocol.closed.signIn : 0);
        }
    }

    async #ping(life: Scope): Promise<void> {
        const sent = Date.now();
        try {
            const { now_ms } = await this.#send(protocol.ping, {}, pingTimeoutMs);
            this.roundTripMs = Date.now() - sent;
            this.clock.learn(sent, Date.now(), now_ms);
        } catch (error) {
            // A refused ping still proves that somebody is there; silence does not.
            if (!life.ended && error instanceof Failure && error.reason === 'timed-out') this.#onClose(0);
        }
    }

    /** A seat that was opened elsewhere stays there: two pages must not take it from each other in turns. */
    #onAwake(): void {
        if (document.visibilityState !== 'visible') return;
        if (this.#state.kind === 'lost') this.retry();
        else if (this.#state.kind === 'open' && this.#life) void this.#ping(this.#life); // telephones sleep without a word
    }

    #send<Params, Answer>(method: Method<Params, Answer>, params: Params, timeoutMs: number): Promise<Answer> {
        const socket = this.#socket;
        const life = this.#life;
        if (!socket || !life || socket.readyState !== 1) return Promise.reject(notConnected());
        if (this.#pending.size >= maxPending)
            return Promise.reject(new Failure('limit-reached', 'too many open calls'));
        const id = ++this.#lastId;
        return new Promise<Answer>((resolve, reject) => {
            const cancel = life.after(timeoutMs, () => {
                this.#pending.delete(id);
                reject(new Failure('timed-out', `${method.name} was not answered in time`));
            });
            this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, reject, cancel });
            socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: method.name, params }));
        });
    }

    #onMessage(data: unknown): void {
        const message = parse(data);
        if (!message) return;
        if (typeof message['method'] === 'string') {
            this.#remote.emit(message['method'], message['params'] ?? {});
            return;
        }
        const pending = this.#pending.get(message['id'] as number);
        if (!pending) return;
        this.#pending.delete(message['id'] as number);
        pending.cancel();
        if (message['error'] !== undefined) pending.reject(Failure.from(message['error']));
        else pending.resolve(message['result'] ?? {});
    }

    #onClose(code: number): void {
        this.#drop();
        if (this.#scope.ended) return;
        if (code === protocol.closed.signIn) this.#setState({ kind: 'closed', why: 'sign-in' });
        else if (code === protocol.closed.elsewhere) this.#setState({ kind: 'closed', why: 'elsewhere' });
        else {
            const wait = backoff(this.#attempt, (this.#options.random ?? Math.random)());
            this.#attempt += 1;
            this.#life = this.#scope.child();
            this.#life.after(wait, () => this.#connect());
            this.#setState({ kind: 'lost', retryAt: Date.now() + wait, attempt: this.#attempt });
        }
    }

    /** Ends the socket and everything that waited for it; says nothing. */
    #drop(): void {
        this.#life?.end();
        this.#life = null;
        const socket = this.#socket;
        this.#socket = null;
        if (socket && socket.readyState <= 1) socket.close();
        const pending = [...this.#pending.values()];
        this.#pending.clear();
        for (const one of pending) one.reject(notConnected());
    }

    #setState(state: ConnectionState): void {
        this.#state = state;
        this.#own.emit('state', state);
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
