// In how many sizes a camera sends its picture.

const uplinkForSizes = 900_000; // bit/s

/**
 * Several sizes let everybody have the one that their line carries and their screen needs, but cost the sender a third
 * more, and a thin line would lose its largest to the smaller ones. So a room's terminal sends three, or two where it is
 * slow; families, whose lines are thin, one. `up`: bit/s that the way up was last seen to carry; infinite: not known.
 */
export function sizesFor(cores: number, up: number): number {
    if (up < uplinkForSizes) return 1;
    return cores < 4 ? 2 : 3;
}
