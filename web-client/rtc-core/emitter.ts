// Typed events between parts of the core; a listener is bound to a Scope.
import type { Scope } from './scope';

export class Emitter<Events extends object> {
    private _heard = new Map<keyof Events, Set<(value: never) => void>>();

    on<Name extends keyof Events>(scope: Scope, name: Name, heard: (value: Events[Name]) => void): void {
        if (scope.ended) return;
        const set = this._heard.get(name) ?? new Set();
        this._heard.set(name, set);
        set.add(heard);
        scope.add(() => set.delete(heard));
    }

    emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
        for (const heard of [...(this._heard.get(name) ?? [])]) (heard as (value: Events[Name]) => void)(value);
    }
}
