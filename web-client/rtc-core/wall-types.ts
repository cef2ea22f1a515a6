// What travels about a wall (docs/protocol.md).

import type { Unit } from './types';

/** `party`: the slot's number, or "sound". */
export interface WallSlot {
    mid: string;
    party: string;
    kind: 'audio' | 'video';
}

/** Why a slot has a picture, or none. */
export type WallState =
    | 'picture'
    | 'connecting'
    | 'offline'
    | 'visit'
    | 'busy'
    | 'declined'
    | 'no-answer'
    | 'fault'
    | 'held'
    | 'privileged'
    | 'no-right'
    | 'none'
    | 'empty';

export interface WallTile {
    slot: number;
    source?: string;
    state: WallState;
}

/** `source: null` shows nothing; sizes in device pixels; `stills`: a still every few seconds will do, from now on in this slot. */
export interface WallWish {
    slot: number;
    source?: string | null;
    width?: number;
    height?: number;
    stills?: boolean;
}

export interface WallUnit extends Unit {
    tier: string;
    parent?: string;
}

/** `id`: "terminal:ID" or "camera:ID"; `unit`: its id. */
export interface WallSource {
    id: string;
    name: string;
    unit: string;
    online: boolean;
}

/** `seconds`: how long a page of the patrol stays; 0: no patrol. In `sources` "" is an empty tile. */
export interface WallPlan {
    id: string;
    name: string;
    shared: boolean;
    own: boolean;
    tiles: number;
    seconds: number;
    sources: string[];
}
