// Location alarms, the map and rooms of an emergency: part of protocol.ts.
import type {
    CallablePerson,
    Case,
    CaseActionKind,
    CaseAnswer,
    CaseResult,
    Deliveries,
    Delivery,
    EmergencyPlan,
    MapAnswer,
    Platform,
    Room,
} from './case-types';
import { event, method } from './method';

type Nothing = Record<string, never>;
type OfCase = { case: string };
type OfRoom = { room: string };

export const cases = {
    list: method<{ state?: 'open' | 'closed'; before_ms?: number }, { cases: Case[]; more: boolean }>('cases.list'),
    get: method<OfCase, CaseAnswer>('cases.get'),
    act: method<OfCase & { action: CaseActionKind; result?: CaseResult; request?: string; note?: string }, CaseAnswer>(
        'cases.act',
    ),
    result: method<OfCase & { n: number; result: CaseResult; note?: string }, CaseAnswer>('cases.result'),
    close: method<OfCase & { n: number; note?: string }, CaseAnswer>('cases.close'),
    assign: method<OfCase & { unit: string }, CaseAnswer>('cases.assign'),
    call: method<OfCase, { room: Room }>('cases.call'),
};

export const map = {
    get: method<Nothing, MapAnswer>('map.get'),
    place: method<{ object: string; lat?: number; lon?: number; datum?: 'WGS84' | 'GCJ02' }, Nothing>('map.place'),
};

export const mapTiles = '/api/v1/map/tiles/{z}/{x}/{y}';

export const platforms = {
    list: method<Nothing, { platforms: Platform[] }>('platforms.list'),
    /** may: "alarms", "events", or both with a comma. */
    add: method<{ name: string; unit: string; callback?: string; may?: string }, { platform: Platform; token: string }>(
        'platforms.add',
    ),
    revoke: method<{ platform: string }, { platform: Platform }>('platforms.revoke'),
    deliveries: method<{ platform: string }, { deliveries: Delivery[] }>('platforms.deliveries'),
    retry: method<{ platform: string }, { deliveries: Deliveries }>('platforms.retry'),
};

export const emergency = {
    plans: method<Nothing, { plans: EmergencyPlan[] }>('emergency.plans'),
    choices: method<Nothing, { people: CallablePerson[] }>('emergency.choices'),
    save: method<
        {
            plan?: string;
            name: string;
            unit: string;
            tiers?: string[];
            units?: string[];
            people?: string[];
            cameras?: string[];
            sentence?: string;
        },
        { plan: EmergencyPlan }
    >('emergency.save-plan'),
    remove: method<{ plan: string }, Nothing>('emergency.delete-plan'),
    open: method<{ plan: string; case?: string }, { room: Room }>('emergency.open'),
};

export const rooms = {
    list: method<Nothing, { rooms: Room[] }>('rooms.list'),
    get: method<OfRoom, { room: Room }>('rooms.get'),
    join: method<OfRoom, { ice_servers?: RTCIceServer[] }>('rooms.join'),
    leave: method<OfRoom, Nothing>('rooms.leave'),
    talk: method<OfRoom & { n?: number; all?: boolean }, { room: Room }>('rooms.talk'),
    turn: method<OfRoom & { n?: number; for_all?: boolean }, { room: Room }>('rooms.turn'),
    again: method<OfRoom & { n?: number }, { room: Room }>('rooms.again'),
    end: method<OfRoom, { room: Room }>('rooms.end'),
};

export const caseEvents = {
    changed: event<{ case: Case }>('case.changed'),
    room: event<{ room: Room }>('room.changed'),
    invited: event<{ room: Room }>('room.invited'),
};
