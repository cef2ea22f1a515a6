"""Plots as SVG, readable on a light and on a dark page."""
import math
from xml.sax.saxutils import escape

from shapes import JANUS, LOOPS, NAMES, OURS

COLOURS = {OURS: "#2f81d7", JANUS: "#d9822b", LOOPS: "#9a6dd7", "limit": "#7d8590"}
STYLE = """<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 11px } .title { font-weight: 600 }
.grid { stroke: #8b949e; stroke-opacity: .35 } .axis { stroke: #8b949e }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
</style>"""
WIDTH = 760


class Canvas:
    def __init__(self, height, title):
        self.height, self.parts = height, []
        self.text(12, 22, title, "title")

    def text(self, x, y, what, style="", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(what)}</text>')

    def line(self, x0, y0, x1, y1, style):
        self.parts.append(f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" class="{style}"/>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" fill="{colour}" rx="1.5"/>')

    def path(self, points, colour, dashed=False):
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')

    def dot(self, x, y, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>')

    def legend(self, names, y=44):
        x = 12
        for key, name in names:
            self.bar(x, y - 10, 12, 12, COLOURS[key])
            self.text(x + 17, y, name, "small")
            x += 40 + 6.4 * len(name)

    def write(self, path):
        body = "\n".join(self.parts)
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
                        f'height="{self.height}" role="img">\n{STYLE}\n{body}\n</svg>\n')


def short(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def bars(path, title, rows):
    """rows: (label, {server: value}), one group of bars each."""
    left, right, thick = 250, 60, 13
    groups = [len(values) * thick + 14 for _, values in rows]
    canvas = Canvas(64 + sum(groups), title)
    canvas.legend([(key, NAMES[key]) for key in (OURS, LOOPS, JANUS)])
    top = max((value for _, values in rows for value in values.values()), default=1)
    y = 60
    for (label, values), height in zip(rows, groups):
        canvas.text(left - 10, y + (height - 14) / 2 + 4, label, "small", "end")
        for key in (OURS, LOOPS, JANUS):
            if key in values:
                width = (WIDTH - left - right) * values[key] / top
                canvas.bar(left, y, width, thick - 2, COLOURS[key])
                canvas.text(left + width + 5, y + thick - 4, short(values[key]), "small")
                y += thick
        y += 14
    canvas.write(path)


def steps(top):
    """Where to put lines, from 0: four to eight of them at round numbers."""
    rough = top / 5
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return [step * i for i in range(int(top / step) + 2)]


def curves(path, title, x_title, series, dashed=None):
    """series: {server: [(x, y)]}; dashed: (name, y), a level for all x."""
    left, bottom, height = 64, 48, 340
    canvas = Canvas(height, title)
    names = [(key, NAMES[key]) for key in (OURS, LOOPS, JANUS) if key in series]
    canvas.legend(names + ([("limit", dashed[0])] if dashed else []))
    xs = sorted({x for points in series.values() for x, _ in points})
    levels = steps(max([y for points in series.values() for _, y in points] + ([dashed[1]] if dashed else [])))

    def place(x, y):
        return (left + (WIDTH - left - 24) * x / xs[-1], height - bottom - (height - bottom - 64) * y / levels[-1])

    for level in levels:
        canvas.line(left, place(0, level)[1], WIDTH - 24, place(0, level)[1], "grid" if level else "axis")
        canvas.text(left - 8, place(0, level)[1] + 4, f"{level:g}", "small", "end")
    for x in xs:
        canvas.text(place(x, 0)[0], height - bottom + 18, str(x), "small", "middle")
    canvas.text((left + WIDTH) / 2, height - 8, x_title, "small", "middle")
    if dashed:
        canvas.path([place(0, dashed[1]), place(xs[-1], dashed[1])], COLOURS["limit"], dashed=True)
    for key, _ in names:
        points = [place(x, y) for x, y in series[key]]
        canvas.path(points, COLOURS[key])
        for (x, y), (_, value) in zip(points, series[key]):
            canvas.dot(x, y, COLOURS[key])
            if key == OURS or value == max(v for _, v in series[key]):
                canvas.text(x, y - 8, short(value), "small", "middle")
    canvas.write(path)
