import type { MarkKind } from '../logic/timeline';
import type { Review } from '@rtc/protocol';
import type { Tone } from './Chip.vue';
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
    snapshot: 'camera',
    remark: 'remark',
    other: 'info',
};

export const reviewTones: Readonly<Record<Review['state'], Tone>> = {
    open: 'amber',
    taken: 'blue',
    'in-order': 'green',
    remarks: 'amber',
    breach: 'red',
};
