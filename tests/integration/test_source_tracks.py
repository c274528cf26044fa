"""`track`: which one, where an input has several. Each media counts its own from 0."""

import pytest

from support.framemd5 import framemd5
from support.frames import md5


@pytest.mark.parametrize("track, size", [("auto", 320), (0, 320), (1, 160)])
def test_track(clips, read_film, track, size):
    clip = clips("two_pictures.mkv")
    frames = read_film(clip, {"track": track})
    assert frames[0].info.width == size
    expected = framemd5(clip, track=f"v:{0 if track == 'auto' else track}")
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]


def test_both_tracks_at_once(clips, film):
    client = film(clips("two_pictures.mkv"), outputs={
        "film": {"track": 0}, "film/other": {"track": 1}, "film/sound": {"media": "audio", "track": 0}})
    readers = [client.reader(name, "lossless", timeout=20) for name in ("film", "film/other", "film/sound")]
    large, small, sound = (reader.read() for reader in readers)
    assert (large.info.width, small.info.width, sound.info.sample_rate) == (320, 160, 48000)
    assert abs(large.pts_ns - small.pts_ns) <= 1_000_000


@pytest.mark.parametrize("media, text", [
    ("video", "no video track 2, it has 2"), ("audio", "no audio track 2, it has 1")])
def test_unknown_track(clips, source, wait_error, media, text):
    client, _ = source(clips("two_pictures.mkv"), outputs={"in": {"media": media, "track": 2}})
    error = wait_error(client)
    assert text in error["text"] and error["mend"]
