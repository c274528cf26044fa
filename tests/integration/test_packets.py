"""Packet streams: the source's own packets in another process, as they came, with their times."""

import hashlib
import os
import signal

import pytest

from support.framemd5 import packets
from support.ports import free_port
from support.rtsp import RtspServer
from support.waiting import wait_for

CLIPS = ["h264.mp4", "h264.ts", "hevc.mp4", "mpeg2.mpg", "mpeg2.ts", "mjpeg.avi", "vp9.webm", "tone.mp3", "tone.wav",
         "two_pictures.mkv"]
PACKETS = {"media": "packet"}
FAST = {"reconnect_delay": "100ms", "reconnect_delay_max": "500ms", "read_timeout": "2s"}


def by_track(frames):
    tracks = {}
    for frame in frames:
        tracks.setdefault(frame.track, []).append(frame)
    return tracks


@pytest.mark.parametrize("name", CLIPS)
def test_packets_are_those_of_the_file(clips, read_film, name):
    """All tracks, bit-identical, with dts and pts, 0 at the container's start."""
    expected = packets(clips(name))
    tracks = by_track(read_film(clips(name), PACKETS))
    assert sorted(tracks) == sorted(expected)
    for track, wanted in expected.items():
        got = tracks[track]
        assert [hashlib.md5(frame.array).hexdigest() for frame in got] == [packet.md5 for packet in wanted]
        for frame, packet in zip(got, wanted):
            assert packet.pts_ns is None or abs(frame.pts_ns - packet.pts_ns) <= packet.tick_ns + 1000
            assert abs(frame.dts_ns - packet.dts_ns) <= packet.tick_ns + 1000  # FFmpeg shifts by whole microseconds
        assert got[0].key_frame and got[0].metadata
        assert not any(frame.corrupt or frame.discontinuity for frame in got)


def test_frame_of_a_packet(clips, read_film):
    frames = read_film(clips("h264.mp4"), PACKETS)
    frame = frames[0]
    assert frame.info.media == "packet" and (frame.info.width, frame.info.height) == (320, 240)
    assert frame.array.dtype == "uint8" and frame.array.ndim == 1
    assert len(frame.planes) == 1 and bytes(memoryview(frame)) == frame.array.tobytes() == frame.copy().tobytes()
    assert "track 0" in repr(frame)
    pictures, sound = by_track(frames)[0], by_track(frames)[1]
    assert [bool(frame.metadata) for frame in pictures] == [frame.key_frame for frame in pictures]
    assert sum(frame.key_frame for frame in pictures) == 3
    assert 3 <= sum(bool(frame.metadata) for frame in sound) <= 5  # every second


def test_batch_of_packets(clips, film):
    batch = film(clips("h264.mp4"), PACKETS).reader("film", mode="lossless", timeout=20, max_held=3).read_batch(3)
    assert [frame.seq for frame in batch] == [1, 2, 3]
    with pytest.raises(TypeError, match="several sizes"):
        _ = batch.array


def test_no_packets_before_the_first_key_frame(clips, read_film):
    frames = by_track(read_film(clips("mid_gop.ts"), PACKETS))
    pictures, sound = frames[0], frames[1]
    assert pictures[0].key_frame
    assert sound[0].pts_ns < pictures[0].pts_ns  # sound is not held back


# ---- no decoding where nobody reads frames ----

def both(url, **keys):
    """A source with frames and packets, neither on demand."""
    return {"url": str(url), "linger": "100ms", "outputs": {"in": {}, "in/packets": PACKETS}, **keys}


@pytest.fixture
def camera(broker, start):
    """camera(url, **keys): a client of a broker with one source, as both()."""
    return lambda url, **keys: start(broker({"sources": {"in": {**FAST, **both(url, **keys)}}}).connect())


def statistics(client):
    return client.status()["sources"][0]["statistics"]


def decoding_stops(client):
    """Waits until packets are read and no frame is decoded for them."""
    def rests():
        before = statistics(client)
        wait_for(lambda: statistics(client)["packets"] > before["packets"] + 20, lambda: "no packets came")
        return statistics(client)["frames"] == before["frames"]
    wait_for(rests, lambda: f"it goes on decoding: {statistics(client)}", 30)


def test_decoding_only_for_readers(clips, camera):
    client = camera(clips("h264.mp4"), stream_loop=-1)
    watcher = client.reader("in/packets", timeout=20)
    watcher.read()
    decoding_stops(client)
    assert statistics(client)["frames"] == 0
    assert client.status()["sources"][0]["state"] == "live"
    streams = {stream["name"]: stream for stream in client.status()["streams"]}
    assert streams["in"]["state"] == "live" and not streams["in"]["memory_bytes"]
    with client.reader("in", timeout=20) as reader:
        first = reader.read()
        assert first.info.width == 320
        assert reader.read().pts_ns > first.pts_ns
        assert statistics(client)["frames"] >= 0
    decoding_stops(client)
    assert client.wait("in", timeout=20).width == 320  # waiting is demand, too
    decoding_stops(client)
    with client.reader("in", timeout=20) as reader:
        assert reader.read().pts_ns > first.pts_ns


def test_a_new_reader_has_a_frame_at_once(clips, camera):
    """Not only at the next key frame: this clip has but one, its first."""
    client = camera(clips("refs16.mp4"))
    packets = client.reader("in/packets", mode="ordered", timeout=20)
    key = packets.read()
    assert key.key_frame
    while (packet := packets.read()).pts_ns < key.pts_ns + 1_000_000_000:
        assert not packet.key_frame
    with client.reader("in", timeout=20) as reader:
        frame = reader.read()
    assert frame.pts_ns > key.pts_ns
    assert statistics(client)["decode_errors"] == 0


def test_other_outputs_of_a_track_rest(clips, camera):
    client = camera(clips("h264.mp4"), stream_loop=-1,
                    outputs={"in": {}, "in/small": {"width": 64}, "in/sound": {"media": "audio"}, "p": PACKETS})
    with client.reader("in/small", timeout=20) as small:
        assert small.read().info.width == 64
        memory = {stream["name"]: stream["memory_bytes"] for stream in client.status()["streams"]}
        assert memory["in/small"] and not memory["in"] and not memory["in/sound"]
    with client.reader("in/sound", timeout=20) as sound:
        assert sound.read().array.shape == (1024, 1)


def test_a_lossless_reader_of_frames_has_all(clips, film):
    """On demand, the reader's place is there before the worker: nothing is left out for want of it."""
    client = film(clips("h264.mp4"), outputs={"film": {}, "film/packets": PACKETS})
    assert len(list(client.reader("film", mode="lossless", timeout=20, copy=True))) == 75


def test_a_track_that_cannot_be_decoded(clips, camera):
    client = camera(clips("h264.mp4"), stream_loop=-1, codec="h264_v4l2m2m")  # a decoder that is not for here
    packets = client.reader("in/packets", mode="ordered", timeout=20)
    assert len([packets.read() for _ in range(20)]) == 20
    reader = client.reader("in", timeout=20)
    error = wait_for(lambda: client.status()["sources"][0]["error"], lambda: "no error is told")
    assert "h264_v4l2m2m" in error["text"]
    assert len([packets.read() for _ in range(20)]) == 20
    reader.close()


def test_preroll_makes_a_packet_stream(clips, broker, start):
    config = {"sources": {"in": {"url": str(clips("h264.mp4")), "stream_loop": -1, "preroll": "5s"}}}
    client = start(broker(config).connect())
    assert client.reader("in/packets", mode="ordered", timeout=20).read().info.media == "packet"
    assert client.reader("in", timeout=20).read().info.width == 320


# ---- a live source ----

def test_a_worker_killed(clips, camera):
    """A new generation begins with what decoders need, and the same reader goes on in it."""
    client = camera(clips("h264.mp4"), stream_loop=-1)
    reader = client.reader("in/packets", mode="ordered", timeout=20)
    for _ in range(10):
        last = reader.read()
    os.kill(client.status()["sources"][0]["pid"], signal.SIGKILL)
    while (frame := reader.read()).info.generation == last.info.generation:
        last = frame
    after = by_track([frame, *(reader.read() for _ in range(20))])
    assert frame.seq > last.seq
    for frames in after.values():
        assert frames[0].key_frame and frames[0].metadata and frames[0].pts_ns > last.pts_ns


def test_a_server_restarted(tmp_path, start, camera, wait_state):
    """The same reader goes on: with a key packet, flagged, later in time; the ring keeps what was before."""
    port = free_port()
    server = start(RtspServer(tmp_path, port))
    client = camera(server.url())
    reader = client.reader("in/packets", mode="ordered", timeout=20)
    first = reader.read()
    before = [reader.read() for _ in range(30)]
    assert not any(frame.discontinuity for frame in before)
    server.stop()
    wait_state(reader, "lost", "connecting")
    start(RtspServer(tmp_path, port))
    frame = reader.read()
    while not (frame.discontinuity and frame.track == 0):
        frame = reader.read()
    assert frame.key_frame and frame.metadata
    assert frame.pts_ns > before[-1].pts_ns
    assert reader.at(first.pts_ns).seq <= first.seq + 1
    with client.reader("in", timeout=20) as frames:
        frames.read()
    assert reader.state == "live"
