// A gateway for tests of the pages alone: speaks docs/protocol.md as far as a party needs it and does what a test says.
// Media are answered by a page of the test's own browser (peer.ts).
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Visit } from '../../rtc-core/types';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types: Record<string, string> = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
};

export interface Peer {
    answer(offer: string): Promise<string>;
    offer(): Promise<string>;
    accept(answer: string): Promise<void>;
}

const room = { id: 't1', name: '2 号会见室', unit: { id: 'u1', name: '青山监狱' } };

type Params = Record<string, unknown>;

export function aVisit(change: Partial<Visit> = {}): Visit {
    return {
        id: 'v1',
        session: 's1',
        kind: 'visit',
        state: 'waiting',
        subject: { id: 'p1', name: '陈志强', number: '20871' },
        visitors: [
            { id: 'r1', name: '王秀兰', relation: '母亲' },
            { id: 'r2', name: '陈小雨', relation: '女儿' },
        ],
        terminal: { ...room, online: true },
        starts_ms: Date.now() + 4 * 60_000 + 30_000,
        minutes: 25,
        recording_class: 'recorded',
        parties: {
            family: { present: true, ready: false, connected: false },
            terminal: { present: true, ready: false, connected: false },
        },
        waiting_for: 'being-fetched',
        recording: { state: 'none' },
        ...change,
    };
}

export class MockGateway {
    visit: Visit | null = aVisit();
    /** Refusals by method or path: reason, and how many times (default: always). */
    readonly refuse = new Map<string, string>();
    readonly calls: { method: string; params: Params }[] = [];
    peer: Peer | null = null;
    paired = true;
    private _server: Server;
    private _sockets = new Set<WebSocket>();

    private constructor() {
        this._server = createServer((request, response) => this._serve(request, response));
        const server = new WebSocketServer({ server: this._server, path: '/api/ws' });
        server.on('connection', (socket, request) => this._open(socket, request.url ?? ''));
    }

    static async start(): Promise<MockGateway> {
        const self = new MockGateway();
        await new Promise<void>((resolve) => self._server.listen(0, '127.0.0.1', resolve));
        return self;
    }

    get url(): string {
        return `http://127.0.0.1:${(this._server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        for (const socket of this._sockets) socket.terminate();
        this._server.closeAllConnections();
        await new Promise((resolve) => this._server.close(resolve));
    }

    /** Loses every page's connection; 4409 and 4401 as the gateway uses them. */
    drop(code = 1012): void {
        for (const socket of this._sockets) socket.close(code);
    }

    change(change: Partial<Visit>): void {
        if (this.visit) this.visit = { ...this.visit, ...change };
        this.tell('visit.changed', { visit: this.visit });
    }

    tell(method: string, params: unknown): void {
        for (const socket of this._sockets) socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
    }

    private _serve(request: IncomingMessage, response: ServerResponse): void {
        const path = (request.url ?? '/').replace(/[?#].*/, '');
        if (request.method === 'POST') return this._post(path, response);
        const page = /^\/(terminal|console)/.exec(path)?.[1] ?? 'visit';
        const file = join(dist, path);
        const found = existsSync(file) && statSync(file).isFile() ? file : join(dist, page, 'index.html');
        response.writeHead(200, {
            'Content-Type': types[extname(found)] ?? 'application/octet-stream',
            'Content-Security-Policy': policy,
        });
        response.end(readFileSync(found));
    }

    private _post(path: string, response: ServerResponse): void {
        const reason = this.refuse.get(path);
        const status = reason === undefined ? 200 : 401;
        const terminal = room;
        const body = reason
            ? { error: { code: -32001, message: reason, data: { reason } } }
            : path.endsWith('/sign-in/link')
              ? { seat: 'terminal', terminal }
              : { visit: this.visit };
        if (!reason && path.endsWith('/sign-in/link')) this.paired = true;
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(body));
    }

    private _open(socket: WebSocket, url: string): void {
        const seat = new URL(url, 'http://x').searchParams.get('seat');
        this._sockets.add(socket);
        socket.on('close', () => this._sockets.delete(socket));
        if (seat === 'terminal' && !this.paired) return socket.close(4401);
        socket.on('message', (data) => {
            const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params: Params };
            this.calls.push({ method, params });
            const reason = this.refuse.get(method);
            const error = { code: -32004, message: reason, data: { reason } };
            if (reason) return socket.send(JSON.stringify({ jsonrpc: '2.0', id, error }));
            this._answer(method, params, seat ?? '')
                .then((result) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, result })))
                .catch(() =>
                    socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32603, message: 'no' } })),
                );
        });
    }

    private async _answer(method: string, params: Params, seat: string): Promise<unknown> {
        const other = seat === 'terminal' ? 'family' : 'terminal';
        switch (method) {
            case 'hello':
                return {
                    seat,
                    now_ms: Date.now(),
                    zone: 'Asia/Shanghai',
                    version: '0.1.0',
                    visit: this.visit,
                    terminal: seat === 'terminal' ? room : undefined,
                    ice_servers: [],
                };
            case 'ping':
            case 'terminal.heartbeat':
                return { now_ms: Date.now() };
            case 'party.enter':
                return { visit: this.visit };
            case 'media.publish':
                return { sdp: await this._peer().answer(String(params['sdp'])) };
            case 'media.watch':
                return {
                    sdp: await this._peer().offer(),
                    slots: [
                        { mid: '0', party: other, kind: 'video' },
                        { mid: '1', party: other, kind: 'audio' },
                    ],
                };
            case 'media.answer':
                await this._peer().accept(String(params['sdp']));
                return {};
            default:
                return {};
        }
    }

    private _peer(): Peer {
        if (!this.peer) throw new Error('this test has no media');
        return this.peer;
    }
}
