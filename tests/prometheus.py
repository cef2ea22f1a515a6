"""A strict reader of Prometheus' text format: each metric has HELP, TYPE and its samples, once and together."""
import re

SAMPLE = re.compile(r'^([a-z][a-z0-9_]*)(\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})? '
                    r'(-?[0-9.]+(?:e[+-]?[0-9]+)?)$')
PARTS = {"histogram": ("_bucket", "_sum", "_count")}


def read(text):
    """{name with labels: value}; an AssertionError says what is wrong with the text."""
    types, samples, name = {}, {}, None
    assert text.endswith("\n"), "the last line has no end"
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, help_text = line[7:].split(" ", 1)
            assert name not in types and len(help_text) > 5, line
            assert re.fullmatch(r"yuanjian_[a-z][a-z0-9_]*", name), line
            continue
        if line.startswith("# TYPE "):
            of, kind = line[7:].split(" ")
            assert of == name and of not in types and kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == of.endswith("_total"), line
            types[of] = kind
            continue
        found = SAMPLE.match(line)
        assert found and name in types, f"not a sample: {line}"
        assert found[1] in [name + part for part in PARTS.get(types[name], ("",))], f"not of {name}: {line}"
        key = found[1] + (found[2] or "")
        assert key not in samples, f"twice: {line}"
        samples[key] = float(found[3])
    assert set(types) <= {key.split("{")[0].removesuffix("_count") for key in samples}, "a metric without a sample"
    check_histograms(types, samples)
    return samples


def check_histograms(types, samples):
    for name in (name for name, kind in types.items() if kind == "histogram"):
        buckets = {}
        for key, value in samples.items():
            found = re.match(rf'{name}_bucket\{{(.*?),?le="([^"]+)"\}}', key)
            if found:
                buckets.setdefault(found[1], []).append((float(found[2].replace("+Inf", "inf")), value))
        for labels, rows in buckets.items():
            assert [row[0] for row in rows] == sorted(row[0] for row in rows) and rows[-1][0] == float("inf"), name
            assert [row[1] for row in rows] == sorted(row[1] for row in rows), f"{name} is not cumulative"
            count = samples[name + "_count" + (f"{{{labels}}}" if labels else "")]
            assert rows[-1][1] == count, f"{name}: {rows[-1][1]} in buckets, {count} in all"
