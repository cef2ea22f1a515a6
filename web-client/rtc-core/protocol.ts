// The only place with method names: mirrors the gateway's method table. docs/protocol.md says what each does.
import type {
    ArchiveHealth,
    AuditNames,
    AuditRow,
    Call,
    CallKind,
    CallPolicy,
    CameraFindings,
    CameraHeard,
    CameraInput,
    CameraPreset,
    CameraProfile,
    CameraRow,
    Cause,
    ChoiceUnit,
    Classes,
    Derivative,
    Draw,
    Edit,
    EndCause,
    Entry,
    Export,
    Hello,
    Hold,
    Job,
    Language,
    Layout,
    Note,
    Observed,
    Office,
    OwnLogRow,
    Person,
    PersonRow,
    Purge,
    Quality,
    Recording,
    RecordingAnswer,
    RecordingClass,
    RecordingFilters,
    RecordingSort,
    Remark,
    Replay,
    Request,
    Retention,
    Review,
    Role,
    Rollcall,
    Seat,
    Side,
    SignIn,
    Slot,
    Subject,
    TalkTo,
    Terminal,
    TerminalRow,
    Ticket,
    TicketPicture,
    TicketSource,
    Turn,
    UnitPair,
    UnitImport,
    UnitPlace,
    UnitRow,
    Verdict,
    View,
    Visit,
    Visitor,
    WallPlan,
    WallSlot,
    WallSource,
    WallTile,
    WallUnit,
    WallWish,
    Warning,
} from './types';
import { event, method, post } from './method';

export type * from './method';
export type * from './types';
export * from './lessons';
export * from './case-methods';
export * from './spotcheck-methods';
export * from './ticket-methods';
export * from './report-methods';

type Nothing = Record<string, never>;
type OfVisit = { visit: string };
type MaybeOfVisit = { visit?: string };
type OfSession = { session: string };
type OfRollcall = { rollcall: string };
type RollcallAnswer = { rollcall: Rollcall; offices: Office[] };

export const socketPath = (seat: Seat): string => `/api/ws?seat=${seat}`;

/** Close codes of the WebSocket. */
export const closed = { signIn: 4401, tooSlow: 4408, elsewhere: 4409 } as const;

export const hello = method<{ language: Language }, Hello>('hello');
export const ping = method<Nothing, { now_ms: number }>('ping');

export const party = {
    enter: method<{ consent: boolean }, { visit: Visit; ice_servers?: RTCIceServer[] }>('party.enter'),
    leave: method<Nothing, Nothing>('party.leave'),
    mute: method<{ kind: 'audio' | 'video'; muted: boolean }, Nothing>('party.mute'),
};

export const terminal = {
    subjectHere: method<{ here: boolean }, Nothing>('terminal.subject_here'),
    heartbeat: method<{ version: string; errors?: string[]; visible: boolean }, { now_ms: number }>(
        'terminal.heartbeat',
    ),
};

/** Of a terminal that is called. */
export const call = {
    answer: method<{ call: string }, { session: string; party: string; ice_servers?: RTCIceServer[] }>('call.answer'),
    decline: method<{ call: string; reason?: string }, Nothing>('call.decline'),
};

export const rollcall = {
    choices: method<Nothing, { units: ChoiceUnit[] }>('rollcall.choices'),
    start: method<
        {
            unit?: string;
            units?: string[];
            terminals?: string[];
            name?: string;
            clock_s?: number;
            recorded?: boolean;
        },
        RollcallAnswer
    >('rollcall.start'),
    list: method<Nothing, { rollcalls: Rollcall[] }>('rollcall.list'),
    get: method<OfRollcall, RollcallAnswer>('rollcall.get'),
    again: method<OfRollcall & { unit?: string }, { called: number }>('rollcall.again'),
    excuse: method<OfRollcall & { unit: string; reason: string }, Nothing>('rollcall.excuse'),
    watch: method<OfRollcall, { ice_servers?: RTCIceServer[] }>('rollcall.watch'),
    unwatch: method<OfRollcall, Nothing>('rollcall.unwatch'),
    /** A unit, "*" for all, empty for nobody. */
    talk: method<OfRollcall & { to: string }, Nothing>('rollcall.talk'),
    turn: method<OfRollcall & { unit: string; for_all?: boolean }, Nothing>('rollcall.turn'),
    end: method<OfRollcall, RollcallAnswer>('rollcall.end'),
    /** The terminal's. */
    sign: method<{ call: string; signer?: string }, Turn & { signers: string[]; signer: string }>('rollcall.sign'),
};
export const rollcallSheet = (id: string): string => `/api/v1/rollcalls/${encodeURIComponent(id)}/sheet`;
export const callPicture = (id: string): string => `/api/v1/terminal/calls/${encodeURIComponent(id)}/picture`;

/** `visit` is required from the console and refused elsewhere. */
export const media = {
    publish: method<{ sdp: string } & MaybeOfVisit, { sdp: string }>('media.publish'),
    watch: method<MaybeOfVisit, { sdp: string; slots: Slot[] }>('media.watch'),
    answer: method<{ sdp: string } & MaybeOfVisit, Nothing>('media.answer'),
    size: method<{ mid: string; width: number; height: number } & MaybeOfVisit, Nothing>('media.size'),
    close: method<{ what: 'publish' | 'watch' | 'both' } & MaybeOfVisit, Nothing>('media.close'),
};

/** Of inspectors: many pictures on one page. */
export const wall = {
    open: method<{ tiles: number }, { sdp: string; slots: WallSlot[] }>('wall.open'),
    answer: method<{ sdp: string }, Nothing>('wall.answer'),
    show: method<{ tiles: WallWish[] }, { tiles: WallTile[] }>('wall.show'),
    listen: method<{ source?: string }, Nothing>('wall.listen'),
    talk: method<{ source: string; sdp: string }, { sdp: string }>('wall.talk'),
    hush: method<Nothing, Nothing>('wall.hush'),
    close: method<Nothing, Nothing>('wall.close'),
    sources: method<Nothing, { units: WallUnit[]; sources: WallSource[] }>('wall.sources'),
    plans: method<Nothing, { plans: WallPlan[] }>('wall.plans'),
    savePlan: method<Omit<WallPlan, 'id' | 'own'> & { plan?: string }, { plan: string }>('wall.save-plan'),
    deletePlan: method<{ plan: string }, Nothing>('wall.delete-plan'),
};

/** Events of the wall, on the console alone. */
export const wallEvents = {
    tile: event<WallTile>('wall.tile'),
    presence: event<{ source: string; online: boolean }>('wall.presence'),
    alarm: event<{ source: string; reason: string; at_ms: number }>('wall.alarm'),
};

export const visits = {
    list: method<{ from_ms: number; to_ms: number }, { visits: Visit[] }>('visits.list'),
    get: method<OfVisit, { visit: Visit; events: Entry[]; notes: Note[] }>('visits.get'),
    create: method<
        {
            subject: string;
            visitors: string[];
            terminal: string;
            starts_ms: number;
            minutes: number;
            recording_class: RecordingClass;
            privileged_reason?: string;
        },
        { visit: Visit; link: string; code: string }
    >('visits.create'),
    link: method<OfVisit, { url: string; code: string; expires_ms: number }>('visits.link'),
    choices: method<Nothing, { subjects: (Subject & { visitors: Visitor[] })[]; terminals: Terminal[] }>(
        'visits.choices',
    ),
    admit: method<OfVisit, Nothing>('visits.admit'),
    subjectHere: method<OfVisit & { here: boolean }, Nothing>('visits.subject_here'),
    observe: method<OfVisit, { ice_servers?: RTCIceServer[] }>('visits.observe'),
    unobserve: method<OfVisit, Nothing>('visits.unobserve'),
    presets: method<Nothing, { warnings: Warning[]; causes: Cause[] }>('visits.presets'),
    /** `spoken` false: it could only be shown. */
    warn: method<OfVisit & { preset: string; language: Language }, { spoken?: boolean }>('visits.warn'),
    talk: method<OfVisit & { to: TalkTo }, Nothing>('visits.talk'),
    pause: method<OfVisit, Nothing>('visits.pause'),
    resume: method<OfVisit, Nothing>('visits.resume'),
    extend: method<OfVisit & { minutes: number }, Nothing>('visits.extend'),
    end: method<OfVisit & { cause: EndCause; note?: string; confirm: true }, Nothing>('visits.end'),
    note: method<OfVisit & { text: string }, Nothing>('visits.note'),
    unmask: method<{ visitor: string; reason: string }, { phone?: string; id_number?: string }>('visits.unmask'),
};

export const archive = {
    list: method<
        RecordingFilters & { sort?: RecordingSort; order?: 'up' | 'down'; limit?: number; offset?: number },
        { recordings: Recording[]; total: number }
    >('archive.list'),
    get: method<OfSession & { refresh?: boolean }, RecordingAnswer>('archive.get'),
    note: method<OfSession & { at_ms: number; text: string }, { note: Note }>('archive.note'),
    /** Which part was shown to whoever asks. */
    viewed: method<OfSession & { from_ms: number; to_ms: number }, Nothing>('archive.viewed'),
    views: method<OfSession, { views: View[] }>('archive.views'),
    verify: method<OfSession, { job: string }>('archive.verify'),
    hold: method<OfSession & { reason: string }, { hold: Hold }>('archive.hold'),
    holds: method<Nothing, { holds: Hold[] }>('archive.holds'),
    liftHold: method<{ hold: string; reason: string }, { request: Request }>('archive.lift-hold'),
    retention: method<
        OfSession & { until_ms?: number; class?: string; reason: string },
        { retention?: Retention; request?: Request }
    >('archive.retention'),
    classes: method<Nothing, Classes>('archive.classes'),
    requests: method<{ state?: Request['state'] }, { requests: Request[] }>('archive.requests'),
    approve: method<{ request: string; reason?: string }, { request: Request }>('archive.approve'),
    refuse: method<{ request: string; reason?: string }, { request: Request }>('archive.refuse'),
    export: method<
        OfSession & { reason: string; recipient: string; composite?: Layout; redaction?: string },
        { export?: Export; request?: Request }
    >('archive.export'),
    composite: method<OfSession & { layout: Layout }, { derivative: Derivative }>('archive.composite'),
    derivatives: method<{ session?: string }, { derivatives: Derivative[] }>('archive.derivatives'),
    cancelDerivative: method<{ derivative: string }, { derivative: Derivative }>('archive.derivative-cancel'),
    removeDerivative: method<{ derivative: string; reason: string }, { derivative: Derivative }>(
        'archive.derivative-remove',
    ),
    redact: method<
        OfSession & { layout: Layout; edits: Edit[]; reason: string },
        { request: Request; derivative: Derivative }
    >('archive.redact'),
    health: method<Nothing, ArchiveHealth>('archive.health'),
    exports: method<{ session?: string }, { exports: Export[] }>('archive.exports'),
    reviews: method<{ state?: string; mine?: boolean }, { reviews: Review[] }>('archive.reviews'),
    takeReview: method<{ review: string }, { review: Review }>('archive.review-take'),
    finishReview: method<{ review: string; verdict: Verdict; text?: string }, { review: Review }>(
        'archive.review-finish',
    ),
    drawReviews: method<{ kind: string }, { draw: Draw }>('archive.review-draw'),
    draws: method<Nothing, { draws: Draw[] }>('archive.draws'),
    replayDraw: method<{ draw: string }, Replay>('archive.draw-replay'),
    observed: method<{ from_ms: number; to_ms: number; unit?: string }, Observed>('archive.observed'),
    remark: method<OfSession & { at_ms?: number; text: string; days?: number }, { remark: Remark }>('archive.remark'),
    remarks: method<{ state?: Remark['state'] }, { remarks: Remark[] }>('archive.remarks'),
    replyRemark: method<{ remark: string; text: string }, { remark: Remark }>('archive.remark-reply'),
    ownLog: method<{ before?: number; limit?: number }, { entries: OwnLogRow[]; names: AuditNames }>('archive.own-log'),
    planPurge: method<{ before_ms?: number; kind?: string; unit?: string; reason: string }, { purge: Purge }>(
        'archive.purge-plan',
    ),
    purges: method<Nothing, { purges: Purge[] }>('archive.purges'),
    purge: method<{ purge: string }, { purge: Purge }>('archive.purge-get'),
    approvePurge: method<{ purge: string; reason?: string }, { purge: Purge }>('archive.purge-approve'),
    undoPurge: method<{ purge: string; reason: string }, { purge: Purge }>('archive.purge-undo'),
};

export const ticketEvents = { changed: event<{ ticket: Ticket }>('ticket.changed') };

export const ticketSheetPath = (ticket: string): string => `/api/v1/tickets/${encodeURIComponent(ticket)}/sheet`;

/** Where a picture comes from: all of it stays with the picture. */
export interface TicketPlace {
    source?: TicketSource;
    session?: string;
    at_ms?: number;
    place?: string;
    taken_ms?: number;
}

export function ticketPicturePath(ticket: string, place: TicketPlace): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(place)) if (value !== undefined) query.set(name, String(value));
    return `/api/v1/tickets/${encodeURIComponent(ticket)}/pictures?${query.toString()}`;
}

export type TicketUpload = { picture: TicketPicture };

export const administration = {
    units: method<Nothing, { units: UnitRow[] }>('units.list'),
    unitHistory: method<{ unit: string }, { places: UnitPlace[] }>('units.history'),
    addUnit: method<
        { name: string; name_en?: string; tier: string; parent: string; areas?: string },
        { unit: UnitRow }
    >('units.add'),
    changeUnit: method<
        { unit: string; name?: string; name_en?: string; tier?: string; areas?: string },
        { unit: UnitRow }
    >('units.change'),
    moveUnit: method<{ unit: string; parent: string }, { unit: UnitRow }>('units.move'),
    closeUnit: method<{ unit: string; closed: boolean }, { unit: UnitRow }>('units.close'),
    people: method<Nothing, { people: PersonRow[] }>('people.list'),
    addPerson: method<
        { name: string; display: string; role: Role; unit: string },
        { person: PersonRow; link: string; expires_ms: number }
    >('people.add'),
    linkPerson: method<{ person: string }, { link: string; expires_ms: number }>('people.link'),
    addPost: method<
        { person: string; unit: string; role: Role; from_ms?: number; until_ms?: number },
        { person: PersonRow }
    >('posts.add'),
    endPost: method<{ person: string; post: string; until_ms?: number }, { person: PersonRow }>('posts.end'),
    disablePerson: method<{ person: string; disabled: boolean }, Nothing>('people.disable'),
    sessions: method<{ person?: string }, { sessions: SignIn[] }>('people.sessions'),
    endSession: method<{ session: string; person?: string }, Nothing>('people.end-session'),
    beginFactor: method<{ factor?: string }, { key: string; uri: string }>('second-factor.begin'),
    confirmFactor: method<{ factor: string }, { codes: string[] }>('second-factor.confirm'),
    resetFactor: method<{ person: string }, { link: string; expires_ms: number }>('second-factor.reset'),
    importUnits: method<{ text: string; apply: boolean }, UnitImport>('units.import'),
    pairs: method<Nothing, { pairs: UnitPair[] }>('units.pairs'),
    pair: method<
        { unit: string; other: string; purpose: string; from_ms?: number; until_ms?: number },
        { pair: string }
    >('units.pair'),
    unpair: method<{ pair: string }, Nothing>('units.unpair'),
    exportUnits: method<{ language: Language }, { text: string }>('units.export'),
    setPassword: method<{ password: string }, Nothing>('people.set_password'),
    terminals: method<Nothing, { terminals: TerminalRow[] }>('terminals.list'),
    addTerminal: method<{ name: string; unit: string }, { terminal: TerminalRow; link: string; expires_ms: number }>(
        'terminals.add',
    ),
    linkTerminal: method<{ terminal: string }, { link: string; expires_ms: number }>('terminals.link'),
    terminalPolicy: method<
        { terminal: string; kind?: CallKind; answer?: 'ask' | 'answer'; after_s?: number },
        { policies: CallPolicy[] }
    >('terminals.policy'),
    cameras: method<Nothing, { cameras: CameraRow[] }>('cameras.list'),
    addCamera: method<CameraInput & { name: string; unit: string; url: string }, { camera: CameraRow }>('cameras.add'),
    changeCamera: method<CameraInput & { camera: string }, { camera: CameraRow }>('cameras.change'),
    removeCamera: method<{ camera: string }, Nothing>('cameras.remove'),
    testCamera: method<{ camera: string }, CameraFindings & { works: boolean }>('cameras.test'),
    discoverCameras: method<{ host?: string }, { devices: CameraHeard[] }>('cameras.discover'),
    describeCamera: method<
        { address: string; user?: string; password?: string },
        { profiles: CameraProfile[]; moves: boolean }
    >('cameras.describe'),
    audit: method<{ before?: number; limit?: number }, { entries: AuditRow[]; names: AuditNames }>('audit.list'),
};

export const steering = {
    /** In percent; all 0: stop. */
    move: method<{ camera: string; pan: number; tilt: number; zoom: number }, Nothing>('cameras.move'),
    presets: method<{ camera: string }, { presets: CameraPreset[] }>('cameras.presets'),
    go: method<{ camera: string; preset: string }, Nothing>('cameras.go'),
    savePreset: method<{ camera: string; name: string }, { preset: string }>('cameras.save-preset'),
    forgetPreset: method<{ camera: string; preset: string }, Nothing>('cameras.forget-preset'),
};

export const events = {
    /** `visit: null` tells a terminal that nothing is to be answered. */
    visitChanged: event<{ visit: Visit | null }>('visit.changed'),
    visitWarned: event<Warning>('visit.warned'),
    officerSpeaks: event<{ active: boolean }>('visit.officer_speaks'),
    timeLeft: event<{ minutes: number }>('visit.time_left'),
    visitEnded: event<{ cause: EndCause }>('visit.ended'),
    visitQuality: event<{ visit: string; parties: Record<Side, Quality>; recording?: Visit['recording'] }>(
        'visit.quality',
    ),
    /** `visit`: to the console only. */
    speaking: event<{ parties: Side[]; visit?: string }>('speaking'),
    stills: event<{ active: boolean }>('media.stills'),
    mediaOffer: event<{ sdp: string; slots: Slot[]; visit?: string }>('media.offer'),
};

/** What this console may do, or where, is another. */
export const rightsChanged = event<{ roles: Role[] }>('rights.changed');

/** Of a terminal that is called, and of who calls. */
export const callEvents = {
    call: event<Call>('terminal.call'),
    rollcallChanged: event<RollcallAnswer>('rollcall.changed'),
    turn: event<Turn & { call: string }>('rollcall.turn'),
    over: event<{ call: string; why: string }>('call.over'),
};

/** Of the console alone. */
export const archiveEvents = {
    changed: event<{ recording: Recording }>('archive.changed'),
    job: event<Job>('archive.job'),
    /** Something waits for a second person, or was decided or done. */
    waiting: event<Nothing>('archive.waiting'),
    /** What `archive.health` answers has changed. */
    health: event<Nothing>('archive.health'),
};

/** A picture of a moment, kept with the recording as evidence. */
export const snapshotPath = (session: string, atMs: number): string =>
    `/api/v1/archive/${encodeURIComponent(session)}/snapshots?at_ms=${Math.round(atMs)}`;

export const http = {
    signIn: post<{ name: string; password: string; factor?: string }, { person: Person }>('/api/v1/sign-in'),
    signInByLink: post<{ code: string; factor?: string }, { seat: Seat; person?: Person; terminal?: Terminal }>(
        '/api/v1/sign-in/link',
    ),
    visitCode: post<{ code: string }, { visit: Visit }>('/api/v1/visit-code'),
    signOut: post<{ seat: Seat }, Nothing>('/api/v1/sign-out'),
};
