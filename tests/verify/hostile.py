#!/usr/bin/env python3
"""Packages made to harm who verifies them: each is refused with a message, quickly, in little memory, and nothing is written.
Prints TAP. usage: hostile.py YUANJIAN_VERIFY"""
import io
import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

from studio import Authority, Node, Story, pack, run

VERIFY = os.path.abspath(sys.argv[1])
WORK = tempfile.TemporaryDirectory(prefix="yuanjian-hostile-")
ROOM = pathlib.Path(WORK.name)
MEMORY = 400 << 20
node, authority = Node(ROOM / "node"), Authority(ROOM / "tsa")
good = Story(node, authority).entries()


def verify(path):
    """(exit code, report, peak of memory in bytes, seconds)"""
    began = time.monotonic()
    process = subprocess.Popen([VERIFY, "--json", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOM)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, json.loads(out) if out else None, usage.ru_maxrss * 1024, time.monotonic() - began


def file(data):
    path = ROOM / "hostile.evp"
    path.write_bytes(data)
    return path


def with_entry(name, data=b"x", **facts):
    out = io.BytesIO(pack(good))
    with zipfile.ZipFile(out, "a", facts.pop("method", zipfile.ZIP_STORED)) as archive:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o100644 << 16
        for key, value in facts.items():
            setattr(info, key, value)
        archive.writestr(info, data, archive.compression)
    return file(out.getvalue())


def patched(offset_in_central, value, size):
    """One field of the directory's first entry is overwritten."""
    data = bytearray(pack(good))
    start = struct.unpack_from("<I", data, len(data) - 6)[0]
    data[start + offset_in_central:start + offset_in_central + size] = value.to_bytes(size, "little")
    return file(bytes(data))


def many_entries():
    """A million of them, as the directory says; then really 5,000."""
    data = pack([(f"media/{n}", b"") for n in range(5000)])
    return file(data)


def claims_a_million():
    data = bytearray(pack(good))
    struct.pack_into("<HH", data, len(data) - 14, 0xfffe, 0xfffe)
    return file(bytes(data))


def sparse(name, size):
    """An entry of many bytes that costs no disk."""
    head = good.copy()
    head.pop(name)
    path = ROOM / "sparse.evp"
    zeros = 0
    with open(path, "wb") as out:
        central = b""
        for entry, data in [(name, None)] + list(head.items()):
            n = size if data is None else len(data)
            fields = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zeros, n, n, len(entry), 0)
            central += struct.pack("<IH", 0x02014b50, 0x314) + fields + struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, out.tell()) + entry.encode()
            out.write(struct.pack("<I", 0x04034b50) + fields + entry.encode())
            if data is None:
                out.seek(n, os.SEEK_CUR)
            else:
                out.write(data)
        at = out.tell()
        out.write(central + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, len(head) + 1, len(head) + 1, len(central), at, 0))
    return path


def manifest(data):
    return file(pack({**good, "manifest.json": data}))


def certificate_loop():
    """Two certificates that issued each other."""
    for a, b in ("x", "y"), ("y", "x"):
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", ROOM / f"{a}.key")
        run("openssl", "req", "-new", "-key", ROOM / f"{a}.key", "-subj", f"/CN={a}", "-out", ROOM / f"{a}.csr")
    for a, b in ("x", "y"), ("y", "x"):
        run("openssl", "req", "-x509", "-new", "-key", ROOM / f"{b}.key", "-subj", f"/CN={b}", "-out", ROOM / f"{b}.ca")
    for a, b in ("x", "y"), ("y", "x"):
        run("openssl", "x509", "-req", "-in", ROOM / f"{a}.csr", "-CA", ROOM / f"{b}.ca", "-CAkey", ROOM / f"{b}.key", "-set_serial", "7", "-out",
            ROOM / f"{a}.crt")
    loop = Node(ROOM / "loop")
    (loop.folder / "ed25519-1.key").write_bytes((ROOM / "x.key").read_bytes())
    (loop.folder / "ed25519-1.crt").write_bytes((ROOM / "x.crt").read_bytes())
    loop.certificates["keys/ed25519-1.crt"] = (ROOM / "x.crt").read_bytes()
    made = Story(loop, authority)
    made.bend["parts"] = lambda p: {**p, "keys/ed25519-9.crt": (ROOM / "y.crt").read_bytes()}
    return file(pack(made.entries()))


def loop_is_not_trusted():
    path = certificate_loop()
    done = subprocess.run([VERIFY, "--json", "--keys", ROOM / "node", path], capture_output=True, timeout=20)
    report = json.loads(done.stdout)
    signer = next(c for c in report["checks"] if c["check"] == "signer")
    return None if done.returncode == 1 and signer["result"] == "FAIL" else f"{done.returncode} {signer}"


def folder_with(make):
    folder = ROOM / "folder"
    if folder.exists():
        subprocess.run(["rm", "-r", folder], check=True)
    for name, data in good.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    make(folder)
    return folder


def link_media(folder):
    (folder / "media" / "family-1-audio-1.webm").unlink()
    (folder / "media" / "family-1-audio-1.webm").symlink_to("/etc/passwd")


def link_folder(folder):
    (folder / "time").rename(ROOM / "elsewhere")
    (folder / "time").symlink_to(ROOM / "elsewhere")


def fifo(folder):
    os.mkfifo(folder / "media" / "pipe.webm")


def deep_folder(folder):
    (folder / "media" / "a").mkdir()
    (folder / "media" / "a" / "b.webm").write_bytes(b"x")


CASES = [
    ("zip slip", lambda: with_entry("../../etc/cron.d/x"), "zip-name"),
    ("absolute name", lambda: with_entry("/etc/passwd"), "zip-name"),
    ("backslashes", lambda: with_entry("media\\..\\x"), "zip-name"),
    ("a name with a drive", lambda: with_entry("C:x"), "zip-name"),
    ("hidden file", lambda: with_entry("media/.profile"), "zip-name"),
    ("a name with control characters", lambda: with_entry("media/\x1b[2J"), "zip-name"),
    ("a folder's entry", lambda: with_entry("media/"), "zip-name"),
    ("symbolic link", lambda: with_entry("media/x.webm", b"/etc/passwd", external_attr=0o120777 << 16), "zip-special"),
    ("device", lambda: with_entry("media/x.webm", b"", external_attr=0o060666 << 16), "zip-special"),
    ("bomb: compressed zeros", lambda: with_entry("media/x.webm", bytes(1 << 24), method=zipfile.ZIP_DEFLATED), "zip-compressed"),
    ("encrypted", lambda: patched(8, 1, 2), "zip-flags"),
    ("data descriptor", lambda: patched(8, 8, 2), "zip-flags"),
    ("entries overlap", lambda: patched(42, 1, 4), "zip-hole"),
    ("two headers disagree", lambda: patched(24, 5, 4), "zip-disagrees"),
    ("directory entry runs past the end", lambda: patched(28, 0xffff, 2), "zip-directory"),
    ("5,000 entries", many_entries, "zip-too-many"),
    ("says it has 65,534 entries", claims_a_million, "zip-too-many"),
    ("manifest of 1 GB", lambda: sparse("manifest.json", 1 << 30), "missing"),
    ("leaves of 200 MB without a line", lambda: sparse("leaves.jsonl", 200 << 20), "bad-leaves"),
    ("certificate of 1 GB", lambda: sparse("keys/sm2-1.crt", 1 << 30), "bad-certificate"),
    ("nesting of 100,000", lambda: manifest(b"[" * 100000), "bad-manifest"),
    ("nesting in a member", lambda: manifest(b'{"format":"yuanjian-manifest/1","x":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}"), "bad-manifest"),
    ("two million values", lambda: manifest(b'{"x":[' + b"0," * 2_000_000 + b"0]}"), "bad-manifest"),
    ("ten thousand members", lambda: manifest(b"{" + b",".join(b'"%d":0' % n for n in range(10000)) + b"}"), "bad-manifest"),
    ("invalid UTF-8", lambda: manifest(good["manifest.json"].replace(b"a note", b"a\xff\xfe")), "bad-manifest"),
    ("NUL in a text", lambda: manifest(good["manifest.json"].replace(b"a note", b"a\\u0000")), "bad-manifest"),
    ("a file's name that leaves the package", lambda: manifest(good["manifest.json"].replace(b"family-1-audio-1.webm", b"../../x")), "missing"),
    ("escape codes for the terminal", lambda: manifest(good["manifest.json"].replace(b"S-0042", b"S\\u001b[2J")), "bad-signature"),
    ("rubbish as certificate", lambda: file(pack({**good, "keys/ed25519-1.crt": b"\x30\x84\xff\xff\xff\xff" * 100})), "bad-certificate"),
    ("rubbish as time stamp", lambda: file(pack({n: b"\x30\x80" * 500 if n.endswith(".tsr") else d for n, d in good.items()})), "bad-token"),
    ("a derivative's record that nests without end", lambda: file(pack({**good, "derivatives/x.json": b"[" * 900000})), "bad-record"),
    ("a derivative's record that is huge", lambda: file(pack({**good, "derivatives/x.json": b" " * 2000000})), "bad-record"),
    ("a derivative's record of another type", lambda: file(pack({**good, "derivatives/x.json": b'{"format":"yuanjian-derivative/1","file":[1]}'})), "bad-record"),
    ("a derivative without an ending", lambda: file(pack({**good, "derivatives/x": b""})), "unexpected"),
    ("checkpoint without end", lambda: file(pack({**good, "log/checkpoint": b"a\n" * 30000})), "bad-checkpoint"),
    ("link in a folder", lambda: folder_with(link_media), "zip-special"),
    ("folder that is a link", lambda: folder_with(link_folder), "zip-special"),
    ("pipe in a folder", lambda: folder_with(fifo), "zip-special"),
    ("folder in a folder", lambda: folder_with(deep_folder), "zip-special"),
]


def judge(make, reason):
    path = make()
    code, report, memory, seconds = verify(path)
    if code != 1:
        return f"exit code {code}"
    said = [f["reason"] for c in report["checks"] for f in c["findings"]]
    if reason not in said:
        return f"{said}"
    return None if memory < MEMORY and seconds < 60 else f"{memory >> 20} MB, {seconds:.0f} s"


def main():
    sanitized = os.environ.get("SANITIZED") == "1"
    global MEMORY
    MEMORY = MEMORY * 8 if sanitized else MEMORY
    tests = [("hostile: " + name, lambda m=make, r=reason: judge(m, r)) for name, make, reason in CASES]
    tests.append(("hostile: certificates that issued each other", loop_is_not_trusted))
    print(f"1..{len(tests)}")
    failed = 0
    for n, (name, test) in enumerate(tests, 1):
        problem = test()
        failed += problem is not None
        print(f"{'not ok' if problem else 'ok'} {n} - {name}" + (f"\n# {problem}" if problem else ""), flush=True)
    return failed > 0


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.exit(main())
