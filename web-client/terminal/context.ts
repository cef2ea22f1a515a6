// What every screen may ask for.
import { inject } from 'vue';
import type { InjectionKey, Ref } from 'vue';
import type { Room } from './room';

export const roomKey: InjectionKey<Room> = Symbol('room');
export const nowKey: InjectionKey<Ref<number>> = Symbol('now');

export function useContext(): { room: Room; now: Ref<number> } {
    const room = inject(roomKey);
    const now = inject(nowKey);
    if (!room || !now) throw new Error('a screen stands outside of the page');
    return { room, now };
}
