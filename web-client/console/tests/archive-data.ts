/** What the mock gateway's archive holds. All names are made up. */
import type {
    Export,
    Hold,
    OwnLogRow,
    Purge,
    Recording,
    RecordingAnswer,
    Remark,
    Request,
    Review,
    Snapshot,
    View,
} from '../../rtc-core/types';
import * as data from './data';
import * as proof from './proof-data';

const DAY = 86_400_000;
const HOUR = 3_600_000;

export const recordings = (now: number): Recording[] =>
    data.recordings(now).map((one, index) => ({
        ...one,
        kind: 'visit',
        bytes: one.state === 'sealed' ? 31_400_000 * (index + 1) : 0,
        missing_ms: index === 0 ? 4500 : index === 3 ? 41_000 : 0,
        held: index === 0 || index === 4,
        review: index === 0 ? 'taken' : index === 3 ? 'breach' : index === 4 ? 'in-order' : 'none',
        retention: { class: 'visit', until_ms: now + (90 - index) * DAY },
    }));

export const holds = (now: number): Hold[] => [
    { id: 'h1', session: 'r0', reason: '投诉第 12 号，监狱长批示', by: '刘警官', at_ms: now - 20 * HOUR },
    {
        id: 'h2',
        session: 'r0',
        reason: '内部调查',
        by: '张警官',
        at_ms: now - 23 * HOUR,
        lifted: { at_ms: now - 21 * HOUR, by: '张警官', approved_by: '刘警官', reason: '调查结束' },
    },
];
export const requests = (now: number): Request[] => [
    {
        id: 'q1',
        what: 'shorten',
        session: 'r3',
        until_ms: now + 30 * DAY,
        reason: '按新的保存目录调整',
        by: '刘警官',
        at_ms: now - 5 * HOUR,
        state: 'pending',
        may_decide: true,
        mine: false,
    },
    {
        id: 'q2',
        what: 'export',
        session: 'r0',
        recipient: '云川市人民检察院 王检察官',
        reason: '联合检查调取',
        by: '张警官',
        at_ms: now - 2 * HOUR,
        state: 'pending',
        may_decide: false,
        mine: true,
    },
    {
        id: 'q3',
        what: 'redact',
        session: 'r0',
        derivative: 'derivative-2',
        reason: '对外提供，遮去画面左侧的无关人员',
        by: '刘警官',
        at_ms: now - HOUR,
        state: 'pending',
        may_decide: true,
        mine: false,
    },
];
export const reviews = (now: number): Review[] => [
    {
        id: 'w1',
        session: 'r0',
        draw: 'd1',
        state: 'taken',
        assigned: { person: 'person:o1', display: '张警官' },
        mine: true,
        may_take: false,
        watched_ms: 26_000,
        watched_percent: 42,
        needed_percent: 30,
        at_ms: now - 3 * DAY,
        due_ms: now + 4 * DAY,
    },
    {
        id: 'w2',
        session: 'r2',
        state: 'open',
        mine: false,
        may_take: true,
        watched_ms: 0,
        watched_percent: 0,
        needed_percent: 30,
        at_ms: now - 9 * DAY,
        due_ms: now - 2 * DAY,
    },
    {
        id: 'w3',
        session: 'r3',
        state: 'breach',
        assigned: { person: 'person:o2', display: '刘警官' },
        mine: false,
        may_take: false,
        watched_ms: 800_000,
        watched_percent: 78,
        needed_percent: 30,
        text: '第三人进入画面约 40 秒，未及时提醒',
        at_ms: now - 12 * DAY,
        due_ms: now - 5 * DAY,
        finished_ms: now - 6 * DAY,
    },
];
export const remarks = (now: number): Remark[] => [
    {
        id: 'k1',
        session: 'r0',
        state: 'open',
        at_ms: 36_000,
        text: '此处提醒用语不规范，请说明依据。',
        by: '方检察官',
        made_ms: now - 26 * HOUR,
        due_ms: now + 9 * DAY,
    },
    {
        id: 'k2',
        session: 'r3',
        state: 'answered',
        at_ms: null,
        text: '会见提前终止，未见书面决定。',
        by: '方检察官',
        made_ms: now - 8 * DAY,
        due_ms: now + 2 * DAY,
        reply: { text: '书面决定已补录，见卷 3 第 2 页。', by: '张警官', at_ms: now - 6 * DAY },
    },
];
export const exports = (now: number): Export[] => [
    {
        id: 'export-7Q2M',
        session: 'r0',
        by: '张警官',
        recipient: '青山县人民法院 刑一庭',
        reason: '（2025）刑初 18 号案调取',
        at_ms: now - 3 * HOUR,
        bytes: 31_400_000,
        sha256_manifest: '9f2c4e1b7a60d35887c1f04ab2e9d6537710fb4c2a86e59d0c3b1f7e84a95d20',
        state: 'ready',
        url: '/api/v1/exports/export-7Q2M',
        name: 'r0-export-7Q2M.evp',
    },
];
export const snapshot = (now: number, id = 's1', at_ms = 47_000): Snapshot => ({
    id,
    session: 'r0',
    at_ms,
    by: '张警官',
    made_ms: now - HOUR,
    content_type: 'image/png',
    bytes: 120_000,
    sha256: '41d8a2c07b6e93f5d10ce8a7b2496f30c5d7718e02baf64913d5c08e7fa26b9d',
    url: '/api/v1/snapshots/s1',
});
export const views = (now: number): View[] => [
    { person: 'person:o1', by: '张警官', at_ms: now - 2 * HOUR, from_ms: 0, to_ms: 21_000 },
    { person: 'person:o1', by: '张警官', at_ms: now - HOUR, from_ms: 40_000, to_ms: 45_000 },
    { person: 'person:o9', by: '方检察官', at_ms: now - 26 * HOUR, from_ms: 28_000, to_ms: 62_000 },
];
export const purges = (now: number): Purge[] => {
    const base = {
        rule: 'kept until before 2026-01-01',
        reason: '季度到期清理',
        by: '刘警官',
        at_ms: now - 30 * HOUR,
        recordings: 214,
        bytes: 58_600_000_000,
        archive_recordings: 9120,
        archive_bytes: 2_460_000_000_000,
        percent: 2.35,
        held: 3,
        note: '/api/v1/purges/p/note',
    };
    const approved = { by: '张警官', at_ms: now - 20 * HOUR, reason: '同意' };
    return [
        { ...base, id: 'p1', state: 'planned', may_approve: true },
        { ...base, id: 'p2', state: 'approved', approved, executes_ms: now + 6 * DAY + 4 * HOUR, may_approve: false },
        { ...base, id: 'p3', state: 'done', approved, done_ms: now - HOUR, held: 0, may_approve: false },
    ];
};
export const purgeItems = (now: number) =>
    data.recordings(now).map((one) => ({
        session: one.session,
        unit: one.unit,
        kind: 'visit',
        began_ms: one.began_ms,
        duration_ms: one.duration_ms,
        bytes: 270_000_000,
        until_ms: now - DAY,
        state: 'planned',
    }));
export const ownLog = (now: number): OwnLogRow[] =>
    ['archive.view', 'archive.open', 'archive.remark', 'sign-in'].map((action, index) => ({
        id: 90 - index,
        at_ms: now - index * 300_000,
        who: 'person:o9',
        action,
        ...(action === 'sign-in' ? {} : { object: 'session:r0' }),
        ...(action === 'archive.view' ? { detail: { from_ms: 0, to_ms: 21_000 } } : {}),
        address: '10.20.4.30',
    }));

export function answerOf(session: string, now: number): RecordingAnswer | undefined {
    const recording = recordings(now).find((one) => one.session === session);
    if (!recording) return undefined;
    const ofIt = <T extends { session: string }>(list: T[]): T[] => list.filter((one) => one.session === session);
    return {
        recording,
        files: data.files,
        events: data.recordingEvents,
        notes: data.recordingNotes,
        retention: {
            class: 'visit',
            until_ms: now + 90 * DAY,
            rules: [
                { class: 'visit', until_ms: now + 90 * DAY, dropped: false, at_ms: now - 26 * HOUR },
                {
                    class: 'case',
                    until_ms: now + 60 * DAY,
                    dropped: true,
                    at_ms: now - 9 * HOUR,
                    by: '刘警官',
                    reason: '案件保存',
                },
            ],
        },
        holds: ofIt(holds(now)),
        requests: ofIt(requests(now)),
        reviews: ofIt(reviews(now)),
        remarks: ofIt(remarks(now)),
        exports: ofIt(exports(now)),
        snapshots: ofIt([snapshot(now)]),
        views: session === 'r0' ? views(now) : [],
        derivatives: ofIt(proof.derivatives(now)),
        chain: {
            opened: 4711,
            logged: 4718,
            sha256: '9f2c4e1b7a60d35887c1f04ab2e9d6537710fb4c2a86e59d0c3b1f7e84a95d20',
            ed25519: true,
            sm2: true,
            checkpoint: 4720,
            time: 'pending',
        },
    };
}

/** Answers of archive.*; undefined for a method that is not of the archive. */
export function answer(method: string, params: Record<string, unknown>, now: number): unknown {
    const text = (name: string): string => (typeof params[name] === 'string' ? params[name] : '');
    const session = text('session');
    switch (method) {
        case 'archive.list': {
            const all = recordings(now).filter(
                (one) =>
                    (!text('text') || one.subject.name.includes(text('text'))) &&
                    (!text('cause') || one.end_cause === text('cause')) &&
                    (params['held'] === undefined || one.held === params['held']),
            );
            return { recordings: all, total: all.length === 8 ? 134 : all.length };
        }
        case 'archive.get':
            return answerOf(session, now);
        case 'archive.note':
            return { note: { id: 'n9', at_ms: params['at_ms'], by: '张警官', text: params['text'] } };
        case 'archive.hold':
            return { hold: { ...holds(now)[0], id: 'h9', reason: params['reason'] } };
        case 'archive.lift-hold':
            return { request: { ...requests(now)[0], id: 'q9', what: 'lift-hold', hold: params['hold'] } };
        case 'archive.approve':
        case 'archive.refuse':
            return { request: { ...requests(now)[0], state: 'approved' } };
        case 'archive.classes':
            return {
                classes: [{ class: 'visit', days: 90 }],
                review: [{ kind: 'visit', percent: 5 }],
                undo_days: 7,
                purge_percent: 5,
                exports_a_day: 5,
                watch_percent: 30,
            };
        case 'archive.requests':
            return { requests: requests(now) };
        case 'archive.export':
            return { export: { ...exports(now)[0], id: 'export-9', recipient: params['recipient'] } };
        case 'archive.reviews': {
            const all = recordings(now);
            return {
                reviews: reviews(now).map((one) => ({
                    ...one,
                    recording: all.find((recording) => recording.session === one.session),
                })),
            };
        }
        case 'archive.review-take':
        case 'archive.review-finish':
            return { review: { ...reviews(now)[0], state: params['verdict'] ?? 'taken' } };
        case 'archive.remark':
            return { remark: { ...remarks(now)[0], text: params['text'] } };
        case 'archive.remarks':
            return { remarks: remarks(now) };
        case 'archive.remark-reply':
            return { remark: { ...remarks(now)[0], state: 'answered' } };
        case 'archive.own-log':
            return { entries: ownLog(now), names: {} };
        case 'archive.purges':
            return { purges: purges(now) };
        case 'archive.purge-get':
            return { purge: { ...purges(now)[0], items: purgeItems(now) } };
        case 'archive.purge-plan':
        case 'archive.purge-approve':
        case 'archive.purge-undo':
            return { purge: purges(now)[0] };
        case 'archive.views':
            return { views: views(now) };
        case 'archive.holds':
            return {
                holds: holds(now)
                    .filter((one) => !one.lifted)
                    .flatMap((one, index) => [
                        { ...one, unit: data.prison, kind: 'visit', began_ms: now - 27 * HOUR },
                        {
                            ...one,
                            id: `h${index + 8}`,
                            session: 'r4',
                            reason: '（2025）刑初 18 号案证据',
                            by: '张警官',
                            unit: data.prison,
                            kind: 'visit',
                            began_ms: now - 5 * DAY,
                            lift_asked: { by: '刘警官', at_ms: now - HOUR },
                        },
                    ]),
            };
        case 'archive.observed':
            return proof.observed(now);
        case 'archive.draws':
            return { draws: proof.draws(now) };
        case 'archive.review-draw':
            return { draw: proof.draws(now)[0] };
        case 'archive.derivatives':
            return { derivatives: proof.derivatives(now) };
        case 'archive.composite':
            return { derivative: { ...proof.derivatives(now)[1], id: 'derivative-9', state: 'waiting' } };
        case 'archive.redact':
            return { request: requests(now)[2], derivative: proof.derivatives(now)[0] };
        case 'archive.derivative-cancel':
        case 'archive.derivative-remove':
            return { derivative: { ...proof.derivatives(now)[1], state: 'cancelled' } };
        case 'archive.verify':
            return { job: 'job-1' };
        default:
            return undefined;
    }
}
