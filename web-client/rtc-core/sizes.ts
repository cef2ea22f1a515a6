// In how many sizes a camera sends its picture.

const uplinkForSizes = 900_000; // bit/s

/**
 * Several sizes let everybody have the one that their line carries and their screen needs, but cost the sender a third
 * more, and a thin line would lose its largest to the smaller ones. So a room's terminal sends three, a computer two, and
 * telephones, whose lines and batteries are thin, one. `up`: bit/s that the way up was last seen to carry; infinite: not known.
 */
export function sizesFor(
    room: boolean,
    device: Pick<Navigator, 'hardwareConcurrency' | 'userAgent'>,
    up: number,
): number {
    if (up < uplinkForSizes || (!room && /Mobi|iP/.test(device.userAgent))) return 1;
    return (room ? 2 : 1) + (device.hardwareConcurrency < 4 ? 0 : 1);
}
