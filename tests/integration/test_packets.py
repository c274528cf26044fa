"""Packet streams: the source's own packets in another process, as they came, with their times."""

import hashlib

import pytest

from support.framemd5 import packets

CLIPS = ["h264.mp4", "h264.ts", "hevc.mp4", "mpeg2.mpg", "mpeg2.ts", "mjpeg.avi", "vp9.webm", "tone.mp3", "tone.wav",
         "two_pictures.mkv"]
PACKETS = {"media": "packet"}


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


def test_no_packets_before_the_first_key_frame(clips, read_film):
    frames = by_track(read_film(clips("mid_gop.ts"), PACKETS))
    pictures, sound = frames[0], frames[1]
    assert pictures[0].key_frame
    assert sound[0].pts_ns < pictures[0].pts_ns  # sound is not held back
