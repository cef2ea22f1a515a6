/** A gateway for tests of the console alone: speaks docs/protocol.md as far as the console needs it. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Role, Visit } from '../../rtc-core/types';
import * as archive from './archive-data';
import * as data from './data';
import * as proof from './proof-data';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types: Record<string, string> = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.webm': 'video/webm',
};

type Params = Record<string, unknown>;
interface Call {
    method: string;
    params: Params;
}
/** The far end of the media: a page of the test's browser. */
export interface Media {
    offer: (visit: string) => Promise<string>;
    accept: (visit: string, sdp: string) => Promise<void>;
    answer: (visit: string, sdp: string) => Promise<string>;
}

export class MockConsole {
    role: Role = 'officer';
    signedIn = true;
    visits: Visit[] = data.aDay(Date.now());
    media: Media | null = null;
    mediaFolder: string | null = null;
    /** Something in the archive is no more as it was sealed. */
    damaged = false;
    /** Somebody has changed what was drawn. */
    forged = false;
    /** Refused methods and paths: the error's data and message. */
    readonly refuse = new Map<string, { reason: string; message?: string; [key: string]: unknown }>();
    readonly calls: Call[] = [];
    readonly #server: Server;
    readonly #sockets = new Set<WebSocket>();

    private constructor() {
        this.#server = createServer((request, response) => this.#serve(request, response));
        new WebSocketServer({ server: this.#server, path: '/api/ws' }).on('connection', (socket) => this.#open(socket));
    }

    static async start(): Promise<MockConsole> {
        const self = new MockConsole();
        await new Promise<void>((resolve) => self.#server.listen(0, '127.0.0.1', resolve));
        return self;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        for (const socket of this.#sockets) socket.terminate();
        this.#server.closeAllConnections();
        await new Promise((resolve) => this.#server.close(resolve));
    }

    drop(code = 1012): void {
        for (const socket of this.#sockets) socket.close(code);
    }

    tell(method: string, params: unknown): void {
        for (const socket of this.#sockets) socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
    }

    change(id: string, change: Partial<Visit>): void {
        this.visits = this.visits.map((visit) => (visit.id === id ? { ...visit, ...change } : visit));
        this.tell('visit.changed', { visit: this.visits.find((visit) => visit.id === id) });
    }

    count(method: string): number {
        return this.calls.filter((call) => call.method === method).length;
    }

    #serve(request: IncomingMessage, response: ServerResponse): void {
        const path = (request.url ?? '/').replace(/[?#].*/, '');
        if (request.method === 'POST') return this.#post(path, request, response);
        if (path.startsWith('/media/') && this.mediaFolder)
            return this.#range(join(this.mediaFolder, path.slice(7)), request, response);
        const file = join(dist, path);
        const found = existsSync(file) && statSync(file).isFile() ? file : join(dist, 'console', 'index.html');
        response.writeHead(200, {
            'Content-Type': types[extname(found)] ?? 'application/octet-stream',
            'Content-Security-Policy': policy,
        });
        response.end(readFileSync(found));
    }

    #range(file: string, request: IncomingMessage, response: ServerResponse): void {
        if (!existsSync(file)) return void response.writeHead(404).end();
        const { size } = statSync(file);
        const match = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
        const from = match ? Number(match[1]) : 0;
        const to = match?.[2] ? Number(match[2]) : size - 1;
        response.writeHead(match ? 206 : 200, {
            'Content-Type': 'video/webm',
            'Accept-Ranges': 'bytes',
            'Content-Length': to - from + 1,
            ...(match ? { 'Content-Range': `bytes ${from}-${to}/${size}` } : {}),
        });
        createReadStream(file, { start: from, end: to }).pipe(response);
    }

    #post(path: string, request: IncomingMessage, response: ServerResponse): void {
        if (path.endsWith('/snapshots')) {
            this.calls.push({ method: 'POST snapshots', params: { path: request.url } });
            response.writeHead(200, { 'Content-Type': 'application/json' });
            return void response.end(JSON.stringify({ snapshot: archive.snapshot(Date.now(), 's2', 9000) }));
        }
        const refused = this.refuse.get(path);
        if (!refused) this.signedIn = !path.endsWith('/sign-out');
        const body = refused
            ? { error: { code: -32001, message: refused.message ?? refused.reason, data: refused } }
            : { seat: 'console', person: this.#person() };
        response.writeHead(refused ? 401 : 200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(body));
    }

    #person() {
        const people = {
            officer: { id: 'o1', name: 'zhang', display: '张警官' },
            procurator: { id: 'o9', name: 'fang', display: '方检察官' },
            administrator: { id: 'a1', name: 'lin.admin', display: '林静' },
            security: { id: 'a2', name: 'gao', display: '高宁' },
            auditor: { id: 'a3', name: 'shen', display: '沈阅' },
            inspector: { id: 'i1', name: 'gu', display: '顾长宁' },
            office: { id: 'f1', name: 'mi', display: '米粟' },
        };
        return { ...people[this.role], unit: data.prison };
    }

    #open(socket: WebSocket): void {
        if (!this.signedIn) return socket.close(4401);
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        socket.on('message', (text) => {
            const { id, method, params } = JSON.parse(String(text)) as Call & { id: number };
            this.calls.push({ method, params });
            const reply = (body: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
            const refused = this.refuse.get(method);
            if (refused) return reply({ error: { code: -32004, message: refused.message ?? '', data: refused } });
            this.#answer(method, params)
                .then((result) => reply({ result }))
                .catch((error: unknown) =>
                    reply({ error: { code: -32603, message: String(error), data: { reason: 'internal-error' } } }),
                );
        });
    }

    #visit(params: Params): Visit {
        const found = this.visits.find((visit) => visit.id === params['visit']);
        if (!found) throw new Error('no such visit');
        return found;
    }

    #own(visit: Visit) {
        return {
            visit,
            events: [
                { at_ms: visit.starts_ms - 600_000, type: 'open' },
                {
                    at_ms: visit.starts_ms - 420_000,
                    type: 'enter',
                    by: '家属',
                    detail: { party: 'family', consent: true },
                },
                { at_ms: visit.starts_ms - 60_000, type: 'subject-here', by: '张警官', detail: { here: true } },
                ...(visit.live_since_ms
                    ? [
                          { at_ms: visit.live_since_ms, type: 'admit', by: '张警官' },
                          { at_ms: visit.live_since_ms + 4000, type: 'observe', by: '刘警官' },
                          {
                              at_ms: visit.live_since_ms + 94_000,
                              type: 'warn',
                              by: '张警官',
                              detail: { preset: 'third', language: 'zh' },
                          },
                      ]
                    : []),
            ],
            notes: visit.live_since_ms
                ? [{ at_ms: visit.live_since_ms + 120_000, by: '张警官', text: '家属旁有第三人，已提醒' }]
                : [],
        };
    }

    async #answer(method: string, params: Params): Promise<unknown> {
        const now = Date.now();
        const link = { link: `${this.url}/console#link=Zk3mP9QrTt7uVwXy2AbCdEfG`, expires_ms: now + 86_400_000 };
        switch (method) {
            case 'hello':
                return {
                    seat: 'console',
                    now_ms: now,
                    zone: 'Asia/Shanghai',
                    version: '0.1.0',
                    person: this.#person(),
                    roles: [this.role],
                    ice_servers: [],
                };
            case 'ping':
                return { now_ms: now };
            case 'visits.list':
                this.visits = this.visits.map((visit) =>
                    visit.recording?.state === 'recording'
                        ? { ...visit, recording: { state: 'recording', up_to_ms: now } }
                        : visit,
                );
                return {
                    visits: this.visits.filter(
                        (visit) =>
                            visit.starts_ms >= Number(params['from_ms']) && visit.starts_ms < Number(params['to_ms']),
                    ),
                };
            case 'visits.get':
                return this.#own(this.#visit(params));
            case 'visits.presets':
                return { warnings: data.warnings, causes: data.causes };
            case 'visits.choices':
                return {
                    subjects: this.visits.map((visit) => ({ ...visit.subject, visitors: visit.visitors })),
                    terminals: data.terminals(now).map(({ id, name, unit, online }) => ({ id, name, unit, online })),
                };
            case 'visits.create':
                return {
                    visit: { ...this.visits[5], id: 'new', starts_ms: params['starts_ms'] },
                    link: `${this.url}/visit/K7M2P9QRST`,
                    code: 'K7M2P9QRST',
                };
            case 'visits.link':
                return { url: `${this.url}/visit/K7M2P9QRST`, code: 'K7M2P9QRST', expires_ms: link.expires_ms };
            case 'visits.pause':
                return this.change(String(params['visit']), { state: 'paused' }) ?? {};
            case 'visits.resume':
                return this.change(String(params['visit']), { state: 'live' }) ?? {};
            case 'visits.end':
                this.change(String(params['visit']), {
                    state: 'ended',
                    end: { cause: 'rule-broken', at_ms: now, by: '张警官', note: String(params['note'] ?? '') },
                    recording: { state: 'sealing', progress: 0.1 },
                });
                return {};
            case 'media.watch': {
                if (!this.media) throw new Error('this test has no media');
                const sdp = await this.media.offer(String(params['visit']));
                const slots = (['family', 'terminal'] as const).flatMap((party, index) => [
                    { mid: String(index * 2), party, kind: 'video' },
                    { mid: String(index * 2 + 1), party, kind: 'audio' },
                ]);
                return { sdp, slots };
            }
            case 'media.answer':
                await this.media?.accept(String(params['visit']), String(params['sdp']));
                return {};
            case 'media.publish':
                return { sdp: await this.media?.answer(String(params['visit']), String(params['sdp'])) };
            case 'units.list':
                return { units: data.units };
            case 'people.list':
                return { people: data.persons(now) };
            case 'people.add':
                return { person: data.persons(now)[3], ...link };
            case 'people.link':
            case 'terminals.link':
                return link;
            case 'terminals.list':
                return { terminals: data.terminals(now) };
            case 'terminals.add':
                return { terminal: data.terminals(now)[3], ...link };
            case 'audit.list':
                return { entries: params['before'] ? [] : data.auditRows(now), names: data.auditNames(now) };
            case 'archive.health':
                return { ...proof.health(now), ...(this.damaged ? {} : { state: 'good', damaged: [] }) };
            case 'archive.draw-replay':
                return proof.replay(this.forged);
            default:
                return archive.answer(method, params, now) ?? {};
        }
    }
}
