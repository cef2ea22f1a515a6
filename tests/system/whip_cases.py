"""WHIP and WHEP with tokens and descriptions that cannot work: 4xx with the reason, the session as good as before."""
import time

from house import Camera, check_seen
from wire import ask

TRICKLE = "application/trickle-ice-sdpfrag"
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(f"{i:02X}" for i in range(32))
HEAD = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
TRANSPORT = ["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", FINGERPRINT, "a=setup:actpass"]


def section(kind, mid, payload, codec, transport=TRANSPORT, direction="sendonly"):
    return [f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload}", "c=IN IP4 0.0.0.0", *transport, f"a=mid:{mid}", f"a={direction}",
            "a=rtcp-mux", f"a=rtpmap:{payload} {codec}"]


def offer(*sections, head=HEAD):
    return ("\r\n".join([*head, *(line for lines in sections for line in lines)]) + "\r\n").encode()


AUDIO, VIDEO = section("audio", 0, 111, "opus/48000/2"), section("video", 1, 96, "VP8/90000")
GOOD = offer(AUDIO, VIDEO)

BAD = {
    "empty": (b"", ""),
    "one NUL": (b"\0", ""),
    "no SDP": (b"hello, world\r\n", "v=0"),
    "no section": (offer(), "m-section"),
    "no codec that we know": (offer(section("audio", 0, 9, "G722/8000"), section("video", 1, 97, "H263-1998/90000")),
                              "codec"),
    "a mid twice": (offer(AUDIO, section("video", 0, 96, "VP8/90000"), head=[*HEAD[:4], "a=group:BUNDLE 0"]), "'0'"),
    "a BUNDLE of sections that are not there": (offer(AUDIO, VIDEO, head=[*HEAD[:4], "a=group:BUNDLE 0 1 7"]), "'7'"),
    "no fingerprint": (offer(*(section(kind, mid, pt, codec, [TRANSPORT[0], TRANSPORT[1], TRANSPORT[3]])
                               for kind, mid, pt, codec in [("audio", 0, 111, "opus/48000/2"), ("video", 1, 96, "VP8/90000")])),
                       "fingerprint"),
    "a fingerprint by SHA-1": (offer(section("audio", 0, 111, "opus/48000/2", [
        *TRANSPORT[:2], "a=fingerprint:sha-1 " + ":".join(["AB"] * 20), TRANSPORT[3]]), head=HEAD[:4]), "fingerprint"),
    "a fingerprint that is too short": (offer(section("audio", 0, 111, "opus/48000/2", [
        *TRANSPORT[:2], "a=fingerprint:sha-256 AB:CD", TRANSPORT[3]]), head=HEAD[:4]), "fingerprint"),
    "no ICE password": (offer(section("audio", 0, 111, "opus/48000/2", [TRANSPORT[0], *TRANSPORT[2:]]), head=HEAD[:4]), ""),
    "an m-line without formats": (offer(["m=audio 9 UDP/TLS/RTP/SAVPF", *AUDIO[1:]], head=HEAD[:4]), ""),
    "a payload type of 2^32": (offer(section("audio", 0, 1 << 32, "opus/48000/2"), head=HEAD[:4]), "payload type"),
    "an extmap of 0": (offer([*AUDIO, "a=extmap:0 urn:ietf:params:rtp-hdrext:sdes:mid"], VIDEO), "extmap"),
    "an extmap twice": (offer([*AUDIO, *["a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid"] * 2], VIDEO), "extmap"),
    "10,000 lines": (offer([*AUDIO, *["a=x"] * 10000], VIDEO), "lines"),
    "4,000 m-lines": (offer(*([["m=audio 9 UDP/TLS/RTP/SAVPF 111"]] * 4000)), ""),
    "200 KB on one line": (offer([*AUDIO, "a=" + "x" * 200000], VIDEO), None),
    "both passive": (offer(*([*lines[:5], "a=setup:passive", *lines[6:]] for lines in (AUDIO, VIDEO))), None),
}


def post(node, kind, session, party, body, token, content="application/sdp"):
    return ask(node, "POST", f"/{kind}/{session}/{party}", body, bearer=token, origin=None, headers={"Content-Type": content})


def works(node, session, token):
    """A good offer is taken, and can be taken back."""
    answer = post(node, "whip", session, "camera", GOOD, token)
    assert answer.status == 201 and b"a=ice-lite" in answer.body, answer
    gone = ask(node, "DELETE", answer.headers["Location"], bearer=token, origin=None)
    assert gone.status == 200, gone


def descriptions(node, session, token):
    before = node.usage()["rss_mb"]
    for kind in ("whip", "whep"):
        for name, (body, word) in BAD.items():
            answer = post(node, kind, session, "camera", body, token)
            if word is None and answer.status == 201:
                ask(node, "DELETE", answer.headers["Location"], bearer=token, origin=None)
                continue  # odd, but it can be answered
            assert answer.status == 400 and answer.reason == "bad-media" and answer.message, f"{kind}: {name}: {answer}"
            assert (word or "") in answer.message, f"{kind}: {name}: {answer}"
            works(node, session, token)
    assert node.usage()["rss_mb"] < before + 32, f"{before} MB before, {node.usage()} after"


def large(node, session, token):
    for size in (1 << 20, 5 << 20):
        try:
            answer = post(node, "whip", session, "camera", b"v=0\r\n" + b"a=x\r\n" * (size // 5), token)
        except OSError:
            continue  # it was closed before all was sent
        assert (answer.status, answer.reason) == (413, "too-large") and answer.message, answer
    works(node, session, token)


def tokens(node, session, token):
    other = node.cli("session", "create", "--kind", "meeting", "--now")
    foreign, play = node.token(other), node.token(session, "camera", "play")
    publish, someone = node.token(session, "camera", "publish"), node.token(session, "someone")
    short = node.token(session, "camera", ttl="1s")
    for name, bearer, kind, status, reason in [
        ("none", None, "whip", 401, "sign-in-required"), ("unknown", "x" * 43, "whip", 401, "sign-in-required"),
        ("8 KB", "x" * 8000, "whip", 401, "sign-in-required"),
        ("of another session", foreign, "whip", 404, "not-found"), ("of another session", foreign, "whep", 404, "not-found"),
        ("to play only", play, "whip", 403, "forbidden"), ("to publish only", publish, "whep", 403, "forbidden"),
        ("of another party", someone, "whip", 403, "forbidden"),
    ]:
        answer = post(node, kind, session, "camera", GOOD, bearer)
        assert (answer.status, answer.reason) == (status, reason) and answer.message, f"{name}: {kind}: {answer}"
    time.sleep(1.2)
    answer = post(node, "whip", session, "camera", GOOD, short)
    assert (answer.status, answer.reason) == (401, "sign-in-required"), f"expired: {answer}"
    mine = post(node, "whip", session, "camera", GOOD, token)
    for verb in ("PATCH", "DELETE"):
        body = b"a=ice-ufrag:x\r\n" if verb == "PATCH" else None
        answer = ask(node, verb, mine.headers["Location"], body, bearer=foreign, origin=None,
                     headers={"Content-Type": TRICKLE})
        assert answer.status == 404, f"{verb} of somebody else's: {answer}"
    assert ask(node, "DELETE", mine.headers["Location"], bearer=token, origin=None).status == 200
    node.cli("session", "end", other)


def unknown_sessions(node, session, token):
    anywhere = node.token("*", "camera")
    gone = node.cli("session", "create", "--kind", "meeting", "--now")
    of_gone = node.token(gone, "camera")
    first = post(node, "whip", gone, "camera", GOOD, of_gone)
    node.cli("session", "end", gone)
    for kind in ("whip", "whep"):
        answer = post(node, kind, gone, "camera", GOOD, of_gone)
        assert answer.status in (404, 409) and answer.message, f"ended: {answer}"
        for name in ("no-such-session", "00000000-0000-0000-0000-000000000000", "%00", "..%2f..%2fetc", "x" * 2000):
            answer = post(node, kind, name, "camera", GOOD, token)
            assert answer.status == 404 and answer.message, f"{kind} {name[:40]}: {answer}"
    assert post(node, "whep", "no-such-session", "camera", GOOD, anywhere).status == 404
    for party in ("%2e%2e", "a b", "x" * 65, "ä", "%1b[31m"):
        answer = ask(node, "POST", f"/whip/{session}/" + party.replace(" ", "%20").replace("ä", "%c3%a4"), GOOD, bearer=token,
                     origin=None, headers={"Content-Type": "application/sdp"})
        assert answer.status == 404, f"{party}: {answer}"
    deleted = ask(node, "DELETE", first.headers["Location"], bearer=of_gone, origin=None)
    assert deleted.status in (200, 404), deleted


def content_types(node, session, token):
    for content in ("text/plain", "application/json", "application/sdpx", ""):
        answer = post(node, "whip", session, "camera", GOOD, token, content)
        assert answer.status == 415 and answer.body, f"{content}: {answer}"
    created = post(node, "whip", session, "camera", GOOD, token)
    for body, content, status in [
        (b"a=ice-ufrag:x\r\n", "application/sdp", 415), (b"\0", TRICKLE, 400), (b"", TRICKLE, 400),
        (b"a=ice-ufrag:" + b"x" * 300 + b"\r\na=ice-pwd:y\r\n", TRICKLE, 400),
    ]:
        answer = ask(node, "PATCH", created.headers["Location"], body, bearer=token, origin=None,
                     headers={"Content-Type": content})
        assert answer.status == status, f"{body[:30]} as {content}: {answer}"
    ask(node, "DELETE", created.headers["Location"], bearer=token, origin=None)


def many_candidates(node, session, token):
    """10,000 candidates by PATCH, of which we need none: nobody is called, nothing is kept."""
    created = post(node, "whip", session, "camera", GOOD, token)
    lines = [f"a=candidate:{i} 1 udp 1 10.{i >> 8 & 255}.{i & 255}.1 {i % 65536} typ host" for i in range(3000)]
    lines += [f"a=candidate:{i} 1 udp 1 {i}-there-is-none.local 9 typ host" for i in range(1000)]
    before = node.usage()["rss_mb"]
    answer = ask(node, "PATCH", created.headers["Location"], "\r\n".join([*lines, ""]).encode(), bearer=token, origin=None,
                 headers={"Content-Type": TRICKLE})
    assert answer.status in (204, 400, 413), answer
    assert node.usage()["rss_mb"] < before + 16
    ask(node, "DELETE", created.headers["Location"], bearer=token, origin=None)


def come_and_go(node):
    """A meeting has room for 256 parties at a time, however many have been there."""
    session = node.cli("session", "create", "--kind", "meeting", "--privileged", "--now")
    token = node.cli("token", "--session", session, "--party", "*", "--may", "publish,play")
    for n in range(300):
        answer = post(node, "whip", session, f"guest-{n}", GOOD, token)
        assert answer.status == 201, f"guest {n}: {answer}"
        assert ask(node, "DELETE", answer.headers["Location"], bearer=token, origin=None).status == 200
    node.cli("session", "end", session)


def add(report, node):
    session = node.cli("session", "create", "--kind", "meeting", "--now")
    token = node.token(session, "camera")
    camera = Camera(node, "whip", session, "other", node.token(session, "other"), 14)
    report.case("whip: descriptions that cannot be used: 400 bad-media with the reason", descriptions, node, session, token)
    report.case("whip: 1 MB and 5 MB: 413", large, node, session, token)
    report.case("whip: missing, expired, foreign tokens: 401, 403, 404", tokens, node, session, token)
    report.case("whip: sessions and parties that are not there: 404", unknown_sessions, node, session, token)
    report.case("whip: other content: 415, 400", content_types, node, session, token)
    report.case("whip: thousands of candidates cost nothing", many_candidates, node, session, token)
    report.case("whip: 300 who come and go", come_and_go, node)
    report.case("whip: who publishes in this session meanwhile is not disturbed", camera.finish)
    report.case("whip: and somebody can play it", lambda: play(node, session))
    node.cli("session", "end", session)


def play(node, session):
    camera = Camera(node, "whip", session, "again", node.token(session, "again"), 40)
    check_seen(node, session, "again")
    camera.stop()
