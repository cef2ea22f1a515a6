// A still of the own camera, small enough to be sent on a poor line.
const widest = 640;
const longest = 256 * 1024;

/** How large it is made: never larger than it is. */
export function pictureSize(width: number, height: number): { width: number; height: number } {
    const factor = Math.min(1, widest / Math.max(1, width));
    return { width: Math.round(width * factor), height: Math.round(height * factor) };
}

export async function takePicture(track: MediaStreamTrack): Promise<Blob | null> {
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    try {
        await video.play();
        if (video.videoWidth === 0) return null;
        const canvas = document.createElement('canvas');
        Object.assign(canvas, pictureSize(video.videoWidth, video.videoHeight));
        canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
        const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.8));
        return blob && blob.size <= longest ? blob : null;
    } finally {
        video.srcObject = null;
    }
}
