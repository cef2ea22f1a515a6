"""A recording as evidence, from the visit to somebody who has nothing of ours: exported, fetched in pieces, verified by the
verifier, and by hand with the commands of its VERIFY.txt."""
import contextlib
import hashlib
import json
import sqlite3
import subprocess
import time
import zipfile

from archive_cases import flip, plays, record, scrub
from house import CONFIG, Desk, Node, ask, wait_for

AES = CONFIG + "[archive]\napprover-wait=0\n"  # whoever has just signed in may be the second person
SM4 = CONFIG + "[archive]\ncipher=sm4-ctr-hmac-sm3\n"


def export(node, officer, session, **more):
    """Its id, when it can be fetched."""
    asked = officer.call("archive.export", {"session": session, "reason": "request 12/2026", "recipient": "Court 3", **more})["export"]
    name = asked if isinstance(asked, str) else asked["id"]

    def ready():
        listed = officer.call("archive.exports", {"session": session})["exports"]
        return next((e for e in listed if e["id"] == name and e["state"] == "ready"), None)
    wait_for("the export", ready, 60)
    return name


def fetch(node, name, session):
    """In pieces and whole: the same bytes, twice."""
    cookie, url = node.sign_in("person", "officer"), f"/api/v1/exports/{name}"
    whole = ask(node, "GET", url, cookie=cookie)
    assert whole.status == 200, whole.status
    middle = len(whole.body) // 3
    first = ask(node, "GET", url, cookie=cookie, headers={"Range": f"bytes=0-{middle - 1}"})
    rest = ask(node, "GET", url, cookie=cookie, headers={"Range": f"bytes={middle}-"})
    assert (first.status, rest.status) == (206, 206) and first.body + rest.body == whole.body
    assert ask(node, "GET", url, cookie=cookie).body == whole.body
    package = node.folder / f"{session}-{name}.evp"
    package.write_bytes(whole.body)
    return package


def verify(node, package, *options):
    program = node.program.parent.parent / "recorder" / "verify" / "yuanjian-verify"
    done = subprocess.run([program, "--json", "--keys", node.data / "keys", *options, package], capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def is_verified(node, package, session):
    code, report = verify(node, package)
    wrong = [(c["check"], c["findings"]) for c in report["checks"] if c["result"] == "FAIL"]
    assert code == 0 and report["session"] == session, wrong
    missing = [c["check"] for c in report["checks"] if c["result"] == "NOT COVERED"]
    assert set(missing) <= {"consistency", "time-stamp", "time-authority", "time"}, missing


def is_verified_by_hand(node, package, name="by-hand"):
    folder = node.folder / name
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    script = "\n".join(x[4:] for x in (folder / "VERIFY.txt").read_text().splitlines() if x.startswith("    "))
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "manifest is in the log: OK" in done.stdout, done.stdout + done.stderr


def is_found_changed(node, package):
    with zipfile.ZipFile(package) as archive:
        info = next(i for i in archive.infolist() if i.filename.startswith("media/"))
    data = bytearray(package.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + info.file_size // 2] ^= 1
    changed = package.with_suffix(".changed")
    changed.write_bytes(data)
    code, report = verify(node, changed)
    media = next(c for c in report["checks"] if c["check"] == "media")
    assert code == 1 and any(f.get("file") == info.filename and "chunk" in f for f in media["findings"]), report


def agrees_later(node, package):
    """The log has grown meanwhile; the checkpoint of today is of the same log."""
    seen = (node.data / "log" / "checkpoint")
    with zipfile.ZipFile(package) as archive:
        before = archive.read("log/checkpoint")
    wait_for("a newer checkpoint", lambda: seen.read_bytes().split(b"\n")[1] != before.split(b"\n")[1], 40)
    later, proof = node.folder / "later", node.folder / "consistency"
    later.write_bytes(seen.read_bytes())
    code, report = verify(node, package, "--checkpoint", later)
    found = next(c for c in report["checks"] if c["check"] == "consistency")
    assert code == 0 and [f["reason"] for f in found["findings"]] == ["no-consistency-given"], found
    sizes = [note.split(b"\n")[1].decode() for note in (before, later.read_bytes())]
    proof.write_text(node.cli("log", "consistency", "--from", sizes[0], "--to", sizes[1]) + "\n")
    code, report = verify(node, package, "--checkpoint", later, "--consistency", proof)
    assert code == 0 and next(c for c in report["checks"] if c["check"] == "consistency")["result"] == "PASS", report


def is_read_under_any_setting(node, session, files):
    """Sealed with SM4; played, read again and packed by a service that encrypts with AES now."""
    folder = node.data / "archive" / session
    assert all(path.read_bytes()[:8] == b"YJVAULT2" for path in folder.glob("*.enc")) and list(folder.glob("*.enc"))
    plays(node, session, files)
    assert node.stop_keeping() == 0
    node.config.write_text(AES)
    node.launch()
    plays(node, session, files)
    code, status = scrub(node, "--all")
    assert code == 0 and status["done"] == 1 and status["damaged"] == 0, status


def verify_here(node, session):
    answer = node.json("archive", "verify", session)
    checks = {row["check"]: row for row in answer["result"]["checks"]}
    assert not list(node.data.glob(".verify*")), "a copy was left"
    return answer["result"]["verdict"], checks


def is_verified_here(node, session):
    """The console's own answer is the verifier's: intact, and wrong when a bit of the media or of the manifest is."""
    verdict, checks = verify_here(node, session)
    failed = [row for row in checks.values() if row["verdict"] == "fail"]
    assert verdict == "partial" and not failed, (verdict, failed)
    covered = ("package", "media", "log-manifest", "signature-sm2", "signer", "consistency")
    assert all(checks[name]["verdict"] == "pass" for name in covered), checks
    folder = node.data / "archive" / session
    for path in (next(folder.glob("*.enc")), folder / "manifest.json"):
        flip(path, path.stat().st_size // 2)
        verdict, checks = verify_here(node, session)
        assert verdict == "fail" and any(row["verdict"] == "fail" for row in checks.values()), (path.name, verdict, checks)
        flip(path, path.stat().st_size // 2)
    assert verify_here(node, session)[0] == "partial"


def page_hears_of_it(node, session):
    page = node.console()
    job = page.call("archive.verify", {"session": session})["job"]
    heard = []
    while not heard or heard[-1]["state"] == "running":
        event = page.event("archive.job", 30)
        heard += [event] if event["job"] == job else []
    assert heard[-1]["state"] == "done" and heard[-1]["result"]["verdict"] == "partial", heard
    chain = page.call("archive.get", {"session": session})["chain"]
    assert chain["ed25519"] is True and chain["sm2"] is True and chain["opened"] < chain["logged"] < chain["checkpoint"], chain


def page_hears_that_a_package_is_ready(node, session):
    """Whoever has the recording open asks anew when he is told, and not before."""
    page = node.console()
    name = page.call("archive.export", {"session": session, "reason": "request 13/2026", "recipient": "Court 4"})["export"]["id"]
    state = None
    while state != "ready":
        assert page.event("archive.changed", 60)["recording"]["session"] == session
        state = next(e["state"] for e in page.call("archive.exports", {"session": session})["exports"] if e["id"] == name)


def sums(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def made(node, officer, session, derivative):
    """The derivative, when it is ready; played in ranges by HTTP."""
    def ready():
        rows = {row["id"]: row for row in officer.call("archive.derivatives", {"session": session})["derivatives"]}
        assert rows[derivative]["state"] != "failed", rows[derivative]
        return rows[derivative] if rows[derivative]["state"] == "ready" else None
    row = wait_for("the derivative", ready, 60, 0.3)
    cookie = node.sign_in("person", "officer")
    whole = ask(node, "GET", row["url"], cookie=cookie)
    assert whole.status == 200 and hashlib.sha256(whole.body).hexdigest() == row["sha256"] and len(whole.body) == row["bytes"], whole.status
    part = ask(node, "GET", row["url"], cookie=cookie, headers={"Range": "bytes=100-1099"})
    assert part.status == 206 and part.body == whole.body[100:1100], part.status
    return row


def derivatives_leave_the_original(node, session):
    """Made by the real sealer, found again without the table, given out in the original's place."""
    officer, second = Desk(node, "officer"), Desk(node, "officer2")
    folder = node.data / "archive" / session
    before = sums(folder)
    composite = officer.call("archive.composite", {"session": session, "layout": "side-by-side"})["derivative"]["id"]
    made(node, officer, session, composite)
    asked = officer.call("archive.redact", {"session": session, "layout": "side-by-side", "reason": "a third person",
                                            "edits": [{"what": "mute", "party": "family", "from_ms": 1000, "to_ms": 2000}]})
    second.call("archive.approve", {"request": asked["request"]["id"]})
    redaction = made(node, officer, session, asked["derivative"]["id"])
    assert redaction["approved_by"] and redaction["edits"], redaction
    assert sums(folder) == before, "the original was changed"
    package = fetch(node, export(node, officer, session, redaction=redaction["id"]), session)
    code, report = verify(node, package)
    results = {c["check"]: (c["result"], [f["reason"] for f in c["findings"]]) for c in report["checks"]}
    assert code == 0 and results["derivatives"] == ("NOT COVERED", ["derivative"]), report
    assert results["media"] == results["leaves"] == ("NOT COVERED", ["left-out"]) and results["receipt"][0] == "PASS", report
    with zipfile.ZipFile(package) as archive:
        assert not [name for name in archive.namelist() if name.startswith("media/")] and composite not in str(archive.namelist())
    is_verified_by_hand(node, package, "redacted")
    code, status = scrub(node, "--session", session)
    assert code == 0 and status["damaged"] == 0, status
    assert node.stop_keeping() == 0
    with contextlib.closing(sqlite3.connect(node.data / "index.db")) as index:
        index.execute("DELETE FROM derivative")
        index.commit()
    node.launch()
    assert len(node.json("rebuild-index", "--dry-run")) == 2 == len(node.json("rebuild-index")) and node.json("rebuild-index") == []
    assert made(node, Desk(node, "officer"), session, redaction["id"])["mine"], "whose it is was forgotten"


def composite_goes_with_the_original(node, session):
    officer = Desk(node, "officer")
    package = fetch(node, export(node, officer, session, composite="speaker"), session)
    code, report = verify(node, package)
    results = {c["check"]: c["result"] for c in report["checks"]}
    assert code == 0 and results["derivatives"] == "NOT COVERED" and results["media"] == results["leaves"] == "PASS", report
    is_verified_by_hand(node, package, "with-composite")


def add(report):
    node = Node(SM4)
    try:
        officer = Desk(node, "officer")
        session, files = record(node, officer)
        report.case("evidence: what was encrypted with SM4 is read whatever the setting is", is_read_under_any_setting, node, session, files)
        officer = Desk(node, "officer")
        time.sleep(1)
        name = export(node, officer, session)
        package = fetch(node, name, session)
        report.case("evidence: a package that was exported verifies", is_verified, node, package, session)
        report.case("evidence: it verifies by hand, with the commands of its VERIFY.txt", is_verified_by_hand, node, package)
        report.case("evidence: a changed bit is found, and its chunk is named", is_found_changed, node, package)
        report.case("evidence: the archive verifies it where it lies", is_verified_here, node, session)
        report.case("evidence: a page hears what was found", page_hears_of_it, node, session)
        report.case("evidence: a page hears that a package is ready", page_hears_that_a_package_is_ready, node, session)
        report.case("evidence: the log of later is the same log", agrees_later, node, package)
        report.case("evidence: derivatives leave the original as it is, and are never taken for it", derivatives_leave_the_original, node, session)
        report.case("evidence: a composite goes with the original", composite_goes_with_the_original, node, session)
    finally:
        node.stop()
