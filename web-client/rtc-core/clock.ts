// The gateway's clock, as far as a page can know it: people see one countdown, whatever their telephone believes.

/** Keeps the offset of the exchange with the shortest round trip; old ones fade, since telephones' clocks drift. */
export class Clock {
    private _offset = 0;
    private _best = Infinity;

    /** An exchange: sent and answered by the local clock, `now` by the gateway's. All in milliseconds. */
    learn(sent: number, answered: number, now: number): void {
        const trip = Math.max(0, answered - sent);
        this._best *= 1.1;
        if (trip > this._best) return;
        this._best = Math.max(trip, 1);
        this._offset = Math.round(now - (sent + trip / 2));
    }

    now(local: number = Date.now()): number {
        return local + this._offset;
    }
}

/** Minutes and seconds as people read a clock that runs down: "12:05"; never below "0:00". */
export function countdown(ms: number): string {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const minutes = Math.floor(seconds / 60);
    return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}
