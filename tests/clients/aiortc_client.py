#!/usr/bin/env python3
"""Publishes by WHIP or plays by WHEP with aiortc, for some seconds; prints one line of JSON.
usage: aiortc_client.py whip|whep URL TOKEN SECONDS"""
import asyncio
import json
import sys
import urllib.parse
import urllib.request

import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from av import VideoFrame


class MovingPicture(VideoStreamTrack):
    n = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        picture = numpy.zeros((240, 320, 3), numpy.uint8)
        picture[:, :, 2] = 200
        picture[100:140, self.n % 280:self.n % 280 + 40] = 255
        self.n += 4
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


def http(verb, url, token, body=None):
    request = urllib.request.Request(url, method=verb, data=body.encode() if body else None, headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/sdp"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status, answer.headers, answer.read().decode()


async def count(track, counts):
    while True:
        try:
            await track.recv()
        except Exception:  # aiortc's way to say that the track has ended
            return
        counts[track.kind] += 1


async def main(kind, url, token, seconds):
    connection = RTCPeerConnection()
    counts = {"audio": 0, "video": 0}
    tasks = []
    if kind == "whip":
        connection.addTrack(AudioStreamTrack())
        connection.addTrack(MovingPicture())
    else:
        connection.addTransceiver("audio", direction="recvonly")
        connection.addTransceiver("video", direction="recvonly")

        @connection.on("track")
        def on_track(track):
            tasks.append(asyncio.ensure_future(count(track, counts)))

    await connection.setLocalDescription(await connection.createOffer())
    status, headers, answer = await asyncio.to_thread(http, "POST", url, token, connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.sleep(seconds)
    state = connection.connectionState
    resource = urllib.parse.urljoin(url, headers["Location"])
    deleted, _, _ = await asyncio.to_thread(http, "DELETE", resource, token)
    await connection.close()
    print(json.dumps({"status": status, "state": state, "deleted": deleted, **counts}))
    ok = status == 201 and state == "connected" and deleted in (200, 204)
    return ok and (kind == "whip" or (counts["audio"] > 0 and counts["video"] > 0))


sys.exit(not asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))))
