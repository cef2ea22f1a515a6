// People for the pictures of the pages: drawn, moving, nobody real. playPortrait() runs in a page and gives it a camera and
// a microphone that are a canvas and an oscillator.

const skin = '#f1c9a5', skinShade = '#e3b48d';
const head = 'M258 150C258 100 285 74 320 74C355 74 382 100 382 150C382 206 352 240 320 240C288 240 258 206 258 150Z';
const ears = 'M246 158a10 17 0 1 0 20 0a10 17 0 1 0 -20 0M374 158a10 17 0 1 0 20 0a10 17 0 1 0 -20 0';
const neck = 'M290 212L350 212L353 268C338 288 302 288 287 268Z';
const shoulders = 'M150 400C158 310 220 278 286 262C300 284 340 284 354 262C420 278 482 310 490 400Z';
const collar = 'M286 262L300 252L320 292L340 252L354 262L346 300L320 296L294 300Z';
const shortHair = 'M251 158C242 92 276 56 322 56C368 56 398 92 389 158C384 136 378 118 364 106C336 112 302 110 276 106C262 118 256 136 251 158Z';
const cropped = 'M253 140C250 88 282 64 320 64C358 64 390 88 387 140C382 120 374 108 360 100C334 92 306 92 280 100C266 108 258 120 253 140Z';
const bun = 'M284 44a36 30 0 1 0 72 0a36 30 0 1 0 -72 0';
const bunBack = 'M250 170C232 90 268 52 320 52C372 52 408 90 390 170Z';
const longBack = 'M236 262C222 110 250 50 320 50C390 50 418 110 404 262C396 286 300 286 236 262Z';
const fringe = 'M254 140C250 92 284 66 320 66C356 66 390 92 386 140C372 118 352 104 330 96C312 116 280 124 254 140Z';

const livingRoom = [
    ['#efe0cb', 'M0 0H640V360H0Z'], ['#e6d3b8', 'M0 268H640V360H0Z'], ['#ffffff', 'M36 34H196V194H36Z'],
    ['#bfdcea', 'M46 44H111V184H46Z'], ['#d3e8f1', 'M121 44H186V184H121Z'], ['#dcb98a', 'M474 52H596V148H474Z'],
    ['#f8f3ea', 'M484 62H586V138H484Z'], ['#9db98f', 'M484 138L520 92L548 120L564 104L586 138Z'],
    ['#7f9f6e', 'M520 236C486 196 494 160 522 178C524 140 556 140 554 180C584 166 590 204 560 236Z'],
    ['#b06a4a', 'M512 234H568L560 286H520Z'],
];
const kitchen = [
    ['#e3e6dc', 'M0 0H640V360H0Z'], ['#c9cfbf', 'M0 250H640V360H0Z'], ['#f6f4ee', 'M40 30H230V120H40Z'],
    ['#d8d3c4', 'M46 36H132V114H46Z'], ['#d8d3c4', 'M138 36H224V114H138Z'], ['#b9c4a6', 'M470 40H600V200H470Z'],
    ['#e9efdf', 'M480 50H530V190H480Z'], ['#e9efdf', 'M540 50H590V190H540Z'], ['#c07f4e', 'M70 208H130V250H70Z'],
];
const visitRoom = [
    ['#dfe7ea', 'M0 0H640V360H0Z'], ['#b7c8cd', 'M0 246H640V360H0Z'], ['#a5b9bf', 'M0 240H640V250H0Z'],
    ['#f4f7f8', 'M470 46H600V116H470Z'], ['#8fa8b0', 'M486 62H584V70H486ZM486 80H584V86H486ZM486 94H548V100H486Z'],
    ['#cfdadd', 'M40 40H180V190H40Z'], ['#c2d0d4', 'M52 52H168V190H52Z'],
];

function person({ hair, hairBack, hairShape, cloth, collarColour, beard, glasses, age }) {
    return {
        body: [[cloth, shoulders], [skinShade, neck], [collarColour, collar]],
        behind: (hairBack ?? []).map((path) => [hair, path]),
        head: [[skinShade, ears], [skin, head], ...(beard ? [['rgba(70,60,55,0.16)', 'M266 184C276 232 300 240 320 240C340 240 364 232 374 184C360 204 340 196 320 196C300 196 280 204 266 184Z']] : []),
            [hair, hairShape]],
        brow: age === 'old' ? '#8d8780' : '#3a302a', glasses: glasses ?? false, age,
    };
}

export const portraits = {
    mother: { hertz: 210, back: livingRoom, ...person({ hair: '#9b958e', hairBack: [bunBack, bun], hairShape: fringe, cloth: '#8c4a4f', collarColour: '#f3e9de', glasses: true, age: 'old' }) },
    son: { hertz: 130, back: visitRoom, ...person({ hair: '#2e2927', hairShape: cropped, cloth: '#5d7f96', collarColour: '#dbe6ec', beard: true, age: 'young' }) },
    wife: { hertz: 230, back: kitchen, ...person({ hair: '#2b211d', hairBack: [longBack], hairShape: fringe, cloth: '#4f7a68', collarColour: '#eef2ea', age: 'young' }) },
    husband: { hertz: 120, back: visitRoom, ...person({ hair: '#38312d', hairShape: shortHair, cloth: '#5d7f96', collarColour: '#dbe6ec', age: 'young' }) },
    officer: { hertz: 140, back: visitRoom, ...person({ hair: '#241f1d', hairShape: shortHair, cloth: '#2b3a55', collarColour: '#9fb4d4', age: 'young' }) },
};

// Runs in the page, before its own script.
export function playPortrait({ portrait, width, height }) {
    const devices = navigator.mediaDevices;
    if (!devices)
        return;
    let playing;
    const start = () => {
        const canvas = document.createElement('canvas');
        canvas.width = width;
        canvas.height = height;
        const pen = canvas.getContext('2d');
        const scale = Math.max(width / 640, height / 360);
        const fill = (shapes) => {
            for (const [colour, path] of shapes) {
                pen.fillStyle = colour;
                pen.fill(new Path2D(path));
            }
        };
        const line = (path, colour, thick) => {
            pen.strokeStyle = colour;
            pen.lineWidth = thick;
            pen.lineCap = 'round';
            pen.stroke(new Path2D(path));
        };
        const dot = (x, y, rx, ry, colour) => {
            pen.fillStyle = colour;
            pen.beginPath();
            pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
            pen.fill();
        };
        const draw = () => {
            const t = performance.now() / 1000;
            pen.setTransform(scale, 0, 0, scale, (width - 640 * scale) / 2, (height - 360 * scale) / 2);
            fill(portrait.back);
            pen.translate(4 * Math.sin(t * 0.7), 2 * Math.sin(t * 1.3));
            pen.save();
            pen.translate(5 * Math.sin(t * 0.7), 2 * Math.sin(t * 1.9));
            fill(portrait.behind);
            pen.restore();
            fill(portrait.body);
            pen.translate(5 * Math.sin(t * 0.7), 2 * Math.sin(t * 1.9));
            fill(portrait.head);
            line('M284 136Q296 128 308 135', portrait.brow, 5);
            line('M332 135Q344 128 356 136', portrait.brow, 5);
            const blink = t % 3.7 < 0.15 ? 0.15 : 1;
            dot(296, 156, 5.500, 6.500 * blink, '#2a211c');
            dot(344, 156, 5.500, 6.500 * blink, '#2a211c');
            if (portrait.glasses)
                line('M276 156a20 17 0 1 0 40 0a20 17 0 1 0 -40 0M324 156a20 17 0 1 0 40 0a20 17 0 1 0 -40 0M316 154L324 154', '#5b5048', 3);
            if (portrait.age === 'old')
                line('M282 186Q290 200 288 212M358 186Q350 200 352 212', 'rgba(160,110,80,0.5)', 3);
            line('M318 160Q310 180 318 186L326 186', '#cf9b74', 4);
            dot(272, 190, 12, 8, 'rgba(226,120,100,0.18)');
            dot(368, 190, 12, 8, 'rgba(226,120,100,0.18)');
            pen.fillStyle = '#a8504a';
            const open = 3 + 5 * Math.abs(Math.sin(t * 6) * Math.sin(t * 0.9));
            pen.fill(new Path2D(`M298 206Q320 ${206 + open + 10} 342 206Q320 ${210 + open / 3} 298 206Z`));
        };
        draw();
        setInterval(draw, 1000 / 15);
        const sound = new AudioContext();
        const voice = sound.createOscillator();
        const swing = sound.createOscillator();
        const gain = sound.createGain();
        const depth = sound.createGain();
        const out = sound.createMediaStreamDestination();
        voice.type = 'triangle';
        voice.frequency.value = portrait.hertz;
        swing.frequency.value = 2.300;
        gain.gain.value = 0.100;
        depth.gain.value = 0.090;
        voice.connect(gain).connect(out);
        swing.connect(depth).connect(gain.gain);
        voice.start();
        swing.start();
        void sound.resume();
        return { video: canvas.captureStream(15).getVideoTracks()[0], audio: out.stream.getAudioTracks()[0] };
    };
    devices.getUserMedia = async (wanted) => {
        playing ??= start();
        return new MediaStream([...(wanted.video ? [playing.video.clone()] : []), ...(wanted.audio ? [playing.audio.clone()] : [])]);
    };
}
