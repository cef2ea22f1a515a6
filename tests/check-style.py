#!/usr/bin/env python3
"""Fails when a C file breaks a size or layering rule of CONTRIBUTING.md, or docs/bad-inputs.md names a test that is not there. Prints TAP,
one point a rule."""
import json
import pathlib
import re
import subprocess
import sys

MAX_FILE, MAX_FUNCTION, MAX_PARAMS, MAX_FIELDS = 600, 60, 6, 20
N_BAD_INPUTS = 51
MAX_VERIFIER = 3000  # lines of code: who relies on it can read it
MAY_INCLUDE = {
    "media": {"media"},
    "signaling": {"signaling"},
    "recorder": {"recorder", "media", "sandbox"},
    "camera": {"camera", "sandbox"},
    "sandbox": {"sandbox"},
    "gateway": {"gateway", "media", "signaling", "recorder", "camera"},
}
# name -> reason
EXCEPTIONS = {
    "give_password": "the signature is libnice's",
}


def tags(files):
    out = subprocess.run(
        ["ctags", "--languages=C", "--langmap=C:.c.h", "--kinds-C=fm", "--fields=+neSs", "--output-format=json", "-f", "-"]
        + [str(f) for f in files],
        capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def long_files(files, _):
    for f in files:
        n = len(f.read_text().splitlines())
        if n > MAX_FILE:
            yield f"{f}: {n} lines (limit {MAX_FILE})"


def arrows(files, _):
    for f in files:
        folder = f.parts[0]
        for n, line in enumerate(f.read_text().splitlines(), 1):
            m = re.match(r'#include "(\w+)/', line)
            if m and m[1] not in MAY_INCLUDE[folder]:
                yield f"{f}:{n}: {folder}/ may not include {m[1]}/"


def verifier_is_small(_files, _):
    code = "\n".join(f.read_text() for f in pathlib.Path("recorder/verify").glob("*.c"))
    n = sum(1 for line in re.sub(r"/\*.*?\*/", "", code, flags=re.S).splitlines() if line.strip())
    if n > MAX_VERIFIER:
        yield f"recorder/verify/: {n} lines of code (limit {MAX_VERIFIER})"


def own_header_first(files, _):
    for f in files:
        header = f.with_suffix(".h")
        first = re.search(r'#include [<"](.*)[>"]', f.read_text())
        if f.suffix == ".c" and header.exists() and first and first[1] != str(header):
            yield f"{f}: includes {first[1]} before its own header"


def long_functions(_, found):
    for t in found:
        if t["kind"] == "function" and t["end"] - t["line"] + 1 > MAX_FUNCTION:
            yield f"{t['path']}:{t['line']}: {t['name']} is {t['end'] - t['line'] + 1} lines (limit {MAX_FUNCTION})"


def many_parameters(_, found):
    for t in found:
        if t["kind"] == "function" and t.get("signature", "").count(",") + 1 > MAX_PARAMS:
            yield f"{t['path']}:{t['line']}: {t['name']} takes {t['signature'].count(',') + 1} parameters"


def many_fields(_, found):
    fields = {}
    for t in found:
        if t["kind"] == "member":
            key = t["path"], t["scope"]
            fields[key] = fields.get(key, 0) + 1
    for (path, name), n in fields.items():
        if n > MAX_FIELDS:
            yield f"{path}: struct {name} has {n} fields (limit {MAX_FIELDS})"


def gotos(files, _):
    for f in files:
        for n, line in enumerate(f.read_text().splitlines(), 1):
            if re.match(r"\s*goto ", line):
                yield f"{f}:{n}: goto"


def open_ends(files, _):
    for f in files:
        for n, line in enumerate(f.read_text().splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                yield f"{f}:{n}: something is left open here"


def tests_named_in_docs(*_):
    page = pathlib.Path("docs/bad-inputs.md")
    targets = pathlib.Path("tests/fuzz/meson.build").read_text()
    text = page.read_text()
    for path, name in re.findall(r"`(tests/\w+/[^`:]+\.(?:c|py))(?:: ([^`]+))?`", text):
        file = pathlib.Path(path)
        source = file.read_text() if file.exists() else ""
        if not name:
            found = f"'{file.stem.removeprefix('fuzz-')}'" in targets and source
        else:
            found = re.search(rf'["/]{re.escape(name)}["/]', source)
        if not found:
            yield f"{page}: there is no test {path}: {name}"
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", text, re.M)]
    if numbers != sorted(set(numbers)) or not set(range(1, N_BAD_INPUTS + 1)) <= set(numbers):
        yield f"{page}: it does not have 1 to {N_BAD_INPUTS}, each number once and in order"


def main():
    rules = [long_files, arrows, verifier_is_small, own_header_first, long_functions, many_parameters, many_fields, gotos, open_ends, tests_named_in_docs]
    files = sorted(f for d in MAY_INCLUDE for f in pathlib.Path(d).rglob("*.[ch]"))
    found = tags(files)
    failed = 0
    print(f"1..{len(rules)}")
    for n, rule in enumerate(rules, 1):
        problems = [p for p in rule(files, found) if not any(name in p for name in EXCEPTIONS)]
        print(f"{'not ok' if problems else 'ok'} {n} - {rule.__name__.replace('_', ' ')}")
        for p in problems:
            print(f"# {p}")
        failed += bool(problems)
    return failed > 0


sys.exit(main())
