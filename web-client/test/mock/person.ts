// Somebody in front of a camera, drawn: for pictures of the pages that show what people will see, and nobody real.

/** Runs in a page. `who` chooses clothes and wall; the tone lets the level bars move. */
export function drawnPerson(who: 'family' | 'inmate'): MediaStream {
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    const ink = canvas.getContext('2d');
    const look =
        who === 'family'
            ? { wall: ['#e9dcc9', '#c7b299'], hair: '#8d8a86', skin: '#e2b48c', coat: '#7b3f4c', collar: '#f3ece2' }
            : { wall: ['#cfdde3', '#93adb9'], hair: '#23262a', skin: '#d3a077', coat: '#33506b', collar: '#dfe7ec' };
    const ellipse = (x: number, y: number, rx: number, ry: number, colour: string): void => {
        if (!ink) return;
        ink.fillStyle = colour;
        ink.beginPath();
        ink.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
        ink.fill();
    };
    const draw = (): void => {
        if (!ink) return;
        const sway = Math.sin(performance.now() / 900) * 6;
        const wall = ink.createLinearGradient(0, 0, 1280, 720);
        wall.addColorStop(0, look.wall[0] ?? '');
        wall.addColorStop(1, look.wall[1] ?? '');
        ink.fillStyle = wall;
        ink.fillRect(0, 0, 1280, 720);
        ellipse(640 + sway / 2, 780, 330, 300, look.coat);
        ellipse(640 + sway / 2, 520, 80, 60, look.collar);
        ellipse(640 + sway, 470, 62, 80, look.skin);
        if (who === 'family') ellipse(640 + sway, 300, 178, 196, look.hair);
        ellipse(640 + sway, 330, 140, 172, look.skin);
        ink.fillStyle = look.hair;
        ink.beginPath();
        ink.ellipse(640 + sway, 268, 150, 122, 0, Math.PI, Math.PI * 2);
        ink.fill();
        for (const side of [-1, 1]) ellipse(640 + sway + side * 52, 330, 12, 9, '#2b2320');
        ink.strokeStyle = '#8a4b3a';
        ink.lineWidth = 7;
        ink.lineCap = 'round';
        ink.beginPath();
        ink.arc(640 + sway, 380, 56, Math.PI * 0.2, Math.PI * 0.8);
        ink.stroke();
    };
    draw();
    setInterval(draw, 60);
    const stream = canvas.captureStream(15);
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    const out = context.createMediaStreamDestination();
    tone.frequency.value = 220;
    volume.gain.value = 0.12;
    tone.connect(volume).connect(out);
    tone.start();
    for (const track of out.stream.getAudioTracks()) stream.addTrack(track);
    return stream;
}

/** A script that puts the drawn person in the place of the page's camera. */
export const asCamera = (who: 'family' | 'inmate'): string =>
    `{ const drawn = ${drawnPerson.toString()};
       const make = () => drawn('${who}');
       if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async (wanted) => {
           const stream = make();
           if (!wanted.video) stream.getVideoTracks().forEach((track) => stream.removeTrack(track));
           if (!wanted.audio) stream.getAudioTracks().forEach((track) => stream.removeTrack(track));
           return stream; }; }`;
