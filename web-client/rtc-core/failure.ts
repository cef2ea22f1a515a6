// How a request fails, as the gateway or the way to it says so.

/**
 * `reason` is the gateway's stable word ("wrong-state", "code-expired" ...), or one of ours: "not-connected" (there is no
 * connection now), "timed-out", "unreachable" (the network or the service is down). Pages translate the reason; `message`
 * is English, for the log.
 */
export class Failure extends Error {
    readonly reason: string;
    readonly data: Readonly<Record<string, unknown>>;

    constructor(reason: string, message: string, data: Record<string, unknown> = {}) {
        super(message);
        this.name = 'Failure';
        this.reason = reason;
        this.data = data;
    }

    /** From the `error` member of a JSON-RPC or HTTP answer, whatever is in it. */
    static from(error: unknown): Failure {
        const { message, data } = (error ?? {}) as { message?: unknown; data?: unknown };
        const about = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
        const reason = typeof about['reason'] === 'string' ? about['reason'] : 'internal-error';
        return new Failure(reason, typeof message === 'string' ? message : reason, about);
    }
}

/** The reason of whatever was thrown. */
export function reasonOf(error: unknown): string {
    return error instanceof Failure ? error.reason : 'internal-error';
}
