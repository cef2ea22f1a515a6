/** Who sits here: signing in and out, the connection to the gateway, its clock and zone. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { Connection } from '@rtc/connection';
import type { ConnectionState } from '@rtc/connection';
import { Failure } from '@rtc/failure';
import { send } from '@rtc/http';
import * as protocol from '@rtc/protocol';
import type { Hello, Method, Person, Role, ServerEvent } from '@rtc/protocol';
import { Scope } from '@rtc/scope';
import { language } from '../i18n';
import type { Face } from '../router';

/** Why the sign-in page is shown. */
export type Notice = 'expired' | 'elsewhere' | 'signed-out' | null;

export const useSession = defineStore('session', () => {
    const phase = ref<'starting' | 'signed-out' | 'signed-in'>('starting');
    const notice = ref<Notice>(null);
    const person = shallowRef<Person | null>(null);
    const roles = shallowRef<Role[]>([]);
    const secondFactor = ref<'on' | 'off' | 'required'>('off');
    const zone = ref('Asia/Shanghai');
    const version = ref('');
    const iceServers = shallowRef<RTCIceServer[]>([]);
    const state = shallowRef<ConnectionState>({ kind: 'connecting' });
    /** Came in by a one-time link and has not set a password yet. */
    const byLink = ref(false);
    /** Grows with each hello: what was loaded before may have missed events. */
    const greeted = ref(0);
    const connection = shallowRef<Connection | null>(null);
    let scope = new Scope();
    let lostAt = 0;

    const online = computed(() => state.value.kind === 'open');
    const isOfficer = computed(() => roles.value.includes('officer'));
    const isProcurator = computed(() => roles.value.includes('procurator'));
    /** May open what was recorded. */
    const isWatcher = computed(() => isOfficer.value || isProcurator.value);
    const isAdministrator = computed(() => roles.value.includes('administrator'));

    const isInspector = computed(() => roles.value.includes('inspector'));
    const isOffice = computed(() => roles.value.includes('office'));

    /** Of several roles the one with the most to do: the first of these. */
    const face = computed((): Face => {
        const first = (['officer', 'inspector', 'office', 'procurator', 'administrator', 'security'] as const).find(
            (role) => roles.value.includes(role),
        );
        return first ?? (roles.value.length === 0 ? 'administrator' : 'keeper');
    });

    function onState(next: ConnectionState): void {
        if (state.value.kind === 'open' && next.kind !== 'open') lostAt = now();
        if (next.kind === 'open') lostAt = 0;
        state.value = next;
        if (next.kind !== 'closed') return;
        if (next.why === 'elsewhere') notice.value = 'elsewhere';
        /* Without ever having been greeted this is simply the first visit of the page. */
        else leave(greeted.value > 0 ? 'expired' : notice.value);
    }

    function onHello(hello: Hello): void {
        person.value = hello.person ?? null;
        roles.value = hello.roles ?? [];
        secondFactor.value = hello.second_factor ?? 'off';
        zone.value = hello.zone || zone.value;
        version.value = hello.version;
        iceServers.value = hello.ice_servers;
        phase.value = 'signed-in';
        notice.value = null;
        greeted.value += 1;
    }

    function leave(why: Notice): void {
        scope.end();
        connection.value = null;
        person.value = null;
        roles.value = [];
        byLink.value = false;
        greeted.value = 0;
        notice.value = why;
        phase.value = 'signed-out';
    }

    /** Connects with the cookie that the browser has, if it has one. */
    function start(): void {
        scope.end();
        scope = new Scope();
        const next = new Connection(scope, { seat: 'console', language: language() });
        connection.value = next;
        state.value = next.state;
        next.on(scope, 'state', onState);
        next.on(scope, 'hello', onHello);
    }

    /** It is on: whoever could do nothing until then is greeted anew. */
    function secondFactorOn(): void {
        if (secondFactor.value === 'required') start();
        secondFactor.value = 'on';
    }

    async function signIn(name: string, password: string, factor = ''): Promise<void> {
        await send(protocol.http.signIn, factor ? { name, password, factor } : { name, password });
        start();
    }

    /** The link may be a terminal's: then nothing changes here. */
    async function signInByLink(code: string, factor = ''): Promise<protocol.Seat> {
        const answer = await send(protocol.http.signInByLink, factor ? { code, factor } : { code });
        if (answer.seat === 'console') {
            byLink.value = true;
            start();
        }
        return answer.seat;
    }

    async function signOut(): Promise<void> {
        await send(protocol.http.signOut, { seat: 'console' }).catch(() => undefined);
        leave('signed-out');
    }

    function takeOver(): void {
        notice.value = null;
        connection.value?.retry();
    }

    function call<Params, Answer>(method: Method<Params, Answer>, params: Params, timeoutMs?: number): Promise<Answer> {
        const open = connection.value;
        if (!open) return Promise.reject(new Failure('not-connected', 'not signed in'));
        return open.call(method, params, timeoutMs);
    }

    /** Heard until the given scope ends or the person signs out. */
    function onEvent<Params>(owner: Scope, event: ServerEvent<Params>, heard: (params: Params) => void): void {
        connection.value?.onEvent(owner, event, heard);
    }

    /** The gateway's clock. */
    const now = (): number => connection.value?.clock.now() ?? Date.now();
    /** How fresh what is shown can be: now, or when the line was lost. Nothing is stale because we are deaf. */
    const asOf = (): number => (online.value || lostAt === 0 ? now() : lostAt);

    return {
        phase,
        notice,
        person,
        roles,
        zone,
        version,
        iceServers,
        state,
        byLink,
        greeted,
        connection,
        online,
        isOfficer,
        isInspector,
        isOffice,
        isProcurator,
        isWatcher,
        face,
        isAdministrator,
        start,
        leave,
        signIn,
        signInByLink,
        signOut,
        takeOver,
        secondFactor,
        secondFactorOn,
        call,
        onEvent,
        now,
        asOf,
    };
});
