// What is said to a party in words while it talks: warnings of the officer, the time that is left. They stay until they
// have been read; people are not hurried.
import { events } from '@rtc/protocol';
import type { Language, Warning } from '@rtc/protocol';
import type { Connection } from '@rtc/connection';
import type { Scope } from '@rtc/scope';
import { reactive } from 'vue';

export interface Notice {
    id: number;
    kind: 'warning' | 'time';
    warning?: Warning;
    minutes?: number;
}

const atMost = 3;

export interface Notices {
    list: Notice[];
    officerSpeaks: boolean;
    dismiss: (id: number) => void;
    clear: () => void;
}

/** A newer notice of time takes the place of the older; of warnings the last three stay. */
export function withNotice(list: readonly Notice[], notice: Notice): Notice[] {
    const kept = notice.kind === 'time' ? list.filter((one) => one.kind !== 'time') : [...list];
    return [...kept, notice].slice(-atMost);
}

export const warningText = (warning: Warning | undefined, language: Language): string =>
    (language === 'zh' ? warning?.text_zh : warning?.text_en) ?? '';

/** `showMs`: for screens that nobody can touch, how long a notice stays. */
export function useNotices(scope: Scope, connection: Connection, showMs?: number): Notices {
    let last = 0;
    const notices: Notices = reactive({
        list: [] as Notice[],
        officerSpeaks: false,
        dismiss: (id: number) => {
            notices.list = notices.list.filter((notice) => notice.id !== id);
        },
        clear: () => {
            notices.list = [];
            notices.officerSpeaks = false;
        },
    });
    const show = (notice: Omit<Notice, 'id'>): void => {
        const id = ++last;
        notices.list = withNotice(notices.list, { ...notice, id });
        if (showMs !== undefined) scope.after(showMs, () => notices.dismiss(id));
    };
    connection.onEvent(scope, events.visitWarned, (warning) => show({ kind: 'warning', warning }));
    connection.onEvent(scope, events.timeLeft, ({ minutes }) => show({ kind: 'time', minutes }));
    connection.onEvent(scope, events.officerSpeaks, ({ active }) => {
        notices.officerSpeaks = active;
    });
    return notices;
}
