/** What the pages of lessons show, from what the gateway tells. Pure. */
import type { Lesson, LessonCheck, LessonCheckRow, LessonHours, Place } from '@rtc/protocol';

/** Those of whom something can be seen: they have answered. */
export const here = (places: readonly Place[]): Place[] => places.filter((place) => place.state === 'here');

/** Answers that wait for a person's word. */
export function undecided(lesson: Lesson): { check: LessonCheck; row: LessonCheckRow; place: Place | undefined }[] {
    return lesson.checks.flatMap((check) =>
        check.offices
            .filter((row) => row.answer !== 'asked' && row.verdict === 'open')
            .map((row) => ({ check, row, place: lesson.offices.find((one) => one.number === row.office) })),
    );
}

/** The check that is being answered now. */
export const asking = (lesson: Lesson, now: number): LessonCheck | undefined =>
    lesson.checks.find((check) => now < check.until_ms && check.offices.some((row) => row.answer === 'asked'));

export const hours = (minutes: number): string => (minutes / 60).toFixed(1);

/** "2026-11" and those before it, the newest first. */
export function monthsUntil(today: string, n: number): string[] {
    const [year = 0, month = 1] = today.split('-').map(Number);
    return Array.from({ length: n }, (_, i) => {
        const index = year * 12 + month - 1 - i;
        return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
    });
}

/** A "datetime-local" field's text in the browser's zone; NaN when it is none. */
export const fromField = (text: string): number => new Date(text).getTime();

/** Rows of offices and, below each, of its people. */
export const byOffice = (rows: readonly LessonHours[]): LessonHours[] =>
    [...rows].sort((a, b) => (a.unit?.id ?? '').localeCompare(b.unit?.id ?? '') || a.name.localeCompare(b.name));
