// Camera files and tones that tell the parties apart: the family is green and 440 Hz, the terminal blue and 1,000 Hz, the
// officer red and 2,500 Hz. Made once with ffmpeg into build/e2e-media/.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

export const parties = {
    family: { colour: 'green', hex: '0x00a000', hertz: 440 },
    terminal: { colour: 'blue', hex: '0x0000c0', hertz: 1000 },
    officer: { colour: 'red', hex: '0xc00000', hertz: 2500 },
};

const folder = path.join(root, 'build/e2e-media');

export function camera(party) {
    return path.join(folder, `${party}.y4m`);
}

export function microphone(party) {
    return path.join(folder, `${party}.wav`);
}

export function makeMedia() {
    fs.mkdirSync(folder, { recursive: true });
    for (const [party, { hex, hertz }] of Object.entries(parties)) {
        // a small moving square, so that the encoder has something to do and a frozen picture shows
        if (!fs.existsSync(camera(party)))
            execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `color=${hex}:s=640x360:r=25:d=8`, '-f', 'lavfi', '-i',
                'color=white:s=80x80:r=25:d=8', '-filter_complex', "[0][1]overlay=x='mod(t*100,560)':y=140", '-pix_fmt', 'yuv420p',
                camera(party)]);
        if (!fs.existsSync(microphone(party)))
            execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000:duration=20`,
                '-ac', '2', '-af', "volume='if(lt(mod(t,1),0.6),1,0.1)':eval=frame", microphone(party)]);
    }
}
