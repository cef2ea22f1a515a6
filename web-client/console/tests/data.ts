/** A prison's day, for the mock gateway. All names are made up. */
import type {
    AuditNames,
    AuditRow,
    PersonRow,
    Quality,
    Recording,
    RecordingFile,
    TerminalRow,
    UnitRow,
    Visit,
} from '../../rtc-core/types';

const MINUTE = 60_000;
export const prison = { id: 'u-prison', name: '青山监狱' };
export const quality = (change: Partial<Quality> = {}): Quality => ({
    level: 'good',
    why: 'ok',
    up_kbps: 1180,
    up_loss: 1,
    down_kbps: 1090,
    down_loss: 0,
    rtt_ms: 38,
    silent_ms: 0,
    width: 1280,
    height: 720,
    level_dbov: -28,
    ...change,
});
const party = (present: boolean, ready: boolean, connected: boolean, own?: Quality) => ({
    present,
    ready,
    connected,
    ...(own ? { quality: own } : {}),
});
const people: [name: string, number: string, visitor: string, relation: string][] = [
    ['陈志强', '20871', '王秀兰', '母亲'],
    ['李建军', '20455', '李晓梅', '妻子'],
    ['周海涛', '21033', '周德福', '父亲'],
    ['吴国平', '19872', '吴敏', '姐姐'],
    ['孙立新', '20990', '孙桂英', '母亲'],
    ['郑文斌', '21207', '郑晓东', '儿子'],
    ['冯学军', '20318', '赵律师', '律师'],
    ['蒋伟民', '21145', '蒋雪', '女儿'],
    ['韩长河', '20076', '韩玉珍', '妻子'],
];
let next = 0;
export function visit(now: number, startsIn: number, change: Partial<Visit>): Visit {
    const index = next++ % people.length;
    const [name, number, visitor, relation] = people[index] ?? people[0] ?? ['', '', '', ''];
    const room = (index % 4) + 1;
    return {
        id: `v${index + 1}`,
        session: `s${index + 1}`,
        kind: 'visit',
        state: 'scheduled',
        subject: { id: `p${index}`, name, number },
        visitors: [{ id: `r${index}`, name: visitor, relation }],
        terminal: { id: `t${room}`, name: `${room} 号会见室`, unit: prison, online: true },
        starts_ms: now + startsIn * MINUTE,
        minutes: 25,
        recording_class: 'recorded',
        parties: { family: party(false, false, false), terminal: party(true, false, false) },
        recording: { state: 'none' },
        ...change,
    };
}

export function aDay(now: number): Visit[] {
    next = 0;
    const at = Math.floor(now / (5 * MINUTE)) * 5 * MINUTE;
    const live = (since: number, left: number) => ({
        live_since_ms: now - since * MINUTE,
        ends_at_ms: now + left * MINUTE,
    });
    return [
        visit(at, -5, {
            state: 'waiting',
            waiting_for: 'officer',
            parties: { family: { ...party(true, true, false), consent: true }, terminal: party(true, true, false) },
        }),
        visit(at, -15, {
            state: 'live',
            ...live(14, 11.4),
            parties: {
                family: party(true, true, true, quality()),
                terminal: party(true, true, true, quality({ rtt_ms: 6 })),
            },
            recording: { state: 'recording', up_to_ms: now },
            observers: [{ id: 'o2', display: '刘警官' }],
        }),
        visit(at, -20, {
            state: 'live',
            ...live(20, 4.2),
            parties: {
                family: party(
                    true,
                    true,
                    true,
                    quality({
                        level: 'bad',
                        why: 'their-uplink',
                        up_kbps: 140,
                        up_loss: 14,
                        width: 320,
                        height: 180,
                    }),
                ),
                terminal: party(true, true, true, quality({ rtt_ms: 7 })),
            },
            recording: { state: 'recording', up_to_ms: now },
        }),
        visit(at, -10, {
            state: 'suspended',
            ...live(9, 15),
            resumes_until_ms: now + 94_000,
            parties: {
                family: party(false, false, false, quality({ level: 'gone', why: 'no-media' })),
                terminal: party(true, true, true, quality()),
            },
            recording: { state: 'recording', up_to_ms: now },
        }),
        visit(at, 0, {
            state: 'waiting',
            waiting_for: 'being-fetched',
            parties: { family: { ...party(true, true, false), consent: true }, terminal: party(true, false, false) },
        }),
        visit(at, 15, { state: 'scheduled', waiting_for: 'too-early' }),
        visit(at, -8, {
            state: 'live',
            ...live(7, 22),
            recording_class: 'privileged',
            privileged_reason: '律师会见，执业证 14403199911，监狱长批准',
            parties: { family: party(true, true, true), terminal: party(true, true, true) },
        }),
        visit(at, 45, { state: 'scheduled', waiting_for: 'too-early' }),
        visit(at, -90, {
            state: 'ended',
            end: { cause: 'completed', at_ms: now - 65 * MINUTE },
            recording: { state: 'sealed' },
        }),
    ];
}

export const warnings = [
    {
        preset: 'topic',
        text_zh: '请不要谈论案情，否则会见将被中止。',
        text_en: 'Do not talk about the case, or the visit will be stopped.',
    },
    { preset: 'third', text_zh: '请无关人员离开画面。', text_en: 'Please let nobody else into the picture.' },
    { preset: 'photo', text_zh: '会见期间禁止拍照和录像。', text_en: 'No photographs or recording during the visit.' },
    { preset: 'language', text_zh: '请使用普通话交谈。', text_en: 'Please speak Mandarin.' },
    { preset: 'calm', text_zh: '请保持冷静，注意文明用语。', text_en: 'Please stay calm and polite.' },
    { preset: 'ending', text_zh: '会见即将结束，请做好准备。', text_en: 'The visit is about to end.' },
];
export const causes = [
    { cause: 'rule-broken', text_zh: '违反会见规定', text_en: 'A rule was broken' },
    { cause: 'identity', text_zh: '身份不符', text_en: 'Identity not confirmed' },
    { cause: 'technical', text_zh: '技术故障', text_en: 'Technical fault' },
    { cause: 'emergency', text_zh: '突发情况', text_en: 'Emergency' },
    { cause: 'withdrawn', text_zh: '一方要求结束', text_en: 'A side asked to end it' },
    { cause: 'other', text_zh: '其他原因', text_en: 'Other' },
];

export const recordings = (now: number): Recording[] =>
    people.slice(0, 8).map(([name, number, visitor, relation], index) => ({
        session: `r${index}`,
        visit: `v${index}`,
        subject: { id: `p${index}`, name, number },
        visitors: [{ id: `x${index}`, name: visitor, relation }],
        unit: prison,
        terminal: { id: 't1', name: `${(index % 4) + 1} 号会见室`, unit: prison },
        began_ms: now - (index + 1) * 27 * 3_600_000,
        duration_ms: index === 0 ? 62_000 : (14 + index) * MINUTE + 7_000,
        end_cause: index === 3 ? 'rule-broken' : index === 5 ? 'technical' : 'completed',
        recording_class: index === 6 ? 'privileged' : 'recorded',
        state: index === 1 ? 'sealing' : index === 6 ? 'none' : index === 7 ? 'failed' : 'sealed',
        ...(index === 1 ? { progress: 0.42 } : {}),
        recovered: index === 2,
    }));

const file = (party: 'family' | 'terminal', kind: 'audio' | 'video', start: number, length: number): RecordingFile => ({
    track: `${party}-${kind}`,
    party,
    kind,
    codec: kind === 'video' ? 'VP8' : 'opus',
    url: `/media/${party}-${kind}.webm`,
    content_type: `${kind}/webm`,
    start_ms: start,
    duration_ms: length,
    bytes: 1,
    gaps: [],
});
export const files: RecordingFile[] = [
    file('family', 'video', 1200, 56_000),
    file('family', 'audio', 1200, 56_000),
    { ...file('terminal', 'video', 400, 61_000), gaps: [{ from_ms: 41_000, to_ms: 45_500, cause: 'network' }] },
    file('terminal', 'audio', 400, 61_000),
];
export const recordingEvents = [
    { at_ms: 0, type: 'admit', by: '张警官' },
    { at_ms: 14_000, type: 'warn', by: '张警官', detail: { preset: 'topic', language: 'zh' } },
    { at_ms: 22_000, type: 'pause', by: '张警官' },
    { at_ms: 27_000, type: 'resume', by: '张警官' },
    { at_ms: 41_000, type: 'drop', detail: { party: 'terminal', why: 'network' } },
    { at_ms: 45_500, type: 'return', detail: { party: 'terminal' } },
    { at_ms: 52_000, type: 'talk', by: '张警官', detail: { to: 'family' } },
    { at_ms: 61_500, type: 'end', by: '张警官', detail: { cause: 'completed' } },
];
export const recordingNotes = [{ id: 'n1', at_ms: 33_000, by: '张警官', text: '家属展示了孩子的照片' }];

export const units: UnitRow[] = [
    { id: 'u-min', name: '司法部', tier: 'ministry', parent: null },
    { id: 'u-prov', name: '江岭省司法厅', tier: 'province', parent: 'u-min' },
    { id: 'u-city', name: '云川市司法局', tier: 'city', parent: 'u-prov' },
    { ...prison, tier: 'prison', parent: 'u-prov' },
    ...['东城', '西山', '南浦', '北原', '河口', '石桥', '白云', '青河', '金沙', '龙泉'].flatMap(
        (name, county): UnitRow[] => [
            { id: `u-c${county}`, name: `${name}区司法局`, tier: 'county', parent: 'u-city' },
            ...Array.from({ length: 9 }, (_, office): UnitRow => ({
                id: `u-c${county}-${office}`,
                name: `${name}第${office + 1}司法所`,
                tier: 'office',
                parent: `u-c${county}`,
            })),
        ],
    ),
];
export const persons = (now: number): PersonRow[] => [
    {
        id: 'a1',
        name: 'lin.admin',
        display: '林静',
        roles: ['administrator'],
        unit: prison,
        disabled: false,
        last_seen_ms: now - 60_000,
    },
    {
        id: 'o1',
        name: 'zhang',
        display: '张警官',
        roles: ['officer'],
        unit: prison,
        disabled: false,
        last_seen_ms: now - 5 * MINUTE,
    },
    {
        id: 'o2',
        name: 'liu',
        display: '刘警官',
        roles: ['officer'],
        unit: prison,
        disabled: false,
        last_seen_ms: now - 26 * 3_600_000,
    },
    {
        id: 'o3',
        name: 'tang',
        display: '唐雨',
        roles: ['officer'],
        unit: { id: 'u-city', name: '云川市司法局' },
        disabled: false,
    },
    {
        id: 'o4',
        name: 'he',
        display: '何川',
        roles: ['officer'],
        unit: prison,
        disabled: true,
        last_seen_ms: now - 900 * 3_600_000,
    },
];
export const terminals = (now: number): TerminalRow[] => [
    {
        id: 't1',
        name: '1 号会见室',
        unit: prison,
        online: true,
        version: '0.1.0',
        last_seen_ms: now - 3000,
        errors: [],
    },
    {
        id: 't2',
        name: '2 号会见室',
        unit: prison,
        online: true,
        version: '0.1.0',
        last_seen_ms: now - 8000,
        errors: ['摄像头被其他程序占用'],
    },
    {
        id: 't3',
        name: '3 号会见室',
        unit: prison,
        online: false,
        version: '0.0.9',
        last_seen_ms: now - 50 * MINUTE,
        errors: [],
    },
    { id: 't4', name: '4 号会见室', unit: prison, online: false, errors: [] },
];
/** Of people and terminals, as the gateway gives them with its entries. */
export const auditNames = (now: number): AuditNames => ({
    ...Object.fromEntries(persons(now).map((one) => [`person:${one.id}`, { name: one.display }])),
    ...Object.fromEntries(terminals(now).map((one) => [`terminal:${one.id}`, { name: one.name }])),
    'session:r3': { name: '清溪监狱', at_ms: now - 86_400_000 },
});

export const auditRows = (now: number): AuditRow[] =>
    [
        ['person:a1', 'sign-in', 'person:a1', undefined],
        ['person:o1', 'visit.end', 'visit:v9', '{"cause":"completed"}'],
        ['person:o1', 'visit.warn', 'visit:v9', '{"preset":"topic","language":"zh"}'],
        ['person:o1', 'visit.observe', 'visit:v9', undefined],
        ['person:o1', 'visit.admit', 'visit:v9', undefined],
        ['visit:v9/family', 'visit.enter', 'visit:v9', '{"party":"family","consent":true}'],
        ['person:o2', 'archive.view', 'session:r3', undefined],
        ['person:a1', 'person.disable', 'person:o4', '{"disabled":true}'],
        ['owner', 'terminal.link', 'terminal:t2', undefined],
        ['somebody', 'sign-in.refused', undefined, '{"name":"root"}'],
        ['system', 'service.start', undefined, undefined],
    ].map(([who, action, object, detail], index) => ({
        id: 100 - index,
        at_ms: now - index * 7 * MINUTE,
        who: who ?? '',
        action: action ?? '',
        ...(object ? { object } : {}),
        ...(detail ? { detail } : {}),
        ...(index < 9 ? { address: '10.20.4.17' } : {}),
    }));
