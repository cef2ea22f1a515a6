"""What the load generator wrote into its packets, found again in recordings: who, which, when it was sent."""
import struct

MAGIC = b"WLD1"
SIZE = 32
TOO_LONG_NS = 3600 * 10**9


class Mark:
    __slots__ = ("publisher", "number", "sent_s")

    def __init__(self, publisher, number, sent_ns):
        self.publisher, self.number, self.sent_s = publisher, number, sent_ns / 1e9


def find(data, began_s, ended_s):
    """All marks in the bytes of a file, sent between these times, in the order of their numbers."""
    found, at = {}, data.find(MAGIC)
    while at >= 0:
        if at + SIZE <= len(data):
            publisher, number, sent_ns = struct.unpack_from(">IQQ", data, at + 4)
            if began_s - 1 < sent_ns / 1e9 < ended_s + 1:
                found[publisher, number] = Mark(publisher, number, sent_ns)
        at = data.find(MAGIC, at + 1)
    return [found[key] for key in sorted(found)]
