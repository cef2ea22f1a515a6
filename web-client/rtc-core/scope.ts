// A lifetime. Whatever listens, waits or holds a device is given a Scope and dies with it.

type End = () => void;

/** Ends what was added to it in reverse order, once. Adding to an ended scope ends the new thing at once. */
export class Scope {
    private _ends: End[] = [];
    private _ended = false;

    get ended(): boolean {
        return this._ended;
    }

    /** Runs `end` when the scope ends; the answer takes it out again without running it. */
    add(end: End): () => void {
        if (this._ended) {
            end();
            return () => undefined;
        }
        this._ends.push(end);
        return () => {
            const at = this._ends.indexOf(end);
            if (at >= 0) this._ends.splice(at, 1);
        };
    }

    /** A scope that ends with this one, or earlier by itself. */
    child(): Scope {
        const child = new Scope();
        child.add(this.add(() => child.end()));
        return child;
    }

    end(): void {
        if (this._ended) return;
        this._ended = true;
        for (const end of this._ends.splice(0).reverse()) {
            try {
                end();
            } catch (error) {
                console.error(error); // one thing that ends badly must not keep the others alive
            }
        }
    }

    listen<E extends Event = Event>(
        target: EventTarget,
        type: string,
        heard: (event: E) => void,
        options?: AddEventListenerOptions,
    ): void {
        if (this._ended) return;
        target.addEventListener(type, heard as EventListener, options);
        this.add(() => target.removeEventListener(type, heard as EventListener, options));
    }

    /** Once, after `ms`; the answer cancels it. */
    after(ms: number, run: () => void): () => void {
        if (this._ended) return () => undefined;
        let forget: () => void = () => undefined;
        const timer = setTimeout(() => {
            forget();
            run();
        }, ms);
        forget = this.add(() => clearTimeout(timer));
        return () => {
            clearTimeout(timer);
            forget();
        };
    }

    /** Again and again, first after `ms`; the answer stops it. */
    every(ms: number, run: () => void): () => void {
        if (this._ended) return () => undefined;
        const timer = setInterval(run, ms);
        const forget = this.add(() => clearInterval(timer));
        return () => {
            clearInterval(timer);
            forget();
        };
    }

    /** Waits; rejects nothing: when the scope ends first, it never resolves and is collected. */
    sleep(ms: number): Promise<void> {
        return new Promise((resolve) => {
            this.after(ms, resolve);
        });
    }
}
