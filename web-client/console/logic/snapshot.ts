/** One picture of what is shown now, with who took it and when under it. */

export interface Shot {
    video: HTMLVideoElement;
    label: string;
}

const HEIGHT = 540;
const CAPTION = 44;

/** Pictures side by side at one height: where each goes. Pure. */
export function arrange(
    sizes: readonly { width: number; height: number }[],
    height: number,
): { x: number; width: number }[] {
    let x = 0;
    return sizes.map((size) => {
        const width = Math.round((size.width / Math.max(1, size.height)) * height);
        const place = { x, width };
        x += width;
        return place;
    });
}

export function draw(shots: readonly Shot[], caption: string): Promise<Blob | null> {
    const places = arrange(
        shots.map(({ video }) => ({ width: video.videoWidth, height: video.videoHeight })),
        HEIGHT,
    );
    const canvas = document.createElement('canvas');
    canvas.width = places.reduce((sum, place) => sum + place.width, 0);
    canvas.height = HEIGHT + CAPTION;
    const context = canvas.getContext('2d');
    if (!context || canvas.width === 0) return Promise.resolve(null);
    context.fillStyle = '#0f1720';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.font = '18px system-ui, sans-serif';
    shots.forEach(({ video, label }, index) => {
        const place = places[index];
        if (!place) return;
        context.drawImage(video, place.x, 0, place.width, HEIGHT);
        context.fillStyle = 'rgba(7, 12, 18, 0.7)';
        context.fillRect(place.x + 8, HEIGHT - 34, context.measureText(label).width + 16, 26);
        context.fillStyle = '#fff';
        context.fillText(label, place.x + 16, HEIGHT - 15);
    });
    context.fillStyle = '#fff';
    context.fillText(caption, 12, HEIGHT + 28, canvas.width - 24);
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

export function download(blob: Blob, name: string): void {
    const link = document.createElement('a');
    const url = URL.createObjectURL(blob);
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
}
