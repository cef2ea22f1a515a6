#!/usr/bin/env python3
"""Makes a package to be kept in packages/, with the keys that it is verified with. Once per version of the format; later versions
of the verifier must pass it for ever. usage: make-package.py STEM [composite|redaction]"""
import pathlib
import shutil
import sys
import tempfile

from studio import Authority, Node, Story, pack

stem = pathlib.Path(sys.argv[1])
with tempfile.TemporaryDirectory() as room:
    node, authority = Node(room + "/node"), Authority(room + "/tsa")
    story = Story(node, authority)
    story.derived = sys.argv[2] if len(sys.argv) > 2 else None
    stem.with_suffix(".evp").write_bytes(pack(story.entries()))
    stem.with_suffix(".tsa.pem").write_bytes(authority.certificate)
    keys = stem.with_suffix(".keys")
    keys.mkdir()
    for file in node.folder.glob("*.crt"):
        shutil.copy(file, keys)
