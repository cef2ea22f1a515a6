import { describe, expect, it } from 'vitest';
import { addVideo, videoEncodings } from './media';

describe('what a camera is sent as', () => {
    it('is one encoding with temporal layers, unless a room asks for more', () => {
        expect(videoEncodings(1, 720)).toMatchObject([{ scalabilityMode: 'L1T2' }]);
        expect(videoEncodings(1, 720)[0]?.rid).toBeUndefined();
        expect(videoEncodings(3, 240)).toHaveLength(1);
        expect(videoEncodings(3, 480).map(({ rid }) => rid)).toEqual(['s1', 's2']);
        expect(videoEncodings(3, 720).map(({ rid }) => rid)).toEqual(['s1', 's2', 's4']);
        expect(videoEncodings(2, 720).map(({ rid }) => rid)).toEqual(['s1', 's2']);
    });

    it('becomes simpler when the browser refuses', () => {
        const asked: RTCRtpTransceiverInit[] = [];
        const refuse = (accepts: (init: RTCRtpTransceiverInit) => boolean): RTCPeerConnection =>
            ({
                addTransceiver: (_: unknown, init: RTCRtpTransceiverInit) => {
                    asked.push(init);
                    if (!accepts(init)) throw new TypeError('no');
                    return {};
                },
            }) as unknown as RTCPeerConnection;
        addVideo(
            refuse((init) => !JSON.stringify(init).includes('scalabilityMode')),
            'video',
            videoEncodings(3, 720),
        );
        expect(asked.map(({ sendEncodings }) => sendEncodings?.length)).toEqual([3, 3]);
        asked.length = 0;
        addVideo(
            refuse((init) => init.sendEncodings?.length === 1),
            'video',
            videoEncodings(3, 720),
        );
        expect(asked.map(({ sendEncodings }) => sendEncodings?.length)).toEqual([3, 3, 1]);
    });
});
