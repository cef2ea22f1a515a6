// Real browsers with a camera file and a tone each.
import { createRequire } from 'node:module';
import { camera, microphone, parties } from './media.mjs';

const require = createRequire(new URL('../../web-client/package.json', import.meta.url));
const { chromium, firefox } = require('@playwright/test');

export const playwright = require('@playwright/test');

const CHROMIUM_FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export function launchChromium(party) {
    const files = party ? [`--use-file-for-fake-video-capture=${camera(party)}`, `--use-file-for-fake-audio-capture=${microphone(party)}`] : [];
    return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...CHROMIUM_FLAGS, ...files] });
}

// Firefox has no camera files: its own moving picture, and a tone of the party's frequency.
export function launchFirefox(party) {
    return firefox.launch({
        channel: 'moz-firefox',
        executablePath: '/usr/bin/firefox-esr',
        firefoxUserPrefs: {
            'media.navigator.streams.fake': true,
            'media.navigator.permission.disabled': true,
            'media.navigator.audio.fake_frequency': parties[party].hertz,
            'media.peerconnection.ice.loopback': true,
            'media.autoplay.default': 0,
            'media.autoplay.blocking_policy': 0,
        },
    });
}

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };
export const DESKTOP = { viewport: { width: 1440, height: 900 } };
