// The few signs that these pages need, drawn as paths so that no font and no file has to load. 24 × 24, lines only.
export const shapes = {
    camera: 'M3 7h11v10H3zM14 11l6-4v10l-6-4z',
    'camera-off': 'M3 7h11v10H3zM14 11l6-4v10l-6-4zM3 3l18 18',
    microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v4',
    'microphone-off': 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5 11a7 7 0 0 0 14 0M12 18v4M3 3l18 18',
    phone: 'M4 14c5-4 11-4 16 0l-2 4-4-2v-2c-1-.4-3-.4-4 0v2l-4 2z',
    speaker: 'M4 9v6h4l5 4V5L8 9zM16 9c1.5 1.5 1.5 4.5 0 6M18.5 6.5c3 3 3 8 0 11',
    check: 'M4 12.5l5.5 5.5L20 7',
    clock: 'M12 3a9 9 0 1 0 .01 0M12 7v5l3.5 2',
    warning: 'M12 3L2 20h20zM12 9v5M12 16.5v1',
    info: 'M12 3a9 9 0 1 0 .01 0M12 11v6M12 7v1',
    pause: 'M8 5v14M16 5v14',
    person: 'M12 4a4 4 0 1 0 .01 0M4 21c0-5 4-7 8-7s8 2 8 7',
    shield: 'M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5',
    record: 'M12 4a8 8 0 1 0 .01 0M12 9a3 3 0 1 0 .01 0',
    signal3: 'M4 20v-4M10 20V12M16 20V7',
    wait: 'M7 3h10M7 21h10M8 3c0 6 8 6 8 9s-8 3-8 9M16 3c0 6-8 6-8 9s8 3 8 9',
    rotate: 'M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5',
    screen: 'M3 5h18v12H3zM9 21h6',
    back: 'M10 6l-6 6 6 6M4 12h16',
} as const;

export type IconName = keyof typeof shapes;
