"""Recordings at rest: played from encrypted files, read again, found again when the index is lost."""
import contextlib
import json
import os
import sqlite3
import subprocess
import time

from house import CONFIG, Desk, Node, ask, sealed_files, wait_for
from life_cases import find_bytes

RECORDED_S = 6


def record(node, officer, seconds=RECORDED_S):
    visit, family, terminal = node.begin_visit(officer)
    time.sleep(seconds)
    officer.call("visits.end", {"visit": visit["visit"]["id"], "cause": "completed", "confirm": True})
    for side in (family, terminal):
        side.stop()
    session = visit["visit"]["session"]
    return session, sealed_files(node, session)[1]


def plays(node, session, files):
    """Every range of what the service sends is that of the file in the clear; nothing lies there in the clear."""
    cookie = node.sign_in("person", "officer")
    for path in files:
        plain, url = path.read_bytes(), f"/api/v1/archive/{session}/{path.name}"
        whole = ask(node, "GET", url, cookie=cookie)
        assert whole.status == 200 and whole.body == plain, f"{path.name}: {whole.status}"
        for first, last in ((0, 0), (0, 99), (65530, 65545), (len(plain) - 100, len(plain) - 1)):
            if last >= len(plain):
                continue
            part = ask(node, "GET", url, cookie=cookie, headers={"Range": f"bytes={first}-{last}"})
            assert part.status == 206 and part.body == plain[first:last + 1], f"{path.name} {first}-{last}: {part.status}"
            assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(plain)}", part.headers["Content-Range"]
        tag = whole.headers["ETag"]
        assert ask(node, "GET", url, cookie=cookie, headers={"If-None-Match": tag}).status == 304
        assert ask(node, "GET", url, cookie=cookie, headers={"Range": f"bytes={len(plain)}-"}).status == 416
        middle = len(plain) // 2
        assert not find_bytes(node.data / "archive", plain[middle:middle + 64]), f"{path.name} lies there in the clear"


def scrub(node, *words):
    done = subprocess.run([node.program, "scrub", *words, "--json", "--data", node.data], capture_output=True, text=True,
                          timeout=60)
    return done.returncode, json.loads(done.stdout)


def flip(path, at):
    before = path.stat()
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def figures(node, name):
    lines = ask(node, "GET", "/metrics").body.decode().splitlines()
    return [line.split()[1] for line in lines if line.startswith(f"yuanjian_{name} ")]


def is_scrubbed(node, session, files):
    """A bit that a disk forgets is found, with its place; when it is put right, all is well again."""
    code, status = scrub(node)
    assert code == 0 and status["total"] == 0, f"what was just sealed is not due: {status}"
    code, status = scrub(node, "--all")
    assert code == 0 and status["done"] == status["total"] == 1 and status["bytes"] > 0, status
    page = node.console("admin")
    damaged = node.data / "archive" / session / (files[-1].name + ".enc")
    flip(damaged, damaged.stat().st_size // 2)
    code, status = scrub(node, "--all")
    assert code == 65 and status["damaged"] == 1, status
    line = next(line for line in node.read_log().splitlines() if "is damaged" in line)
    assert session in line and files[-1].name in line and "chunk 0, from " in line, line
    assert figures(node, "archive_damaged") == ["1"] and figures(node, "archive_damaged_total") == ["1"]
    page.event("archive.health")
    health = page.call("archive.health")
    assert health["state"] == "alarm" and [row["session"] for row in health["damaged"]] == [session], health
    assert health["damaged"][0]["parts"][0]["file"] == files[-1].name, health
    flip(damaged, damaged.stat().st_size // 2)
    code, status = scrub(node, "--session", session)
    assert code == 0 and (status["total"], status["damaged"]) == (1, 0), status
    page.event("archive.health")
    assert page.call("archive.health")["state"] == "good" and figures(node, "archive_damaged") == ["0"]


def without_key(node, session, files):
    """A key that is destroyed: the recording is there, and nobody can play it; the others are not touched."""
    (node.data / "keys" / "sessions" / f"{session}.key").unlink()
    cookie = node.sign_in("person", "officer")
    assert ask(node, "GET", f"/api/v1/archive/{session}/{files[0].name}", cookie=cookie).status == 404
    refused = subprocess.run([node.program, "archive", "extract", session, node.folder / "never", "--reason", "test", "--data",
                              node.data], capture_output=True, text=True, timeout=30)
    assert refused.returncode != 0 and "its key is not there" in refused.stderr, refused
    assert not list((node.folder / "never").glob("*.webm"))


def listed(node):
    """The table of recordings, as far as recordings say it (holds, reviews and retention are not theirs)."""
    members = ("session", "subject", "terminal", "unit", "visit", "visitors", "began_ms", "duration_ms", "end_cause", "kind", "bytes",
               "missing_ms", "recovered", "recording_class", "state")
    return [{name: row.get(name) for name in members} for row in node.archived()]


def is_rebuilt(node, session):
    """The index is damaged, and lost: both times it is made again from what is beside the recordings."""
    before = listed(node)
    assert [row["session"] for row in before] == [session] and before[0]["subject"], before
    assert node.json("rebuild-index") == []
    assert node.stop_keeping() == 0
    with contextlib.closing(sqlite3.connect(node.data / "index.db")) as index:
        index.execute("UPDATE recording SET duration_ms = 1, unit = 'x', end_cause = NULL")
        index.commit()
    node.launch()
    told = node.json("rebuild-index", "--dry-run")
    assert [row["session"] for row in told] == [session] and listed(node)[0]["duration_ms"] == 1, told
    assert node.json("rebuild-index") == told
    assert listed(node) == before and node.json("rebuild-index") == [], listed(node)
    assert node.stop_keeping() == 0
    for path in node.data.glob("index.db*"):
        path.unlink()
    node.launch()
    wait_for("the table is there again", lambda: listed(node) == before, 10)
    assert node.json("rebuild-index", "--dry-run") == []


def refuses_open_keys(node):
    """A master key that others may read: the service says so and does not start."""
    assert node.stop_keeping() == 0
    master = node.data / "keys" / "master.key"
    master.chmod(0o644)
    try:
        node.launch()
        raise AssertionError("it started")
    except RuntimeError as error:
        assert "master.key has the mode 0644" in str(error), error
    master.chmod(0o600)
    node.launch()
    node.check_alive()


def add(report):
    node = Node(CONFIG)
    try:
        officer = Desk(node, "officer")
        session, files = record(node, officer)
        report.case("archive: every range that is played is that of the recording", plays, node, session, files)
        report.case("archive: a flipped bit is found by the scrub", is_scrubbed, node, session, files)
        report.case("archive: without its key nobody plays a recording", without_key, node, session, files)
        report.case("archive: a master key that others can read is refused", refuses_open_keys, node)
        report.case("archive: the index is made again from the recordings", is_rebuilt, node, session)
    finally:
        node.stop()
