// The far end of a page's peer connections: a second page of the same browser, which sends the browser's test picture.
import type { Page } from '@playwright/test';
import type { Peer } from './gateway';

interface Far {
    answer(offer: string): Promise<string>;
    offer(): Promise<string>;
    accept(answer: string): Promise<void>;
    stopPicture(): void;
}

declare global {
    interface Window {
        far: Far;
    }
}

/** `page` must have been opened on the mock gateway's origin. */
export async function farEnd(page: Page): Promise<Peer & { stopPicture(): Promise<void> }> {
    await page.evaluate(() => {
        let watched: RTCPeerConnection | null = null;
        let picture: RTCRtpSender | undefined;
        const gathered = (pc: RTCPeerConnection): Promise<string> =>
            new Promise((resolve) => {
                const done = (): void => resolve(pc.localDescription?.sdp ?? '');
                if (pc.iceGatheringState === 'complete') done();
                pc.onicegatheringstatechange = () => {
                    if (pc.iceGatheringState === 'complete') done();
                };
            });
        window.far = {
            answer: async (offer) => {
                const pc = new RTCPeerConnection();
                await pc.setRemoteDescription({ type: 'offer', sdp: offer });
                await pc.setLocalDescription(await pc.createAnswer());
                return gathered(pc);
            },
            offer: async () => {
                watched?.close();
                watched = new RTCPeerConnection();
                const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
                const [video] = stream.getVideoTracks();
                const [audio] = stream.getAudioTracks();
                if (video) picture = watched.addTransceiver(video, { direction: 'sendonly' }).sender;
                if (audio) watched.addTransceiver(audio, { direction: 'sendonly' });
                await watched.setLocalDescription(await watched.createOffer());
                return gathered(watched);
            },
            accept: async (answer) => {
                await watched?.setRemoteDescription({ type: 'answer', sdp: answer });
            },
            stopPicture: () => void picture?.replaceTrack(null),
        };
    });
    return {
        answer: (offer) => page.evaluate((sdp) => window.far.answer(sdp), offer),
        offer: () => page.evaluate(() => window.far.offer()),
        accept: (answer) => page.evaluate((sdp) => window.far.accept(sdp), answer),
        stopPicture: () => page.evaluate(() => window.far.stopPicture()),
    };
}
