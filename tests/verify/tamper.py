#!/usr/bin/env python3
"""Every kind of tampering that was thought of is a FAIL that names what was touched; the package that nobody touched passes, and so
does every package that an earlier version made. Prints TAP. usage: tamper.py YUANJIAN_VERIFY"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

from studio import HERE, Authority, Node, Story, b64, consistency, leaf_hash, line, pack, sha256, sm3, tree

VERIFY = os.path.abspath(sys.argv[1])
WORK = tempfile.TemporaryDirectory(prefix="yuanjian-verify-")
ROOM = pathlib.Path(WORK.name)
node, foreign = Node(ROOM / "node"), Node(ROOM / "foreign", "stranger")
authority, stranger = Authority(ROOM / "tsa"), Authority(ROOM / "stranger")
TRUST = ["--keys", str(ROOM / "node"), "--tsa", str(ROOM / "tsa" / "tsa.pem")]
VIDEO, AUDIO = "media/family-1-video-1.webm", "media/family-1-audio-1.webm"


def verify(package, *arguments):
    """(exit code, report)"""
    path = ROOM / "package.evp"
    path.write_bytes(package)
    done = subprocess.run([VERIFY, "--json", *arguments, path], capture_output=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def story(**bends):
    made = Story(node, authority)
    made.bend = bends
    return made


def derived(kind, **bends):
    made = story(**bends)
    made.derived = kind
    return made.entries()


def stamped_before(**bends):
    """The log grew by an entry after it was stamped."""
    made = story(**bends)
    made.stamped = 10
    return made.entries()


good = story().entries()
composite, redaction = derived("composite"), derived("redaction")
RECORD, DERIVATIVE = "derivatives/D-1.json", "derivatives/D-1.webm"


def flip(data, at=None, bit=1):
    at = len(data) // 2 if at is None else at
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def edited(change, base=None):
    """Without keys: the finished entries are changed."""
    entries = dict(base or good)
    change(entries)
    return pack(entries)


def put(name, change, base=None):
    return edited(lambda e: e.update({name: change(e[name])}), base)


def without(*names, base=None):
    return edited(lambda e: [e.pop(n) for n in names], base)


def bent(**bends):
    """With the node's own keys: a stage is changed, and everything after it is made anew."""
    return pack(story(**bends).entries())


def leaf_lines(change):
    """leaves.jsonl is changed by somebody without keys."""
    def on(data):
        lines = data.split(b"\n")[:-1]
        return b"".join(x + b"\n" for x in change(lines))
    return put("leaves.jsonl", on)


def rechained(change):
    """A leaf is edited and the chain behind it made anew, but the manifest stays."""
    def on(lines):
        return story().chain([{k: v for k, v in json.loads(x).items() if k != "previous"} for x in change(lines)])
    return leaf_lines(on)


def set_in(path, value):
    def on(data):
        data = json.loads(data) if isinstance(data, bytes) else data
        at = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value
        return data
    return on


def json_put(name, path, value):
    return put(name, lambda d: line(set_in(path, value)(d)))


def swap(a, b):
    return edited(lambda e: e.update({a: e[b], b: e[a]}))


def of_other(*names):
    other = Story(node, authority, "S-0043").entries()
    return edited(lambda e: e.update({n: other[n] for n in names}))


def chunk_bytes(n, keep):
    """Cuts chunk n out of the picture's file, or doubles it; the file and its chunks move up."""
    lines = [json.loads(x) for x in good["leaves.jsonl"].split(b"\n")[:-1]]
    chunk = next(x for x in lines if "video" in x["file"] and x["chunk"] == n)
    start, end = chunk["offset"], chunk["offset"] + chunk["bytes"]
    return put(VIDEO, lambda d: d[:start] + d[start:end] * keep + d[end:])


def signed_by_stranger():
    made = story()
    made.node = made.manifest_node = made.log_node = made.receipt_node = foreign
    return pack(made.entries())


def signed_in_part(**nodes):
    made = story()
    for name, value in nodes.items():
        setattr(made, name, value)
    return pack(made.entries())


def shifted(by_us, stage=None):
    """Everything is dated otherwise; the time stamp is of today."""
    made = Story(node, authority, began_us=story().began_us + by_us)
    return pack(made.entries())


def resigned_manifest(change):
    """Manifest changed and signed again with the node's keys; the log still has the old one."""
    entries = dict(good)
    manifest = line(change(json.loads(entries["manifest.json"])))
    ed, sm = node.sign(manifest)
    entries.update({"manifest.json": manifest, "manifest.ed25519": ed, "manifest.sm2": sm})
    return pack(entries)


def drop_audit(data):
    return b"".join(x + b"\n" for x in data.split(b"\n")[:-1] if b"archive.viewed" not in x)


def move(lines, a, b):
    lines = list(lines)
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def older_checkpoint():
    made = story()
    manifest = made.manifest(made.media(), made.leaves(made.media()), made.recording())
    return made.checkpoint(made.log(manifest)[:8])


def two_manifests(entries):
    entries = list(entries)
    entries[8] = line({**json.loads(entries[9]), "sha256": sha256(b"another")})
    return entries


def foreign_note(text_node):
    made = story()
    entries = made.log(good["manifest.json"])
    return made.checkpoint(entries, text_node)


def corrupt_proof(data):
    lines = data.split(b"\n")
    lines[2] = b64(hashlib.sha256(b"x").digest()).encode()
    return b"\n".join(lines)


def gaps(value):
    return set_in(["parties", 0, "completeness", "gaps"], value)


def twice():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's, of the same
        return pack(list(good.items()) + [("manifest.json", b"{}")])


def expired():
    short = Node(ROOM / "short", "node", days=1)
    made = Story(short, authority, began_us=story().began_us + 3 * 86400 * 1_000_000)
    return pack(made.entries()), ["--keys", str(ROOM / "short")]


TIME = next(n for n in good if re.fullmatch(r"time/checkpoint-\d+", n))
small_gap = [{"track": "family-1-audio-1", "from_us": 4_000_000, "to_us": 4_000_001, "cause": "network"}]

# name, package, check that must fail, text that a finding of it must hold (file, "chunk": n, reason)
CASES = [
    ("a bit of the picture", lambda: put(VIDEO, lambda d: flip(d, 12000)), "media", [VIDEO, '"chunk": 1', "chunk-sha256", "wall_us"]),
    ("the first bit of the picture", lambda: put(VIDEO, lambda d: flip(d, 0)), "media", [VIDEO, '"chunk": 0']),
    ("the last bit of the sound", lambda: put(AUDIO, lambda d: flip(d, len(d) - 1)), "media", [AUDIO, "chunk-sha256"]),
    ("a bit of manifest.json", lambda: put("manifest.json", lambda d: d.replace(b"officer-1", b"officer-2")), "signature-ed25519", ["manifest.ed25519"]),
    ("the same, seen by SM2", lambda: put("manifest.json", lambda d: d.replace(b"officer-1", b"officer-2")), "signature-sm2", ["manifest.sm2"]),
    ("a bit of manifest.ed25519", lambda: put("manifest.ed25519", flip), "signature-ed25519", ["bad-signature"]),
    ("a bit of manifest.sm2", lambda: put("manifest.sm2", flip), "signature-sm2", ["bad-signature"]),
    ("a bit of recording.json", lambda: put("recording.json", flip), "documents", ["recording.json", "sha256"]),
    ("a bit of leaves.jsonl", lambda: leaf_lines(lambda x: [x[0].replace(b'"lost":0', b'"lost":1')] + x[1:]), "documents", ["leaves.jsonl"]),
    ("the same, by the roots", lambda: leaf_lines(lambda x: [x[0].replace(b'"lost":0', b'"lost":1')] + x[1:]), "merkle-roots", ["sm3_root"]),
    ("the same, by the chain", lambda: leaf_lines(lambda x: [x[0].replace(b'"lost":0', b'"lost":1')] + x[1:]), "leaves", ["chunk-link", '"chunk": 1']),
    ("a bit of a certificate", lambda: put("keys/ed25519-1.crt", lambda d: d.replace(b"M", b"N", 3)), "signature-ed25519", ["manifest.ed25519"]),
    ("a bit of log/checkpoint", lambda: put("log/checkpoint", lambda d: d.replace(b"\nat 1", b"\nat 2")), "checkpoint", ["bad-signature"]),
    ("a bit of log/manifest.json", lambda: put("log/manifest.json", lambda d: d.replace(b"false", b"true")), "log-manifest", ["not-in-log"]),
    ("a bit of log/open.json", lambda: put("log/open.json", lambda d: d.replace(b"rule 7", b"rule 8")), "log-opened", ["not-in-log"]),
    ("a hash of a proof", lambda: put("log/manifest.tlog-proof", corrupt_proof), "log-manifest", ["log/manifest.tlog-proof", "not-in-log"]),
    ("the index of a proof", lambda: put("log/open.tlog-proof", lambda d: d.replace(b"index 3", b"index 4")), "log-opened", ["not-in-log"]),
    ("a bit of the audit extract", lambda: put("log/audit.jsonl", lambda d: d.replace(b"officer-1", b"officer-9", 1)), "log-audit", ["not-in-log", '"index"']),
    ("a bit of the time stamp", lambda: put(TIME + ".tsr", lambda d: flip(d, d.index(bytes.fromhex(sha256(good[TIME]))))), "time-stamp", [TIME, "imprint"]),
    ("the time in the time stamp", lambda: put(TIME + ".tsr", lambda d: flip(d, re.search(rb"20\d{12}Z", d[d.index(bytes.fromhex(sha256(good[TIME]))):]).start() + 11 + d.index(bytes.fromhex(sha256(good[TIME]))))),
     "time-stamp", [TIME, "token-signature"]),
    ("the time stamp's signature", lambda: put(TIME + ".tsr", lambda d: flip(d, len(d) - 9)), "time-stamp", [TIME, "token-signature"]),
    ("a bit of the receipt", lambda: json_put("receipt.json", ["reason"], "another"), "receipt", ["receipt.ed25519", "bad-signature"]),
    ("a bit of receipt.sm2", lambda: put("receipt.sm2", flip), "receipt", ["receipt.sm2"]),
    ("a bit of VERIFY.txt", lambda: put("VERIFY.txt", flip), "receipt", ["VERIFY.txt", "sha256"]),
    ("a bit of report.html", lambda: put("report.html", flip), "receipt", ["report.html", "sha256"]),
    ("a bit of time/tsa.pem", lambda: put("time/tsa.pem", flip), "receipt", ["time/tsa.pem"]),
    ("a chunk cut out of the file", lambda: chunk_bytes(1, 0), "media", [VIDEO, '"chunk": 1']),
    ("a chunk doubled in the file", lambda: chunk_bytes(1, 2), "media", [VIDEO, '"chunk": 2']),
    ("the file's tail cut", lambda: put(VIDEO, lambda d: d[:-5000]), "media", [VIDEO, '"chunk": 2', "chunk-missing"]),
    ("bytes added behind the file", lambda: put(VIDEO, lambda d: d + b"more"), "media", [VIDEO, "size"]),
    ("a file emptied", lambda: put(AUDIO, lambda d: b""), "media", [AUDIO]),
    ("a file taken away", lambda: without(AUDIO), "media", [AUDIO, "missing"]),
    ("two files exchanged", lambda: swap(VIDEO, AUDIO), "media", [VIDEO, '"chunk": 0']),
    ("media of another session", lambda: put(VIDEO, lambda d: bytes(reversed(d))), "media", [VIDEO]),
    ("a file added", lambda: edited(lambda e: e.update({"media/extra.webm": b"x"})), "receipt", ["media/extra.webm", "unexpected"]),
    ("a line of leaves dropped", lambda: leaf_lines(lambda x: x[:1] + x[2:]), "leaves", ["chunk-number", '"chunk": 2']),
    ("a line of leaves doubled", lambda: leaf_lines(lambda x: x[:2] + x[1:]), "leaves", ["chunk-overlap"]),
    ("lines of leaves reordered", lambda: leaf_lines(lambda x: move(x, 0, 1)), "leaves", ["chunk-link", '"chunk": 1']),
    ("the last line of leaves cut", lambda: leaf_lines(lambda x: x[:-1]), "leaves", [VIDEO, "chunk-count"]),
    ("a leaf edited and the chain made anew", lambda: rechained(lambda x: [x[0].replace(b'"lost":0', b'"lost":7')] + x[1:]), "merkle-roots", ["sha256_root"]),
    ("a chunk dropped and the chain made anew", lambda: rechained(lambda x: x[:1] + x[2:]), "leaves", ["chunk-hole", '"chunk": 2']),
    ("a leaf of another session", lambda: bent(leaves=lambda x: [{**x[0], "session": "S-0001"}] + x[1:]), "leaves", ["bad-leaf", "line 1"]),
    ("a chunk whose time runs backwards", lambda: bent(leaves=lambda x: x[:1] + [{**x[1], "pts_from_us": 0, "pts_to_us": 1}] + x[2:]), "leaves",
     ["chunk-times", '"chunk": 1']),
    ("a chunk from before the session", lambda: bent(leaves=lambda x: [{**y, "wall_from_us": y["wall_from_us"] - 10**9} for y in x]), "leaves", ["chunk-clock"]),
    ("a hole left by the node itself", lambda: bent(leaves=lambda x: x[:1] + [{**x[1], "offset": x[1]["offset"] + 10, "bytes": x[1]["bytes"] - 10}] + x[2:]),
     "leaves", ["chunk-hole", '"chunk": 1']),
    ("the roots exchanged", lambda: bent(manifest=lambda m: {**m, "leaves": {"count": m["leaves"]["count"], "sha256_root": m["leaves"]["sm3_root"],
                                                                            "sm3_root": m["leaves"]["sha256_root"]}}), "merkle-roots", ["sha256_root"]),
    ("the count of leaves", lambda: bent(manifest=set_in(["leaves", "count"], 9)), "leaves", ["leaf-count"]),
    ("SM3 of a file", lambda: bent(manifest=set_in(["files", 0, "sm3"], "0" * 64)), "media", [AUDIO, "sm3"]),
    ("the manifest of another session", lambda: of_other("manifest.json", "manifest.ed25519", "manifest.sm2"), "documents", ["recording.json"]),
    ("the same, seen by the log", lambda: of_other("manifest.json", "manifest.ed25519", "manifest.sm2"), "log-manifest", ["other-manifest"]),
    ("manifest and leaves of another session", lambda: of_other("manifest.json", "manifest.ed25519", "manifest.sm2", "recording.json", "leaves.jsonl"),
     "log-manifest", ["other-manifest"]),
    ("a party renamed and signed again", lambda: resigned_manifest(set_in(["parties", 0, "name"], "somebody")), "log-manifest", ["other-manifest"]),
    ("a party renamed", lambda: put("manifest.json", lambda d: d.replace("家属".encode(), "律师".encode())), "signature-ed25519", ["manifest.ed25519"]),
    ("a note reworded", lambda: put("manifest.json", lambda d: d.replace(b"a note", b"a hint")), "signature-sm2", ["manifest.sm2"]),
    ("a gap taken out", lambda: bent(manifest=gaps([])), "completeness", ["gap-sum", "P-1"]),
    ("a gap made smaller", lambda: bent(manifest=gaps(small_gap)), "completeness", ["gap-sum"]),
    ("a gap of an unknown cause", lambda: bent(manifest=gaps([{**small_gap[0], "cause": "magic"}])), "completeness", ["bad-gap"]),
    ("missing more than expected", lambda: bent(manifest=set_in(["parties", 0, "completeness", "expected_us"], 1)), "completeness", ["gap-sum"]),
    ("signed by a stranger", signed_by_stranger, "signer", ["not-trusted"]),
    ("manifest signed by a stranger", lambda: signed_in_part(manifest_node=foreign), "signer", ["not-trusted", "keys/ed25519-2.crt"]),
    ("log signed by a stranger", lambda: signed_in_part(log_node=foreign), "signer", ["not-trusted", "keys/ed25519-2.crt"]),
    ("receipt signed by a stranger", lambda: signed_in_part(receipt_node=foreign), "signer", ["not-trusted", "keys/sm2-2.crt"]),
    ("Ed25519 signature stripped", lambda: without("manifest.ed25519"), "signature-ed25519", ["no-signature"]),
    ("SM2 signature stripped", lambda: without("manifest.sm2"), "signature-sm2", ["no-signature"]),
    ("certificate taken away", lambda: without("keys/sm2-1.crt"), "signature-sm2", ["no-certificate"]),
    ("a signature of the checkpoint stripped", lambda: put("log/checkpoint", lambda d: b"\n".join(d.split(b"\n")[:-2]) + b"\n"), "checkpoint", ["no-signature"]),
    ("receipt taken away", lambda: without("receipt.json", "receipt.ed25519", "receipt.sm2"), "receipt", ["receipt.json", "missing"]),
    ("receipt's signature stripped", lambda: without("receipt.ed25519"), "receipt", ["receipt.ed25519", "no-signature"]),
    ("an audit entry deleted", lambda: put("log/audit.jsonl", drop_audit), "receipt", ["log/audit.jsonl", "size"]),
    ("the audit extract emptied", lambda: put("log/audit.jsonl", lambda d: b""), "receipt", ["log/audit.jsonl"]),
    ("audit entries reordered", lambda: put("log/audit.jsonl", lambda d: b"".join(x + b"\n" for x in d.split(b"\n")[-2::-1])), "log-audit", ["log-order"]),
    ("an audit entry of another session", lambda: bent(parts=lambda p: {**p, "log/audit.jsonl": p["log/audit.jsonl"].replace(b"S-0042", b"S-0041", 1)}),
     "log-audit", ["not-in-log"]),
    ("two manifests in the log", lambda: bent(log=two_manifests), "log-audit", ["other-manifest"]),
    ("log proof taken away", lambda: without("log/manifest.tlog-proof"), "log-manifest", ["missing"]),
    ("opening taken away", lambda: without("log/open.json", "log/open.tlog-proof"), "log-opened", ["missing"]),
    ("an old checkpoint", lambda: put("log/checkpoint", lambda d: older_checkpoint()), "log-manifest", ["other-checkpoint"]),
    ("an old checkpoint everywhere", lambda: bent(checkpoint=lambda c: older_checkpoint()), "log-manifest", ["not-in-log"]),
    ("a forked log", lambda: put("log/checkpoint", lambda d: story(log=two_manifests).checkpoint(two_manifests(story().log(good["manifest.json"])))), "log-manifest",
     ["other-checkpoint"]),
    ("a fork since the time stamp", lambda: pack(stamped_before(then=lambda e: [b"other"] + e[1:])), "consistency", ["time/checkpoint-10", "fork"]),
    ("a bit of the proof that the log only grew", lambda: pack(stamped_before(growth=lambda d: b"A" + d[1:] if d[:1] != b"A" else b"B" + d[1:])),
     "consistency", ["time/checkpoint-10", "fork"]),
    ("the proof that the log only grew taken away", lambda: without("time/consistency-10", base=stamped_before()), "receipt",
     ["time/consistency-10", "missing"]),
    ("a log of another origin", lambda: bent(manifest=set_in(["log", "origin"], "yuanjian/other")), "checkpoint", ["origin"]),
    ("the opening under another index", lambda: bent(manifest=set_in(["log", "opened"], 2)), "log-opened", ["log-order"]),
    ("another class than announced", lambda: bent(log=lambda e: e[:3] + [e[3].replace(b'"recorded"', b'"privileged"')] + e[4:]), "log-opened", ["leaf-disagrees"]),
    ("back-dated by a month", lambda: shifted(-30 * 86400 * 1_000_000), "time", ["backdated"]),
    ("dated a day ahead", lambda: shifted(86400 * 1_000_000), "time", ["backdated"]),
    ("manifest dated before its log entry", lambda: bent(manifest=lambda m: {**m, "made_us": m["made_us"] + 3_600_000_000}), "time", ["backdated"]),
    ("ended before it began", lambda: bent(manifest=set_in(["session", "ended_us"], 1)), "time", ["times-disagree"]),
    ("the time stamp of another session", lambda: of_other(TIME + ".tsr"), "time-stamp", ["imprint", TIME]),
    ("a time stamp of a stranger", lambda: bent(parts=lambda p: {**p, TIME + ".tsr": stranger.stamp(p[TIME]), "time/tsa.pem": stranger.certificate}),
     "time-authority", ["token-signature"]),
    ("the time stamp taken away", lambda: without(TIME + ".tsr"), "receipt", [TIME, "missing"]),
    ("the stamped checkpoint changed", lambda: put(TIME, lambda d: d + b"\n"), "time-stamp", ["imprint"]),
    ("a receipt of another session", lambda: of_other("receipt.json", "receipt.ed25519", "receipt.sm2"), "receipt", ["leaf-disagrees"]),
    ("a receipt from before the manifest", lambda: bent(receipt=lambda r: {**r, "at_us": 1}), "receipt", ["leaf-disagrees"]),
    ("a bit of a derivative", lambda: put(DERIVATIVE, flip, redaction), "derivatives", [DERIVATIVE, "sha256"]),
    ("a derivative beside the media exchanged", lambda: put(DERIVATIVE, lambda d: b"another", composite), "derivatives", [DERIVATIVE, "size"]),
    ("a derivative taken away", lambda: without(DERIVATIVE, base=redaction), "derivatives", [DERIVATIVE, "missing"]),
    ("a derivative's record taken away", lambda: without(RECORD, base=redaction), "derivatives", [DERIVATIVE, "unexpected"]),
    ("the same, seen by the media", lambda: without(RECORD, base=redaction), "media", [VIDEO, "missing"]),
    ("a bit of a derivative's record", lambda: put(RECORD, lambda d: d.replace(b"officer-2", b"officer-3"), redaction), "receipt", [RECORD, "sha256"]),
    ("a derivative's sum", lambda: put(RECORD, lambda d: d.replace(sha256(redaction[DERIVATIVE]).encode(), b"0" * 64), redaction), "derivatives",
     [DERIVATIVE, "sha256"]),
    ("a derivative's SM3, by the node itself", lambda: pack(derived("redaction", derivative=set_in(["file", "sm3"], "0" * 64))), "derivatives",
     [DERIVATIVE, "sm3"]),
    ("a derivative of another recording", lambda: pack(derived("redaction", derivative=set_in(["parent", "manifest_sha256"], "0" * 64))), "derivatives",
     [RECORD, "other-parent"]),
    ("a derivative of another session", lambda: pack(derived("composite", derivative=set_in(["session"], "S-0043"))), "derivatives",
     [RECORD, "other-session"]),
    ("a derivative that calls itself the original", lambda: pack(derived("composite", derivative=set_in(["original"], True))), "derivatives",
     [RECORD, "bad-record"]),
    ("a derivative's record that names another file", lambda: pack(derived("composite", derivative=set_in(["file", "name"], "D-2.webm"))), "derivatives",
     [RECORD, "bad-record"]),
    ("a derivative in the original's place", lambda: put(VIDEO, lambda d: composite[DERIVATIVE], composite), "media", [VIDEO, "sha256"]),
    ("all media taken away", lambda: without(VIDEO, AUDIO), "media", [VIDEO, "missing"]),
    ("all media taken away, a composite left", lambda: without(VIDEO, AUDIO, base=composite), "media", [AUDIO, "missing"]),
    ("all media taken away, a redaction brought in",
     lambda: edited(lambda e: [e.pop(VIDEO), e.pop(AUDIO), e.update({RECORD: redaction[RECORD], DERIVATIVE: redaction[DERIVATIVE]})]), "media",
     [VIDEO, "missing"]),
    ("the same with the receipt edited", lambda: edited(lambda e: e.update({"receipt.json": line({**json.loads(e["receipt.json"]), "entries": []})}), {
        n: d for n, d in {**good, RECORD: redaction[RECORD], DERIVATIVE: redaction[DERIVATIVE]}.items() if not n.startswith("media/")}), "receipt",
     ["receipt.ed25519", "bad-signature"]),
    ("the same without a receipt", lambda: edited(lambda e: [e.pop(n) for n in list(e) if n.startswith(("receipt.", "media/"))], redaction), "media",
     [VIDEO, "missing"]),
    ("the table of chunks of a redacted package", lambda: put("leaves.jsonl", lambda d: d.replace(b'"lost":0', b'"lost":1', 1), redaction), "leaves",
     ["chunk-link"]),
    ("an expired certificate", expired, "certificates", ["certificate-date", "keys/ed25519-1.crt"]),
    ("the package's tail cut", lambda: pack(good)[:-400], "package", ["zip-no-end"]),
    ("bytes before the package", lambda: b"PK" + pack(good), "package", ["zip"]),
    ("bytes behind the package", lambda: pack(good) + b"x", "package", ["zip-no-end"]),
    ("an entry twice", twice, "package", ["zip-double", "manifest.json"]),
    ("a member of the manifest twice", lambda: put("manifest.json", lambda d: d[:-1] + b',"made_us":1}'), "manifest", ["bad-manifest"]),
]


def judge(made, check, texts):
    package, trust = made if isinstance(made, tuple) else (made, TRUST)
    code, report = verify(package, *trust)
    if code != 1:
        return f"exit code {code}"
    findings = [f for c in report["checks"] if c["check"] == check for f in c["findings"] if f["result"] == "FAIL"]
    said = [json.dumps(f, ensure_ascii=False) for f in findings]
    if not any(all(t in s for t in texts) for s in said):
        return f"{check}: {said}; all: " + str([(c["check"], [f["reason"] for f in c["findings"]]) for c in report["checks"] if c["findings"]])
    return None


def passes():
    code, report = verify(pack(good), *TRUST)
    wrong = [c for c in report["checks"] if c["result"] != ("NOT COVERED" if c["check"] == "consistency" else "PASS")]
    return None if code == 0 and not wrong and report["session"] == "S-0042" else f"{code} {wrong}"


def growth_is_proven():
    """By the package itself; without the proof it is not covered."""
    code, report = verify(pack(stamped_before()), *TRUST)
    wrong = [c for c in report["checks"] if c["result"] != "PASS" and c["check"] != "consistency"]
    reasons = [f["reason"] for c in report["checks"] if c["check"] == "consistency" for f in c["findings"]]
    if code != 0 or wrong or reasons != ["no-checkpoint-given"]:
        return f"{code} {wrong} {reasons}"
    silent = stamped_before(parts=lambda p: {n: d for n, d in p.items() if n != "time/consistency-10"})
    code, report = verify(pack(silent), *TRUST)
    reasons = [f["reason"] for c in report["checks"] if c["check"] == "consistency" for f in c["findings"]]
    return None if code == 0 and "no-consistency-given" in reasons else f"{code} {reasons}"


def derivatives_are_not_the_original():
    """Beside the media, or in its place: never a PASS, and no failure."""
    for entries, left_out in (composite, []), (redaction, ["leaves", "media"]):
        code, report = verify(pack(entries), *TRUST)
        for c in report["checks"]:
            reasons = [f["reason"] for f in c["findings"]]
            wanted = ["derivative"] if c["check"] == "derivatives" else ["left-out"] if c["check"] in left_out else None
            if c["result"] != ("NOT COVERED" if wanted or c["check"] == "consistency" else "PASS") or (wanted and reasons != wanted):
                return f"{c}"
        if code != 0 or verify(pack(entries), *TRUST, "--strict")[0] != 2:
            return f"exit code {code}"
    return None


def folder_passes():
    folder = ROOM / "unpacked"
    for name, data in good.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    done = subprocess.run([VERIFY, "--language", "zh", *TRUST, folder], capture_output=True, timeout=60)
    (folder / VIDEO).write_bytes(flip(good[VIDEO], 12000))
    bad = subprocess.run([VERIFY, "--language", "zh", *TRUST, folder], capture_output=True, timeout=60)
    fine = done.returncode == 0 and "结论：通过" in done.stdout.decode() and bad.returncode == 1 and "第 1 段" in bad.stdout.decode()
    return None if fine else done.stdout.decode() + bad.stdout.decode()


def without_trust():
    code, report = verify(pack(good))
    results = {c["check"]: c["result"] for c in report["checks"]}
    fine = code == 0 and results["signer"] == results["time-authority"] == "NOT COVERED" and results["time-stamp"] == "PASS"
    return None if fine and verify(pack(good), "--strict")[0] == 2 else f"{code} {results}"


def by_fingerprint():
    der = hashlib.sha256(node.der(node.ed)).hexdigest()
    sm = hashlib.sha256(node.der(node.sm)).hexdigest()
    both = verify(pack(good), "--key-sha256", der, "--key-sha256", sm)[1]
    one = verify(pack(good), "--key-sha256", der)[1]
    result = lambda r: next(c["result"] for c in r["checks"] if c["check"] == "signer")
    return None if result(both) == "PASS" and result(one) == "NOT COVERED" else f"{result(both)} {result(one)}"


def seen_elsewhere():
    """Older, the same, newer; with a proof, without, forked."""
    made = story()
    made.began_us, made.made_us = json.loads(good["manifest.json"])["began_us"], json.loads(good["manifest.json"])["made_us"]
    entries = made.log(good["manifest.json"])
    hashes = [leaf_hash(e) for e in entries]
    more = entries + [b'{"type":"audit"}'] * 3
    proof = "".join(b64(h) + "\n" for h in consistency(hashes, 8)).encode()
    newer = "".join(b64(h) + "\n" for h in consistency([leaf_hash(e) for e in more], 11)).encode()
    forked = made.checkpoint([b"other"] + entries[1:8])
    for name, checkpoint, consistent, expected in (
            ("same", good["log/checkpoint"], None, "PASS"), ("older", made.checkpoint(entries[:8]), proof, "PASS"),
            ("older, no proof", made.checkpoint(entries[:8]), None, "NOT COVERED"), ("newer", made.checkpoint(more), newer, "PASS"),
            ("forked", forked, proof, "FAIL"), ("wrong proof", made.checkpoint(entries[:8]), newer, "FAIL"),
            ("forked at the same size", made.checkpoint([b"other"] + entries[1:]), None, "FAIL"),
            ("of a stranger", foreign_note(foreign), None, "FAIL"), ("rubbish", b"rubbish", None, "FAIL")):
        (ROOM / "seen").write_bytes(checkpoint)
        (ROOM / "proof").write_bytes(consistent or b"")
        more_arguments = ["--consistency", str(ROOM / "proof")] if consistent else []
        code, report = verify(pack(good), *TRUST, "--checkpoint", str(ROOM / "seen"), *more_arguments)
        result = next(c["result"] for c in report["checks"] if c["check"] == "consistency")
        if result != expected or code != (1 if expected == "FAIL" else 0):
            return f"{name}: {result} ({code})"
    return None


def unclear():
    """Exit code 2: it cannot tell."""
    (ROOM / "text").write_bytes(b"hello, this is no package")
    (ROOM / "empty").mkdir(exist_ok=True)
    for arguments in ([], ["--nonsense", "x"], [ROOM / "missing"], [ROOM / "text"], [ROOM / "empty"], ["/dev/null"],
                      ["--keys", ROOM / "empty", ROOM / "package.evp"], ["--key-sha256", "12", ROOM / "package.evp"]):
        code = subprocess.run([VERIFY, *arguments], capture_output=True, timeout=20).returncode
        if code != 2:
            return f"{arguments}: {code}"
    return None


def stored_packages():
    """Packages of earlier versions: tests/verify/packages/NAME.evp with NAME.keys/ and NAME.tsa.pem."""
    found = sorted((HERE / "packages").glob("*.evp"))
    for package in found:
        stem = str(package)[:-4]
        code, report = verify(package.read_bytes(), "--keys", stem + ".keys", "--tsa", stem + ".tsa.pem")
        open_checks = {"consistency"} | ({"leaves", "media", "derivatives"} if package.name.startswith("redacted") else set())
        wrong = [c for c in report["checks"] if (c["result"] == "PASS") == (c["check"] in open_checks) or c["result"] == "FAIL"]
        if code != 0 or wrong:
            return f"{package.name}: {code} {wrong}"
    return None if found else "there is none"


def main():
    whole = [passes, growth_is_proven, derivatives_are_not_the_original, folder_passes, without_trust, by_fingerprint, seen_elsewhere, unclear, stored_packages]
    print(f"1..{len(whole) + len(CASES)}")
    failed = 0
    results = [(f.__name__.replace("_", "-"), f) for f in whole]
    results += [("tampering: " + name, lambda m=make, c=check, t=texts: judge(m(), c, t)) for name, make, check, texts in CASES]
    for n, (name, test) in enumerate(results, 1):
        problem = test()
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {n} - {name}" + (f"\n# {problem}" if problem else ""), flush=True)
    return failed > 0


sys.exit(main())
