// The picture itself: from the camera's picture or a file to a JPEG with the mark and the time in it.
import { sizeFor } from './answer';

const LONGEST = 1280;
const QUALITY = 0.86;
/** Of the picture's height. */
const LINE = 0.055;

export interface Stamp {
    mark: string;
    time: string;
}

function stamp(context: CanvasRenderingContext2D, width: number, height: number, { mark, time }: Stamp): void {
    const size = Math.max(18, Math.round(height * LINE));
    const band = size * 1.7;
    context.fillStyle = 'rgba(12, 21, 27, 0.72)';
    context.fillRect(0, height - band, width, band);
    context.fillStyle = '#fff';
    context.textBaseline = 'middle';
    context.font = `600 ${size}px system-ui, sans-serif`;
    context.fillText(time, size * 0.6, height - band / 2, width * 0.68);
    context.textAlign = 'right';
    context.font = `700 ${Math.round(size * 1.15)}px system-ui, sans-serif`;
    context.fillText(mark, width - size * 0.6, height - band / 2);
}

export async function draw(
    source: CanvasImageSource,
    size: { width: number; height: number },
    said: Stamp,
): Promise<Blob | null> {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, sizeFor(size.width, size.height, LONGEST));
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    stamp(context, canvas.width, canvas.height, said);
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
}

/** A file of the phone's own camera app. Null: no picture. */
export async function drawFile(file: File, said: Stamp): Promise<Blob | null> {
    const image = await createImageBitmap(file).catch(() => null);
    if (!image) return null;
    const blob = await draw(image, image, said);
    image.close();
    return blob;
}
