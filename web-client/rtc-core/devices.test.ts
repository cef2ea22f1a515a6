import { describe, expect, it } from 'vitest';
import { chooseDevice, nextDevice, platformOf, refusalOf, videoConstraints } from './devices';

const fine = { secure: true, supported: true };
const named = (name: string, message = ''): unknown => ({ name, message });

describe('why the camera was refused', () => {
    it.each([
        [named('NotAllowedError', 'Permission denied'), fine, 'denied'],
        [named('NotAllowedError', 'Permission denied by system'), fine, 'denied-by-system'],
        [
            named('NotAllowedError', 'The request is not allowed by the user agent or the platform'),
            fine,
            'denied-by-system',
        ],
        [named('SecurityError'), fine, 'denied-by-system'],
        [named('NotFoundError'), fine, 'no-device'],
        [named('OverconstrainedError'), fine, 'no-device'],
        [named('NotReadableError'), fine, 'in-use'],
        [named('AbortError'), fine, 'in-use'],
        [named('TypeError'), fine, 'failed'],
        [undefined, fine, 'failed'],
        [named('TypeError'), { secure: true, supported: false }, 'unsupported'],
        [named('NotAllowedError'), { secure: false, supported: false }, 'insecure'],
    ])('%j at %j', (error, place, refusal) => expect(refusalOf(error, place)).toBe(refusal));
});

describe('the telephone', () => {
    it.each([
        ['Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) MicroMessenger/8.0.40', 5, 'ios', true],
        ['Mozilla/5.0 (Linux; Android 9; PBEM00) MicroMessenger/8.0.2 XWEB', 5, 'android', true],
        ['Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1', 5, 'android', false],
        ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)', 5, 'ios', false],
        ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)', 0, 'desktop', false],
        ['Mozilla/5.0 (X11; Linux x86_64) Chrome/90', 0, 'desktop', false],
    ] as const)('%s', (agent, touch, system, wechat) => expect(platformOf(agent, touch)).toEqual({ system, wechat }));
});

describe('choice of devices', () => {
    const list = [
        { deviceId: 'a', kind: 'videoinput', label: 'front' },
        { deviceId: 'm', kind: 'audioinput', label: 'mic' },
        { deviceId: 'b', kind: 'videoinput', label: 'back' },
    ];
    it('uses the remembered one only while it is there', () => {
        expect(chooseDevice(list, 'videoinput', 'b')).toBe('b');
        expect(chooseDevice(list, 'videoinput', 'm')).toBeNull();
        expect(chooseDevice(list, 'videoinput', 'gone')).toBeNull();
        expect(chooseDevice(list, 'videoinput', null)).toBeNull();
    });
    it('goes round the cameras', () => {
        expect(nextDevice(list, 'videoinput', 'a')).toBe('b');
        expect(nextDevice(list, 'videoinput', 'b')).toBe('a');
        expect(nextDevice(list, 'videoinput', null)).toBe('a');
        expect(nextDevice(list, 'audioinput', 'm')).toBeNull();
    });
    it('asks for the front camera until one was chosen', () => {
        expect(videoConstraints(null).facingMode).toBe('user');
        expect(videoConstraints('b').facingMode).toBeUndefined();
        expect(videoConstraints('b').deviceId).toEqual({ exact: 'b' });
    });
});
