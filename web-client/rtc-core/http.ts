// The few requests that are made before there is a connection: signing in and out.
import { Failure } from './failure';
import type { Post } from './protocol';

const timeoutMs = 15_000;

/** Posts JSON and answers JSON; rejects with a Failure. */
export async function send<Body, Answer>(request: Post<Body, Answer>, body: Body): Promise<Answer> {
    const abort = new AbortController();
    // eslint-disable-next-line no-restricted-syntax -- ends with the request, below
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
        const response = await fetch(request.path, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            credentials: 'same-origin',
            body: JSON.stringify(body),
            signal: abort.signal,
        });
        const answer: unknown = await response.json().catch(() => null);
        if (response.ok) return answer as Answer;
        throw Failure.from((answer as { error?: unknown } | null)?.error);
    } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure(abort.signal.aborted ? 'timed-out' : 'unreachable', String(error));
    } finally {
        clearTimeout(timer);
    }
}
