// Bytes that are read in pieces: a file of many gigabytes never stands in memory.
export interface Slices {
    readonly size: number;
    read(offset: number, size: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function slicesOf(blob: Blob): Slices {
    return {
        size: blob.size,
        read: async (offset, size) => new Uint8Array(await blob.slice(offset, offset + size).arrayBuffer()),
    };
}

export function slicesOfBytes(bytes: Uint8Array): Slices {
    return {
        size: bytes.length,
        read: (offset, size) => Promise.resolve(new Uint8Array(bytes.slice(offset, offset + size))),
    };
}

/** Why a package is refused or a check fails: the reasons of yuanjian-verify. */
export class Refused extends Error {
    constructor(
        readonly reason: string,
        readonly file = '',
    ) {
        super(reason);
    }
}
