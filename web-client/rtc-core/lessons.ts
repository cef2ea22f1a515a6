// Method names and addresses of lessons: a part of protocol.ts.
import type { Lesson, LessonHead, LessonHours, LessonNow, LessonState, OurLesson, OurPlace } from './lesson-types';
import { event, method } from './method';

type Nothing = Record<string, never>;

type OfLesson = { lesson: string };
export const lessons = {
    plan: method<
        {
            title: string;
            teacher?: string;
            units: string[];
            planned_ms?: number;
            minutes: number;
            checks?: number;
            recorded?: boolean;
        },
        { lesson: Lesson }
    >('lessons.plan'),
    cancel: method<OfLesson & { reason: string }, { lesson: Lesson }>('lessons.cancel'),
    list: method<Nothing, { lessons: LessonHead[] }>('lessons.list'),
    get: method<OfLesson, { lesson: Lesson }>('lessons.get'),
    start: method<OfLesson, Nothing>('lessons.start'),
    end: method<OfLesson, Nothing>('lessons.end'),
    sign: method<OfLesson, Nothing>('lessons.sign'),
    watch: method<OfLesson, { ice_servers?: RTCIceServer[] }>('lessons.watch'),
    unwatch: method<OfLesson, Nothing>('lessons.unwatch'),
    floor: method<OfLesson & { on: boolean }, Nothing>('lessons.floor'),
    /** A unit, or empty for none. */
    show: method<OfLesson & { unit: string }, Nothing>('lessons.show'),
    again: method<OfLesson & { unit: string }, Nothing>('lessons.again'),
    check: method<OfLesson, Nothing>('lessons.check'),
    judge: method<OfLesson & { check: number; office: number; passed: boolean }, Nothing>('lessons.judge'),
    /** An office's own. */
    mine: method<Nothing, { lessons: OurLesson[] }>('lessons.mine'),
    attend: method<OfLesson & { office: number; people: { name: string; number?: string }[] }, { office: OurPlace }>(
        'lessons.attend',
    ),
    here: method<OfLesson & { office: number }, { office: OurPlace }>('lessons.here'),
    hours: method<{ month: string }, { rows: LessonHours[]; cut: boolean }>('lessons.hours'),
};
/** The terminal's. */
export const lessonRoom = {
    present: method<{ call: string; people?: { name: string; number?: string }[] }, LessonNow>('lesson.present'),
    confirm: method<{ call: string }, LessonNow>('lesson.confirm'),
};
export const lessonTable = (month: string): string => `/api/v1/lessons-hours?month=${month}`;
export const lessonPicture = (id: string, check: number, office: number): string =>
    `/api/v1/lessons/${encodeURIComponent(id)}/pictures/${check}/${office}`;
export const checkPicture = (call: string): string =>
    `/api/v1/terminal/calls/${encodeURIComponent(call)}/check-picture`;

export const lessonEvents = {
    changed: event<{ lesson: string; state: LessonState }>('lesson.changed'),
    now: event<LessonNow & { call: string }>('lesson.now'),
};
