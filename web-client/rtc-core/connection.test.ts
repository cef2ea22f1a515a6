import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff, Connection } from './connection';
import type { ConnectionState } from './connection';
import { events, party, ping } from './protocol';
import { Scope } from './scope';

class FakeSocket extends EventTarget {
    readyState = 0;
    sent: { id: number; method: string; params: unknown }[] = [];
    open(): void {
        this.readyState = 1;
        this.dispatchEvent(new Event('open'));
    }
    send(text: string): void {
        this.sent.push(JSON.parse(text));
    }
    receive(message: unknown): void {
        const data = typeof message === 'string' ? message : JSON.stringify(message);
        this.dispatchEvent(new MessageEvent('message', { data }));
    }
    answer(method: string, result: unknown): void {
        const call = this.sent.filter((one) => one.method === method).pop();
        this.receive({ jsonrpc: '2.0', id: call?.id, result });
    }
    close(code = 1000): void {
        if (this.readyState > 1) return;
        this.readyState = 3;
        const event = new Event('close') as Event & { code: number };
        event.code = code;
        this.dispatchEvent(event);
    }
}

const greeting = { seat: 'visit', now_ms: 1_000_000, zone: 'Asia/Shanghai', version: '1', ice_servers: [] };

function setUp(): { scope: Scope; sockets: FakeSocket[]; connection: Connection; states: ConnectionState[] } {
    const scope = new Scope();
    const sockets: FakeSocket[] = [];
    const states: ConnectionState[] = [];
    const connection = new Connection(scope, {
        seat: 'visit',
        language: 'zh',
        random: () => 0.5,
        open: () => {
            const socket = new FakeSocket();
            sockets.push(socket);
            return socket as unknown as WebSocket;
        },
    });
    connection.on(scope, 'state', (state) => states.push(state));
    return { scope, sockets, connection, states };
}

async function opened(): Promise<ReturnType<typeof setUp> & { socket: FakeSocket }> {
    const all = setUp();
    const socket = all.sockets[0] as FakeSocket;
    socket.open();
    socket.answer('hello', greeting);
    await vi.advanceTimersByTimeAsync(0);
    return { ...all, socket };
}

beforeEach(() => vi.useFakeTimers({ now: 5000 }));
afterEach(() => vi.useRealTimers());

describe('back-off', () => {
    it.each([
        [0, 0.5, 500],
        [1, 0.5, 1000],
        [3, 0.5, 4000],
        [9, 0.5, 10_000],
        [9, 0, 7000],
        [9, 1, 13_000],
        [4000, 0.5, 10_000],
    ])('try %d with %d waits %d ms', (attempt, random, wait) => expect(backoff(attempt, random)).toBe(wait));
});

describe('connection', () => {
    it('says hello first, learns the clock, and only then is open', async () => {
        const { connection, sockets } = setUp();
        await expect(connection.call(ping, {})).rejects.toMatchObject({ reason: 'not-connected' });
        const socket = sockets[0] as FakeSocket;
        socket.open();
        expect(socket.sent).toEqual([{ jsonrpc: '2.0', id: 1, method: 'hello', params: { language: 'zh' } }]);
        socket.answer('hello', greeting);
        await vi.advanceTimersByTimeAsync(0);
        expect(connection.state.kind).toBe('open');
        expect(connection.clock.now()).toBe(1_000_000);
    });

    it('matches answers to calls and translates refusals', async () => {
        const { connection, socket } = await opened();
        const first = connection.call(party.enter, { consent: true });
        const second = connection.call(party.leave, {});
        const [enter, leave] = socket.sent.slice(-2);
        socket.receive({ jsonrpc: '2.0', id: leave?.id, result: {} });
        socket.receive({
            jsonrpc: '2.0',
            id: enter?.id,
            error: { code: -32004, message: 'no', data: { reason: 'wrong-state', by: 'A' } },
        });
        await expect(second).resolves.toEqual({});
        await expect(first).rejects.toMatchObject({ reason: 'wrong-state', data: { by: 'A' } });
    });

    it('gives up on a call that is not answered', async () => {
        const { connection } = await opened();
        const call = connection.call(party.leave, {});
        const settled = expect(call).rejects.toMatchObject({ reason: 'timed-out' });
        await vi.advanceTimersByTimeAsync(10_000);
        await settled;
    });

    it('hands events to those who listen, and survives rubbish', async () => {
        const { connection, scope, socket } = await opened();
        const heard: number[] = [];
        connection.onEvent(scope, events.timeLeft, ({ minutes }) => heard.push(minutes));
        for (const rubbish of ['', '{', '[]', 'null', '7', '{"id":99}', '{"method":7}', '{"method":"no.such"}']) {
            socket.receive(rubbish);
        }
        socket.receive({ jsonrpc: '2.0', method: 'visit.time_left', params: { minutes: 5 } });
        expect(heard).toEqual([5]);
        expect(connection.state.kind).toBe('open');
    });

    it('comes back with growing waits, and at once begins from the start after a success', async () => {
        const { sockets, states, socket } = await opened();
        socket.close(1006);
        expect(states.at(-1)).toEqual({ kind: 'lost', retryAt: Date.now() + 500, attempt: 1 });
        await vi.advanceTimersByTimeAsync(500);
        sockets[1]?.close(1006);
        expect(states.at(-1)).toMatchObject({ attempt: 2, retryAt: Date.now() + 1000 });
        await vi.advanceTimersByTimeAsync(1000);
        sockets[2]?.open();
        sockets[2]?.answer('hello', greeting);
        await vi.advanceTimersByTimeAsync(0);
        sockets[2]?.close(4408);
        expect(states.at(-1)).toMatchObject({ kind: 'lost', attempt: 1 });
    });

    it('refuses what was under way when the way was lost', async () => {
        const { connection, socket } = await opened();
        const call = connection.call(party.leave, {});
        socket.close(1006);
        await expect(call).rejects.toMatchObject({ reason: 'not-connected' });
    });

    it.each([
        [4401, 'sign-in'],
        [4409, 'elsewhere'],
    ])('stays closed after %d until somebody asks', async (code, why) => {
        const { connection, sockets, socket } = await opened();
        socket.close(code);
        expect(connection.state).toEqual({ kind: 'closed', why });
        await vi.advanceTimersByTimeAsync(60_000);
        expect(sockets).toHaveLength(1);
        connection.retry();
        expect(sockets).toHaveLength(2);
    });

    it('notices a way that died without a word', async () => {
        const { connection, socket } = await opened();
        await vi.advanceTimersByTimeAsync(10_000);
        expect(socket.sent.at(-1)?.method).toBe('ping');
        await vi.advanceTimersByTimeAsync(7_000);
        expect(connection.state.kind).toBe('lost');
    });

    it('reads what came while it stood still itself', async () => {
        const { connection, socket } = await opened();
        await vi.advanceTimersByTimeAsync(10_000);
        await vi.advanceTimersToNextTimerAsync(); // late, and before the answer that waits
        socket.answer('ping', { now_ms: 1_000_000 });
        await vi.advanceTimersByTimeAsync(2_000);
        expect(connection.state.kind).toBe('open');
    });

    it('tries again when nobody answers the door', async () => {
        const { sockets } = setUp();
        await vi.advanceTimersByTimeAsync(11_000);
        expect(sockets.length).toBeGreaterThan(1);
    });

    it('begins again when asked, even while it is open', async () => {
        const { connection, sockets, socket } = await opened();
        connection.restart();
        expect(socket.readyState).toBe(3);
        expect(sockets).toHaveLength(2);
        expect(connection.state.kind).toBe('connecting');
    });

    it('dies with its scope', async () => {
        const { scope, sockets, socket } = await opened();
        scope.end();
        expect(socket.readyState).toBe(3);
        await vi.advanceTimersByTimeAsync(60_000);
        expect(sockets).toHaveLength(1);
    });
});
