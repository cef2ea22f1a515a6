import type { MarkKind } from '../logic/timeline';
import type { IconName } from './icons';

export const markIcons: Readonly<Record<MarkKind, IconName>> = {
    warn: 'bell',
    talk: 'microphone',
    pause: 'pause',
    resume: 'play',
    drop: 'connection',
    return: 'done',
    note: 'edit',
    begin: 'play',
    end: 'refused',
    other: 'info',
};
