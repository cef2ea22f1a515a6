/** Sends drawn pictures and tones for both sides of a visit, from a second page of the test's browser. */
import type { Page } from '@playwright/test';
import type { Media } from './mock';

declare global {
    interface Window {
        farEnd: Media;
    }
}

export async function farEnd(page: Page): Promise<Media> {
    await page.evaluate(() => {
        const peers = new Map<string, RTCPeerConnection>();
        const gathered = (pc: RTCPeerConnection): Promise<string> =>
            new Promise((resolve) => {
                const done = () => pc.iceGatheringState === 'complete' && resolve(pc.localDescription?.sdp ?? '');
                pc.onicegatheringstatechange = done;
                done();
            });
        const picture = (wall: string, coat: string): MediaStreamTrack => {
            const canvas = document.createElement('canvas');
            canvas.width = 640;
            canvas.height = 480;
            const context = canvas.getContext('2d') as CanvasRenderingContext2D;
            // eslint-disable-next-line no-restricted-syntax -- ends with the test's page
            setInterval(() => {
                const sway = Math.sin(Date.now() / 700) * 10;
                context.fillStyle = wall;
                context.fillRect(0, 0, 640, 480);
                context.fillStyle = coat;
                context.beginPath();
                context.ellipse(320 + sway, 470, 190, 150, 0, 0, 7);
                context.fill();
                context.fillStyle = '#d9b08c';
                context.beginPath();
                context.ellipse(320 + sway, 220, 84, 108, 0, 0, 7);
                context.fill();
                context.fillStyle = '#2a2320';
                context.beginPath();
                context.ellipse(320 + sway, 150, 88, 56, 0, 0, 7);
                context.fill();
            }, 66);
            return canvas.captureStream(15).getVideoTracks()[0] as MediaStreamTrack;
        };
        const tone = (hertz: number): MediaStreamTrack => {
            const context = new AudioContext();
            const oscillator = context.createOscillator();
            const gain = context.createGain();
            const out = context.createMediaStreamDestination();
            oscillator.frequency.value = hertz;
            gain.gain.value = 0.12;
            oscillator.connect(gain).connect(out);
            oscillator.start();
            return out.stream.getAudioTracks()[0] as MediaStreamTrack;
        };
        const tracks = [picture('#5d7382', '#36506b'), tone(330), picture('#8a8f83', '#4f6b8c'), tone(220)];
        window.farEnd = {
            offer: async (visit) => {
                peers.get(visit)?.close();
                const pc = new RTCPeerConnection();
                peers.set(visit, pc);
                for (const track of tracks) pc.addTransceiver(track, { direction: 'sendonly' });
                await pc.setLocalDescription(await pc.createOffer());
                return gathered(pc);
            },
            accept: async (visit, sdp) => {
                await peers.get(visit)?.setRemoteDescription({ type: 'answer', sdp });
            },
            answer: async (_visit, sdp) => {
                const pc = new RTCPeerConnection();
                await pc.setRemoteDescription({ type: 'offer', sdp });
                await pc.setLocalDescription(await pc.createAnswer());
                return gathered(pc);
            },
        };
    });
    return {
        offer: (visit) => page.evaluate((v) => window.farEnd.offer(v), visit),
        accept: (visit, sdp) => page.evaluate(([v, s]) => window.farEnd.accept(v ?? '', s ?? ''), [visit, sdp]),
        answer: (visit, sdp) => page.evaluate(([v, s]) => window.farEnd.answer(v ?? '', s ?? ''), [visit, sdp]),
    };
}
