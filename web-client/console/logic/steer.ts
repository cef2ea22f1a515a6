/** Which way a camera is to move. */
export const DIRECTIONS = ['left', 'right', 'up', 'down', 'nearer', 'farther'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** In percent of its greatest speed: slow enough to stop where one wants. */
const SPEED = 50;

const keys: Readonly<Record<string, Direction>> = {
    ArrowLeft: 'left',
    ArrowRight: 'right',
    ArrowUp: 'up',
    ArrowDown: 'down',
    '+': 'nearer',
    '=': 'nearer',
    '-': 'farther',
};

export const directionOf = (key: string): Direction | undefined => keys[key];

/** Opposite ones cancel each other. */
export function velocityOf(held: ReadonlySet<Direction>): { pan: number; tilt: number; zoom: number } {
    const axis = (more: Direction, less: Direction) => SPEED * (Number(held.has(more)) - Number(held.has(less)));
    return { pan: axis('right', 'left'), tilt: axis('up', 'down'), zoom: axis('nearer', 'farther') };
}
