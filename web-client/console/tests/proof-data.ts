/** What the mock gateway has to prove: who was there, what was drawn, what was made from recordings, what is damaged. */
import { createHash } from 'node:crypto';
import type { ArchiveHealth, Derivative, Draw, Observed, ObservedSession, Replay } from '../../rtc-core/types';
import * as data from './data';

const DAY = 86_400_000;
const HOUR = 3_600_000;

const HASH = '9f2c4e1b7a60d35887c1f04ab2e9d6537710fb4c2a86e59d0c3b1f7e84a95d20';
export const derivatives = (now: number): Derivative[] => [
    {
        id: 'derivative-2',
        session: 'r0',
        kind: 'redaction',
        layout: 'side-by-side',
        state: 'asked',
        by: '刘警官',
        at_ms: now - HOUR,
        mine: false,
        reason: '对外提供，遮去画面左侧的无关人员',
        edits: [
            {
                what: 'black',
                party: 'family',
                from_ms: 12_000,
                to_ms: 19_500,
                area: { x: 0, y: 0, width: 500, height: 1000 },
            },
            { what: 'mute', from_ms: 40_000, to_ms: 43_000 },
        ],
        request: 'q3',
        may_cancel: false,
        may_remove: false,
    },
    {
        id: 'derivative-1',
        session: 'r0',
        kind: 'composite',
        layout: 'side-by-side',
        state: 'ready',
        by: '张警官',
        at_ms: now - 4 * HOUR,
        mine: true,
        parent: HASH,
        made_ms: now - 4 * HOUR + 9000,
        duration_ms: 62_000,
        width: 1280,
        height: 400,
        bytes: 5_200_000,
        sha256: '41d8a2c07b6e93f5d10ce8a7b2496f30c5d7718e02baf64913d5c08e7fa26b9d',
        content_type: 'video/webm',
        url: '/media/family-video.webm',
        may_cancel: false,
        may_remove: true,
    },
];
export const observed = (now: number): Observed => {
    const officers = ['张警官', '刘警官', '陈警官'];
    const sessions = data
        .recordings(now)
        .map((one, index): ObservedSession => {
            const all = one.duration_ms;
            const free = one.recording_class === 'privileged';
            const parts =
                index === 3
                    ? []
                    : index === 5
                      ? [[0, 0.2]]
                      : index === 0
                        ? [
                              [0, 0.4],
                              [0.5, 1],
                          ]
                        : [[0, 0.97]];
            const spans = free ? [] : parts.map(([from = 0, to = 0]) => [from * all, to * all] as const);
            const seen = spans.reduce((sum, [from, to]) => sum + to - from, 0);
            return {
                session: one.session,
                kind: 'visit',
                unit: one.unit,
                began_ms: one.began_ms,
                duration_ms: all,
                recording_class: one.recording_class,
                required: !free,
                ...(free ? {} : { needed_percent: 50 }),
                observed_ms: Math.round(seen),
                observers: spans.map(([from, to], n) => ({
                    by: officers[(index + n) % officers.length] ?? '',
                    from_ms: Math.round(from),
                    to_ms: Math.round(to),
                })),
                proven: !free && seen >= all / 2,
            };
        })
        .reverse();
    return {
        sessions,
        total: sessions.length,
        required: sessions.filter((one) => one.required).length,
        proven: sessions.filter((one) => one.proven).length,
        complete: true,
    };
};
/* Drawn as the gateway draws: the page does it again and must find the same. */
const SEED = '5c1e0a77b1d24c86b8f0e3d94f6a21079c3d5be81f40a6d2e7935c0b18fa46de';
const listed = Array.from({ length: 60 }, (_, index) => `session-${1000 + index * 37}`).sort();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const drawnOf = (): string[] =>
    [...listed].sort((a, b) => (sha256(`${SEED}:${a}`) < sha256(`${SEED}:${b}`) ? -1 : 1)).slice(0, 3);
export const draws = (now: number): Draw[] =>
    [0, 1, 2].map((index) => ({
        id: `draw-${index}`,
        kind: 'visit',
        at_ms: now - index * DAY - 5 * HOUR,
        by: index === 1 ? '沈阅' : 'system',
        seed: SEED,
        percent: 5,
        listed: listed.length,
        drawn: 3,
        list_sha256: sha256(listed.map((one) => `${one}\n`).join('')),
        log: 4600 - index * 80,
    }));
export const replay = (forged: boolean): Replay => ({
    same: true,
    seed: SEED,
    list_sha256: sha256(listed.map((one) => `${one}\n`).join('')),
    listed,
    drawn: forged ? listed.slice(0, 3) : drawnOf(),
});
export const health = (now: number): ArchiveHealth => ({
    state: 'alarm',
    damaged: [
        {
            session: 'r4',
            unit: data.prison,
            kind: 'visit',
            began_ms: now - 5 * DAY,
            found_ms: now - 3 * HOUR,
            parts: [
                {
                    file: 'family-video.webm',
                    what: 'it is not what recording.json says',
                    chunk: 3,
                    from_ms: 90_000,
                    to_ms: 120_000,
                },
                { file: 'leaves.jsonl', what: 'a line of it cannot be read' },
            ],
        },
    ],
    scrub: { running: false, done: 120, total: 120 },
    log: { entries: 4720, unpublished: 0, waiting: 0, failed: false, keys_expired: false },
    stamps: { servers: 1, pending: 0 },
});
