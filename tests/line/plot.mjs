// Lines over time as SVG. series: [{name, colour, values}], one value a second; phases: [{from, name, limit}] with the line's rate.
const WIDTH = 900, HEIGHT = 250, LEFT = 60, RIGHT = 20, TOP = 34, BOTTOM = 30;

function panel({ title, unit, series, phases, seconds, most, at, limits }) {
    const x = (second) => LEFT + ((WIDTH - LEFT - RIGHT) * second) / seconds;
    const y = (value) => at + TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(value, most) / most);
    const out = [`<text x="${LEFT}" y="${at + 16}" class="title">${title}</text>`];
    for (let i = 0; i <= 4; i++) {
        const value = (most * i) / 4;
        out.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" class="grid"/>`,
            `<text x="${LEFT - 6}" y="${y(value) + 4}" class="axis" text-anchor="end">${Math.round(value)}</text>`);
    }
    out.push(`<text x="${LEFT - 6}" y="${at + TOP - 8}" class="axis" text-anchor="end">${unit}</text>`);
    for (let second = 0; second <= seconds; second += 10)
        out.push(`<text x="${x(second)}" y="${at + HEIGHT - 12}" class="axis" text-anchor="middle">${second} s</text>`);
    phases.forEach((phase, i) => {
        const to = phases[i + 1]?.from ?? seconds;
        out.push(`<line x1="${x(phase.from)}" x2="${x(phase.from)}" y1="${y(most)}" y2="${y(0)}" class="phase"/>`,
            `<text x="${x(phase.from) + 4}" y="${at + TOP + 10}" class="axis">${phase.name}</text>`);
        if (limits && phase.limit)
            out.push(`<line x1="${x(phase.from)}" x2="${x(to)}" y1="${y(phase.limit)}" y2="${y(phase.limit)}" class="limit"/>`);
    });
    series.forEach(({ name, colour, values }, i) => {
        const points = values.map((value, second) => `${x(second + 1).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
        out.push(`<polyline points="${points}" stroke="${colour}"/>`,
            `<text x="${WIDTH - RIGHT - 150 * (series.length - i)}" y="${at + 16}" class="axis" style="fill:${colour}">${name}</text>`);
    });
    return out.join('\n');
}

export function plot({ panels, phases, seconds }) {
    const height = HEIGHT * panels.length;
    const style = 'text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.axis{font-size:11px}.grid{stroke:#ddd}.phase{stroke:#999;stroke-dasharray:4 3}'
        + '.limit{stroke:#c00;stroke-width:2;stroke-dasharray:2 3}polyline{fill:none;stroke-width:1.8}';
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"><style>${style}</style><rect width="${WIDTH}" height="${height}" fill="#fff"/>
${panels.map((one, i) => panel({ ...one, phases, seconds, at: i * HEIGHT })).join('\n')}
</svg>
`;
}
