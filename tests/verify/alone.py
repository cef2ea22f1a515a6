#!/usr/bin/env python3
"""The verifier builds where there is no GLib, no GStreamer, nothing but OpenSSL, and needs nothing else to run. Prints TAP.
usage: alone.py SOURCE_ROOT"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def build(source, room):
    """With no other library in sight than libcrypto."""
    found = subprocess.run(["pkg-config", "--variable=pcfiledir", "libcrypto"], capture_output=True, text=True, check=True).stdout.strip()
    (room / "pc").mkdir()
    shutil.copy(pathlib.Path(found) / "libcrypto.pc", room / "pc")
    environment = {**os.environ, "PKG_CONFIG_LIBDIR": str(room / "pc"), "PKG_CONFIG_PATH": ""}
    for command in (["meson", "setup", room / "build", source, "-Dverify_only=true"], ["ninja", "-j2", "-C", room / "build"]):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200)
        if done.returncode != 0:
            return done.stdout[-3000:].replace("\n", "\n# ")
    return None


def works(room):
    program = room / "build/recorder/verify/yuanjian-verify"
    libraries = {line.split()[0].split(".so")[0] for line in subprocess.run(["ldd", program], capture_output=True, text=True).stdout.splitlines()}
    strange = {name for name in libraries if not name.startswith(("linux-vdso", "libcrypto", "libc", "/lib", "libdl", "libpthread"))}
    package = next((HERE / "packages").glob("*.evp"))
    code = subprocess.run([program, package], capture_output=True, timeout=60).returncode
    return None if not strange and code == 0 else f"{strange} {code}"


def main():
    failed = 0
    print("1..2")
    with tempfile.TemporaryDirectory(prefix="yuanjian-alone-") as name:
        room = pathlib.Path(name)
        for n, (title, test) in enumerate((("it builds with OpenSSL alone", lambda: build(sys.argv[1], room)), ("it runs with OpenSSL alone", lambda: works(room))), 1):
            problem = test()
            failed += problem is not None
            print(f"{'not ok' if problem else 'ok'} {n} - {title}" + (f"\n# {problem}" if problem else ""), flush=True)
    return failed > 0


sys.exit(main())
