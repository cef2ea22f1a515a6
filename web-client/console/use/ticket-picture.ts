/** Pictures on their way into a ticket: made small enough for a thin line, then handed to the gateway. */
import { Failure } from '@rtc/failure';
import { ticketPicturePath } from '@rtc/protocol';
import type { TicketPicture, TicketPlace, TicketUpload } from '@rtc/protocol';

/** Of the longer side, in pixels: enough to read a page that was photographed. */
const LONGEST = 2048;
const QUALITY = 0.85;

export interface LocalPicture {
    blob: Blob;
    url: string;
    place: TicketPlace;
}

/** Throws when it is no picture that a browser can show. */
export async function readPicture(file: Blob, place: TicketPlace): Promise<LocalPicture> {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
    if (!small) throw new Error('no picture');
    return { blob: small, url: URL.createObjectURL(small), place };
}

export async function uploadPicture(ticket: string, picture: LocalPicture): Promise<TicketPicture> {
    const response = await fetch(ticketPicturePath(ticket, picture.place), {
        method: 'POST',
        headers: { 'Content-Type': picture.blob.type },
        credentials: 'same-origin',
        body: picture.blob,
    }).catch((error: unknown) => {
        throw new Failure('unreachable', String(error));
    });
    const answer = (await response.json().catch(() => null)) as (TicketUpload & { error?: unknown }) | null;
    if (!response.ok || !answer?.picture) throw Failure.from(answer?.error);
    return answer.picture;
}

/** One after the other; what was there already, after a line that broke, is the same picture again. */
export async function uploadPictures(
    ticket: string,
    pictures: readonly LocalPicture[],
    each: (n: number) => void,
): Promise<string[]> {
    const ids: string[] = [];
    for (const [index, picture] of pictures.entries()) {
        each(index + 1);
        ids.push((await uploadPicture(ticket, picture)).id);
    }
    each(0);
    return ids;
}
