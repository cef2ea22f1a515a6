"""Makes packages (.evp) from nothing but docs/evidence.md, with Python's hashes and the openssl command: a third hand, beside the
service that writes them and the verifier that reads them. Every stage can be bent, so that tampering is made by whom it would be:
by somebody without keys after the end, or by the node itself with its own keys."""
import base64
import copy
import hashlib
import io
import json
import pathlib
import subprocess
import time
import zipfile

HERE = pathlib.Path(__file__).parent
SM2_ID = "distid:1234567812345678"
CHUNK_US = 10_000_000
FILES = ["family-1-audio-1.webm", "family-1-video-1.webm"]


def run(*command, data=None):
    return subprocess.run(command, input=data, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def sm3(data):
    return hashlib.new("sm3", data).hexdigest()


def line(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


# RFC 6962
def leaf_hash(data, kind="sha256"):
    return hashlib.new(kind, b"\0" + data).digest()


def tree(hashes, kind="sha256"):
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.new(kind, b"\1" + tree(hashes[:k], kind) + tree(hashes[k:], kind)).digest()


def inclusion(hashes, index):
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if index < k:
        return inclusion(hashes[:k], index) + [tree(hashes[k:])]
    return inclusion(hashes[k:], index - k) + [tree(hashes[:k])]


def consistency(hashes, old, whole=True):
    if old == len(hashes):
        return [] if whole else [tree(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if old <= k:
        return consistency(hashes[:k], old, whole) + [tree(hashes[k:])]
    return consistency(hashes[k:], old - k, False) + [tree(hashes[:k])]


def b64(data):
    return base64.b64encode(data).decode()


class Node:
    """The keys of one node, and its certificates."""

    def __init__(self, folder, name="node", days=3650):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ed, self.sm = self.folder / "ed25519-1.key", self.folder / "sm2-1.key"
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.ed)
        run("openssl", "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", self.sm)
        for key, extra in (self.ed, []), (self.sm, ["-sm3", "-sigopt", SM2_ID]):
            run("openssl", "req", "-x509", "-new", "-key", key, "-subj", f"/CN={name}", "-days", str(days), *extra,
                "-out", key.with_suffix(".crt"))
        self.certificates = {f"keys/{k.stem}.crt": k.with_suffix(".crt").read_bytes() for k in (self.ed, self.sm)}

    def der(self, key):
        return run("openssl", "x509", "-in", key.with_suffix(".crt"), "-outform", "DER")

    def spki(self, key):
        return run("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER")

    def sign(self, data):
        """(Ed25519, SM2)"""
        file = self.folder / "to-sign"
        file.write_bytes(data)
        return (run("openssl", "pkeyutl", "-sign", "-inkey", self.ed, "-rawin", "-in", file),
                run("openssl", "pkeyutl", "-sign", "-inkey", self.sm, "-rawin", "-digest", "sm3", "-pkeyopt", SM2_ID, "-in", file))

    def note(self, origin, text):
        ed, sm = self.sign(text)
        raw = self.spki(self.ed)[-32:]
        ed_hash = hashlib.sha256(origin.encode() + b"\n\x01" + raw).digest()[:4]
        sm_name = origin + "/sm2"
        sm_hash = hashlib.sha256(sm_name.encode() + b"\n\xffsm2" + self.spki(self.sm)).digest()[:4]
        return text + f"\n— {origin} {b64(ed_hash + ed)}\n— {sm_name} {b64(sm_hash + sm)}\n".encode()


class Authority:
    """A time-stamping authority."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "tsa.cnf").write_text(
            "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\n"
            "[tsa]\ndefault_tsa=t\n[t]\nserial=%s/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n"
            "accuracy=secs:1\n" % self.folder)
        (self.folder / "serial").write_text("01\n")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / "tsa.key", "-out",
            self.folder / "tsa.pem", "-subj", "/CN=Test TSA", "-days", "3650", "-config", self.folder / "tsa.cnf", "-extensions", "ext")
        self.certificate = (self.folder / "tsa.pem").read_bytes()

    def stamp(self, data):
        (self.folder / "data").write_bytes(data)
        run("openssl", "ts", "-query", "-data", self.folder / "data", "-sha256", "-cert", "-out", self.folder / "q.tsq")
        run("openssl", "ts", "-reply", "-queryfile", self.folder / "q.tsq", "-config", self.folder / "tsa.cnf", "-inkey",
            self.folder / "tsa.key", "-signer", self.folder / "tsa.pem", "-out", self.folder / "r.tsr")
        return (self.folder / "r.tsr").read_bytes()


def cut(data):
    """Where chunks begin: at clusters, two of five seconds each."""
    found, at = [], -1
    while (at := data.find(bytes.fromhex("1f43b675"), at + 1)) >= 0:
        found.append(at)
    return [0] + found[2::2]


class Story:
    """One session's recording, and the package of it. Methods are the stages; a test overrides or wraps one."""

    def __init__(self, node, authority, session="S-0042", began_us=None):
        self.node, self.authority, self.session = node, authority, session
        self.manifest_node = self.log_node = self.receipt_node = node
        self.origin = "yuanjian/test-node"
        self.began_us = began_us if began_us is not None else int(time.time() * 1e6) - 30_000_000
        self.made_us = self.began_us + 35_000_000
        self.stamped = None  # how many entries the log had when it was stamped; None: as many as in the package
        self.derived = None  # the kind of a derivative that goes with it; a redaction takes the place of the media
        self.bend = {}  # stage -> function(value) -> value

    def bent(self, stage, value):
        return self.bend.get(stage, lambda v: v)(value)

    def media(self):
        return self.bent("media", {f: (HERE / "media" / f).read_bytes() for f in FILES})

    def leaves(self, media):
        lines = []
        for file, data in media.items():
            starts = cut(data) + [len(data)]
            track = file.rsplit(".", 1)[0]
            for n, (start, end) in enumerate(zip(starts, starts[1:])):
                chunk = data[start:end]
                lines.append({"session": self.session, "file": file, "track": track, "chunk": n, "offset": start, "bytes": end - start,
                              "pts_from_us": n * CHUNK_US, "pts_to_us": (n + 1) * CHUNK_US,
                              "wall_from_us": self.began_us + n * CHUNK_US, "wall_to_us": self.began_us + (n + 1) * CHUNK_US,
                              "clock": "steady", "rtp_from": 1000 + n * 500, "rtp_to": 1499 + n * 500, "packets": 500, "lost": 0, "late": 1,
                              "sha256": sha256(chunk), "sm3": sm3(chunk)})
        return self.chain(self.bent("leaves", lines))

    def chain(self, leaves):
        last, lines = {}, []
        for leaf in leaves:
            leaf = {**leaf, "previous": last.get(leaf["track"], "0" * 64)}
            lines.append(line(leaf))
            last[leaf["track"]] = sha256(lines[-1])
        return self.bent("lines", lines)

    def recording(self):
        return self.bent("recording", line({"format": 1, "session": self.session, "began_us": self.began_us, "files": FILES}))

    def manifest(self, media, leaves, recording):
        files, first = [], 0
        for file, data in media.items():
            n = sum(1 for x in leaves if json.loads(x)["file"] == file)
            files.append({"file": file, "track": file.rsplit(".", 1)[0], "party": "P-1", "kind": "audio" if "audio" in file else "video",
                          "codec": "opus" if "audio" in file else "vp8", "content_type": "audio/webm" if "audio" in file else "video/webm",
                          "bytes": len(data), "sha256": sha256(data), "sm3": sm3(data), "chunks": n, "first_leaf": first})
            first += n
        table = b"".join(x + b"\n" for x in leaves)
        began = self.began_us
        manifest = {
            "format": "yuanjian-manifest/1",
            "session": {"id": self.session, "kind": "visit", "name": "会见 <42>", "class": "recorded", "authority": "rule 7", "unit": "u1",
                        "unit_name": "一监区", "opened_us": began - 2_000_000, "ended_us": began + 30_000_000, "cause": "ended"},
            "node": {"name": "test-node", "software": "yuanjian 0.1.0", "config_sha256": sha256(b"")},
            "recovered": False, "began_us": began, "duration_us": 30_000_000,
            "parties": [{"id": "P-1", "role": "family", "name": "家属 & <b>one</b>", "proof": "link", "joined": [{"from_us": 0, "to_us": 30_000_000}],
                         "consent_us": 1000, "observer": False,
                         "completeness": {"expected_us": 30_000_000, "missing_us": 1_500_000, "gaps": [
                             {"track": "family-1-audio-1", "from_us": 4_000_000, "to_us": 5_000_000, "cause": "network"},
                             {"track": "family-1-video-1", "from_us": 4_500_000, "to_us": 5_000_000, "cause": "node"},
                             {"track": "family-1-audio-1", "from_us": 9_000_000, "to_us": 9_500_000, "cause": "muted"}]}}],
            "notices": [], "events": [], "notes": [{"at_us": 5_000_000, "by": "officer-1", "text": "a note"}],
            "files": files,
            "documents": [{"file": "recording.json", "bytes": len(recording), "sha256": sha256(recording), "sm3": sm3(recording)},
                          {"file": "leaves.jsonl", "bytes": len(table), "sha256": sha256(table), "sm3": sm3(table)}],
            "leaves": {"count": len(leaves), "sha256_root": tree([leaf_hash(x) for x in leaves]).hex(),
                       "sm3_root": tree([leaf_hash(x, "sm3") for x in leaves], "sm3").hex()},
            "log": {"origin": self.origin, "opened": 3},
            "keys": {"ed25519": sha256(self.manifest_node.der(self.manifest_node.ed)), "sm2": sha256(self.manifest_node.der(self.manifest_node.sm))},
            "made_us": self.made_us}
        return line(self.bent("manifest", manifest))

    def log(self, manifest):
        """Entries; 3 is the opening, 9 the manifest; those of this session are the extract."""
        other = lambda n: line({"type": "audit", "at_us": self.began_us - 9_000_000 + n, "who": "u", "action": "sign-in", "object": f"x{n}"})
        entries = [other(n) for n in range(11)]
        entries[3] = line({"type": "session.open", "at_us": self.began_us - 1_000_000, "session": self.session, "kind": "visit", "class": "recorded",
                           "authority": "rule 7", "parties": ["P-1"], "software": "yuanjian 0.1.0"})
        entries[9] = line({"type": "manifest", "at_us": self.made_us + 1000, "session": self.session, "sha256": sha256(manifest), "sm3": sm3(manifest),
                           "recovered": False})
        for n, action in (6, "session.note"), (10, "archive.viewed"):
            entries[n] = line({"type": "audit", "at_us": self.made_us, "who": "officer-1", "action": action, "object": self.session})
        return self.bent("log", entries)

    def checkpoint(self, entries, node=None):
        root = tree([leaf_hash(e) for e in entries])
        text = f"{self.origin}\n{len(entries)}\n{b64(root)}\nat {(self.made_us + 2_000_000) // 1000}\n".encode()
        return (node or self.log_node).note(self.origin, self.bent("note", text))

    def proof(self, entries, index, checkpoint):
        lines = "".join(b64(h) + "\n" for h in inclusion([leaf_hash(e) for e in entries], index))
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n".encode() + checkpoint

    def parts(self):
        media = self.media()
        leaves = self.leaves(media)
        recording = self.recording()
        manifest = self.manifest(media, leaves, recording)
        ed, sm = self.manifest_node.sign(manifest)
        entries = self.log(manifest)
        checkpoint = self.bent("checkpoint", self.checkpoint(entries))
        hashes = [leaf_hash(e) for e in entries]
        mine = [i for i, e in enumerate(entries) if self.session.encode() in e]
        audit = b"".join(line({"index": i, "leaf": entries[i].decode(), "proof": [b64(h) for h in inclusion(hashes, i)]}) + b"\n" for i in mine)
        parts = {"VERIFY.txt": b"see docs\n", "report.html": b"<p>report</p>\n", "manifest.json": manifest, "manifest.ed25519": ed,
                 "manifest.sm2": sm, "recording.json": recording, "leaves.jsonl": b"".join(x + b"\n" for x in leaves)}
        for node in {id(n): n for n in (self.node, self.manifest_node, self.log_node, self.receipt_node)}.values():
            parts.update({name if node is self.node else name.replace("-1.", "-2."): pem for name, pem in node.certificates.items()})
        parts.update({"log/open.tlog-proof": self.proof(entries, 3, checkpoint), "log/open.json": entries[3],
                      "log/manifest.tlog-proof": self.proof(entries, 9, checkpoint), "log/manifest.json": entries[9],
                      "log/audit.jsonl": audit, "log/checkpoint": checkpoint})
        parts.update(self.time(entries, checkpoint))
        if self.derived:
            parts.update(self.derivative(manifest))
        if self.derived != "redaction":
            parts.update({"media/" + f: d for f, d in media.items()})
        return self.bent("parts", parts)

    def time(self, entries, checkpoint):
        """The token; and where the log grew after it was stamped, that it only grew."""
        parts, then = {}, self.bent("then", entries[:self.stamped])
        if self.stamped:
            hashes = [leaf_hash(e) for e in entries]
            growth = "".join(b64(h) + "\n" for h in consistency(hashes, len(then))).encode()
            checkpoint = self.checkpoint(then)
            parts = {f"time/manifest-{len(then)}.tlog-proof": self.proof(then, 9, checkpoint),
                     f"time/consistency-{len(then)}": self.bent("growth", growth)}
        stamped = f"time/checkpoint-{len(then)}"
        return {stamped: checkpoint, stamped + ".tsr": self.bent("token", self.authority.stamp(checkpoint)),
                "time/tsa.pem": self.authority.certificate, **parts}

    def derivative(self, manifest):
        """A picture that was made of the recording, and its record."""
        data = (HERE / "media" / FILES[1]).read_bytes()[::-1]
        record = {"format": "yuanjian-derivative/1", "original": False, "id": "D-1", "session": self.session, "kind": self.derived, "layout": "speaker",
                  "by": "officer-2", "reason": "a \"third\" person", "parent": {"manifest_sha256": sha256(manifest)}, "at_ms": 1, "made_ms": 2, "log": 9,
                  "file": {"name": "D-1.webm", "bytes": len(data), "sha256": sha256(data), "sm3": sm3(data), "content_type": "video/webm"}}
        return {"derivatives/D-1.json": line(self.bent("derivative", record)), "derivatives/D-1.webm": data}

    def receipt(self, parts):
        return line(self.bent("receipt", {
            "format": "yuanjian-receipt/1", "export": "E-7", "session": self.session, "at_us": self.made_us + 3_000_000, "by": "officer-2",
            "approved_by": None, "reason": "request 12/2026", "watermark": "officer-2", "manifest_sha256": sha256(parts["manifest.json"]),
            "entries": [{"name": n, "bytes": len(d), "sha256": sha256(d)} for n, d in parts.items()]}))

    def entries(self):
        """What stands in the package, in order."""
        parts = self.parts()
        receipt = self.receipt(parts)
        ed, sm = self.receipt_node.sign(receipt)
        media = {n: d for n, d in parts.items() if n.startswith("media/")}
        small = {n: d for n, d in parts.items() if not n.startswith("media/")}
        return {**small, "receipt.json": receipt, "receipt.ed25519": ed, "receipt.sm2": sm, **media}


def pack(entries):
    """A ZIP as a package is: stored, times of 1980."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items() if isinstance(entries, dict) else entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return out.getvalue()


def clone(entries):
    return copy.deepcopy(entries)
