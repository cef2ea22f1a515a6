"""A little STUN (RFC 8489) and the first message of DTLS (RFC 6347), right or wrong as wanted."""
import hashlib
import hmac
import os
import struct
import zlib

COOKIE = 0x2112A442


def _attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def _message(attributes, extra=0, transaction=None):
    return struct.pack(">HHI", 1, len(attributes) + extra, COOKIE) + (transaction or os.urandom(12)) + attributes


def check(local, remote, password, priority=1, nominate=True):
    """A Binding request as ICE sends it; local is the ufrag of who receives it."""
    transaction = os.urandom(12)
    attributes = _attribute(6, f"{local}:{remote}".encode()) + _attribute(0x24, struct.pack(">I", priority))
    attributes += _attribute(0x802A, os.urandom(8)) + (_attribute(0x25, b"") if nominate else b"")
    mac = hmac.new(password.encode(), _message(attributes, 24, transaction), hashlib.sha1).digest()
    attributes += _attribute(8, mac)
    crc = zlib.crc32(_message(attributes, 8, transaction)) ^ 0x5354554E
    return _message(attributes + _attribute(0x8028, struct.pack(">I", crc)), 0, transaction)


def is_success(datagram):
    return datagram[:2] == b"\x01\x01"


def _handshake(kind, body, sequence=0):
    size = struct.pack(">I", len(body))[1:]
    return bytes([kind]) + size + struct.pack(">H", sequence) + b"\0\0\0" + size + body


def _record(content, payload, number=0):
    return bytes([content]) + b"\xfe\xff" + struct.pack(">H", 0) + struct.pack(">Q", number)[2:] + struct.pack(
        ">H", len(payload)) + payload


def client_hello(ciphers=(0xC02B, 0xC02F), profiles=(7, 1), cookie=b"", number=0):
    extensions = struct.pack(">HHH", 10, 4, 2) + struct.pack(">H", 23)  # P-256
    extensions += struct.pack(">HHBB", 11, 2, 1, 0)
    extensions += struct.pack(">HHHHH", 13, 6, 4, 0x0403, 0x0804)
    extensions += struct.pack(">HH", 23, 0)
    if profiles:
        listed = b"".join(struct.pack(">H", profile) for profile in profiles)
        extensions += struct.pack(">HHH", 14, len(listed) + 3, len(listed)) + listed + b"\0"
    body = b"\xfe\xfd" + os.urandom(32) + b"\0" + bytes([len(cookie)]) + cookie
    body += struct.pack(">H", 2 * len(ciphers)) + b"".join(struct.pack(">H", cipher) for cipher in ciphers)
    body += b"\x01\0" + struct.pack(">H", len(extensions)) + extensions
    return _record(22, _handshake(1, body), number)
