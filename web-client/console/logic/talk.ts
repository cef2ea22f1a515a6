/**
 * Push to talk: the microphone is open while, and only while, somebody holds the button.
 *
 * Opening takes time (permission, transport, the gateway's answer) and hands are faster than that: whatever was asked for
 * last wins, and a button that was let go before the microphone was ready never opens it. One request runs at a time.
 */

export type TalkTarget = 'both' | 'family' | 'terminal';
export type TalkState = 'closed' | 'opening' | 'open' | 'closing';

export interface TalkDeps {
    /** Gets the microphone and its transport; may take long, may throw. */
    prepare: () => Promise<void>;
    /** Lets sound out of (or keeps it in) the microphone; at once. */
    gate: (open: boolean) => void;
    /** Tells the gateway. */
    tell: (to: TalkTarget | 'nobody') => Promise<void>;
    changed: (state: TalkState, to: TalkTarget) => void;
    failed: (error: unknown) => void;
}

export class PushToTalk {
    #wanted: TalkTarget | null = null;
    #told: TalkTarget | 'nobody' = 'nobody';
    #running = false;

    constructor(private readonly deps: TalkDeps) {}

    hold(to: TalkTarget): void {
        this.#wanted = to;
        if (!this.#running) void this.#run();
    }

    /** Sound stops at once; the gateway hears of it as soon as it can. */
    release(): void {
        if (this.#wanted === null) return;
        this.#wanted = null;
        this.deps.gate(false);
        if (!this.#running) void this.#run();
    }

    get held(): boolean {
        return this.#wanted !== null;
    }

    async #run(): Promise<void> {
        this.#running = true;
        try {
            while ((this.#wanted ?? 'nobody') !== this.#told) await this.#step(this.#wanted);
        } catch (error) {
            this.#wanted = null;
            this.deps.gate(false);
            this.deps.failed(error);
            /* What the gateway believes is unknown now: nobody is the safe thing to say. */
            await this.deps.tell('nobody').catch(() => undefined);
            this.#told = 'nobody';
        } finally {
            this.#running = false;
            if (this.#told === 'nobody') this.deps.changed('closed', 'both');
        }
    }

    async #step(to: TalkTarget | null): Promise<void> {
        if (to === null) {
            this.deps.changed('closing', 'both');
            await this.deps.tell('nobody');
            this.#told = 'nobody';
            return;
        }
        this.deps.changed('opening', to);
        await this.deps.prepare();
        if (this.#wanted !== to) return;
        await this.deps.tell(to);
        this.#told = to;
        if (this.#wanted !== to) return;
        this.deps.gate(true);
        this.deps.changed('open', to);
    }
}
