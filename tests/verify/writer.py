#!/usr/bin/env python3
"""Packages as the service writes them: the verifier passes them, any unzip opens them, their media plays, and the lines of VERIFY.txt,
run as they stand with nothing but bash, unzip, sha256sum and openssl, find them good - and not when something was changed.
Prints TAP. usage: writer.py YUANJIAN_VERIFY PACK"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

from studio import Authority, Node, Story, run

VERIFY, PACK = sys.argv[1:3]
WORK = tempfile.TemporaryDirectory(prefix="yuanjian-writer-")
ROOM = pathlib.Path(WORK.name)
node, authority = Node(ROOM / "node"), Authority(ROOM / "tsa")
for key in node.ed, node.sm:
    key.write_bytes(run("openssl", "pkey", "-in", key))
    key.chmod(0o600)
(ROOM / "node").chmod(0o700)
(ROOM / "node" / "to-sign").unlink(missing_ok=True)
PACKAGE = ROOM / "S-0042-E-7.evp"


def write(folder, entries):
    for name, data in entries.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def make():
    made = Story(node, authority)
    made.stamped = 10  # and an entry more when it was taken out
    parts = made.parts()
    write(ROOM / "parts", {n: d for n, d in parts.items() if n not in ("VERIFY.txt", "report.html")})
    done = subprocess.run([PACK, ROOM / "parts", ROOM / "node", PACKAGE], capture_output=True, timeout=60)
    if done.returncode != 0:
        return done.stderr.decode()
    done = subprocess.run([VERIFY, "--keys", ROOM / "node", "--tsa", ROOM / "tsa/tsa.pem", PACKAGE], capture_output=True, timeout=60)
    return None if done.returncode == 0 else done.stdout.decode()


def unzip():
    shutil.rmtree(ROOM / "package", ignore_errors=True)
    tested = subprocess.run(["unzip", "-t", PACKAGE], capture_output=True, timeout=60)
    subprocess.run(["unzip", "-q", PACKAGE, "-d", ROOM / "package"], capture_output=True, timeout=60, check=True)
    with zipfile.ZipFile(PACKAGE) as archive:
        bad = archive.testzip()
        names = archive.namelist()
    fine = tested.returncode == 0 and bad is None and names[0] == "VERIFY.txt" and names[-1].startswith("media/")
    done = subprocess.run([VERIFY, ROOM / "package"], capture_output=True, timeout=60)
    return None if fine and done.returncode == 0 else tested.stdout.decode() + done.stdout.decode()


def by_hand(folder=ROOM / "package"):
    """The indented lines of VERIFY.txt are one script."""
    text = (folder / "VERIFY.txt").read_text()
    script = "\n".join(x[4:] for x in text.splitlines() if x.startswith("    "))
    environment = {"PATH": "/usr/bin:/bin", "TSA_ROOT": str(ROOM / "tsa/tsa.pem"), "TMPDIR": str(ROOM)}
    return subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)


def follow():
    done = by_hand()
    out = done.stdout.decode()
    wanted = {r"Signature Verified Successfully": 2, r": OK$": 20, r"SM3 OK$": 4, r"sha256 root OK": 1, r"sm3 root OK": 1, r"^Verification: OK": 1,
              r"manifest is in the log: OK": 1, r"leaf names the manifest: OK": 1, r"^one log: OK": 1, r"note: ed25519 OK": 1, r"note: sm2 OK": 1,
              r"receipt.json: sm2 OK": 1, r"^media/family-1-video-1.webm: OK": 2}
    missing = [w for w, n in wanted.items() if len(re.findall(w, out, re.M)) < n]
    return None if done.returncode == 0 and not missing else f"{done.returncode} {missing}\n" + out.replace("\n", "\n# ")


def follow_changed(name, change):
    def test():
        path = ROOM / "package" / name
        data = path.read_bytes()
        path.write_bytes(change(data))
        done = by_hand()
        path.write_bytes(data)
        return None if done.returncode != 0 else f"VERIFY.txt finds nothing wrong with {name}"
    return test


def plays():
    for file in sorted((ROOM / "package" / "media").iterdir()):
        done = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file], capture_output=True, timeout=60)
        if done.returncode != 0 or not 29 < float(done.stdout) < 31:
            return f"{file.name}: {done.stdout} {done.stderr}"
    return None


def derived(kind):
    """A package with a derivative, beside the media or in its place: the verifier, and VERIFY.txt by hand; neither overlooks a change."""
    def test():
        parts, package, folder = ROOM / f"parts-{kind}", ROOM / f"{kind}.evp", ROOM / f"package-{kind}"
        made = Story(node, authority)
        made.derived = kind
        write(parts, {n: d for n, d in made.parts().items() if n not in ("VERIFY.txt", "report.html")})
        done = subprocess.run([PACK, parts, ROOM / "node", package], capture_output=True, timeout=60)
        if done.returncode != 0:
            return done.stderr.decode()
        done = subprocess.run([VERIFY, "--keys", ROOM / "node", "--tsa", ROOM / "tsa/tsa.pem", package], capture_output=True, timeout=60)
        if done.returncode != 0 or b"not the original" not in done.stdout or (b"left out: redacted" in done.stdout) != (kind == "redaction"):
            return done.stdout.decode()
        with zipfile.ZipFile(package) as archive:
            archive.extractall(folder)
        done = by_hand(folder)
        if done.returncode != 0 or b"D-1.webm: as its record says, OK" not in done.stdout or b"sm3 root OK" not in done.stdout:
            return done.stdout.decode().replace("\n", "\n# ")
        for name, change in (("D-1.webm", flip), ("D-1.json", lambda d: d.replace(b'"manifest_sha256":"', b'"manifest_sha256":"0'))):
            data = (folder / "derivatives" / name).read_bytes()
            (folder / "derivatives" / name).write_bytes(change(data))
            done = by_hand(folder)
            (folder / "derivatives" / name).write_bytes(data)
            if done.returncode == 0 or b"FAILED" not in done.stdout:
                return f"VERIFY.txt finds nothing wrong with {name}"
        return None
    return test


def report():
    page = (ROOM / "package" / "report.html").read_text()
    wrong = [w for w in ("<script", "<b>one", "officer <2>", "http://", "src=") if w in page]
    missing = [w for w in ("家属 &amp; &lt;b&gt;one&lt;/b&gt;", "一监区", "officer &lt;2&gt;", "<svg", "a note") if w not in page]
    receipt = json.loads((ROOM / "package" / "receipt.json").read_text())
    return None if not wrong and not missing and receipt["by"] == "officer <2>" else f"{wrong} {missing}"


def changed_parts():
    """Nothing is sealed that is not as the manifest says."""
    path = ROOM / "parts" / "media" / "family-1-audio-1.webm"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = subprocess.run([PACK, ROOM / "parts", ROOM / "node", ROOM / "bad.evp"], capture_output=True, timeout=60)
    return None if done.returncode == 1 and b"family-1-audio-1.webm" in done.stderr else f"{done.returncode} {done.stderr}"


def flip(data):
    return data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1:]


TESTS = [("the verifier passes what the writer made", make), ("unzip opens it, and the folder passes too", unzip), ("VERIFY.txt by hand", follow)]
TESTS += [(f"VERIFY.txt by hand: {name} changed", follow_changed(name, change)) for name, change in (
    ("media/family-1-video-1.webm", flip), ("manifest.json", lambda d: d.replace(b"a note", b"a hint")), ("manifest.sm2", flip), ("manifest.ed25519", flip),
    ("leaves.jsonl", lambda d: d.replace(b'"lost":0', b'"lost":1', 1)), ("log/checkpoint", lambda d: d.replace(b"\nat 1", b"\nat 2")),
    ("log/manifest.json", lambda d: d.replace(b"false", b"true")),
    ("time/consistency-10", lambda d: (b"B" if d[:1] == b"A" else b"A") + d[1:]), ("log/audit.jsonl", lambda d: d[:-1]), ("receipt.json", lambda d: d.replace(b"12", b"13")))]
TESTS += [("a composite goes with the media", derived("composite")), ("a redaction is in the place of the media", derived("redaction"))]
TESTS += [("the files play", plays), ("report.html escapes what people wrote", report), ("changed media is not exported", changed_parts)]


def main():
    os.umask(0o077)
    print(f"1..{len(TESTS)}")
    failed = 0
    for n, (name, test) in enumerate(TESTS, 1):
        problem = test()
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {n} - {name}" + (f"\n# {problem}" if problem else ""), flush=True)
    return failed > 0


sys.exit(main())
