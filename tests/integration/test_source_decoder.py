"""The decoder writes into the slots that readers hold, whatever its options are."""

import pytest

from support.framemd5 import framemd5
from support.frames import md5, packed


@pytest.mark.parametrize("threads", [1, 4, 16])
def test_sixteen_references_and_many_threads_fit_into_the_default_slots(clips, film, threads):
    """A `for` loop holds two frames, the decoder 16 and one for each thread."""
    clip = clips("refs16.mp4")
    reader = film(clip, codec_options={"threads": threads}).reader("film", "lossless", timeout=20)
    assert [md5(frame) for frame in reader] == [one.md5 for one in framemd5(clip)]
    assert reader.missed == 0


@pytest.mark.parametrize("name", ["h264.mp4", "refs16.mp4", "hevc.mp4", "vp9.webm", "mpeg2.ts", "qtrle.mov",
                                  "cinepak.avi"])
def test_what_a_reader_holds_never_changes(clips, film, name):
    """Some of these decoders draw each picture over the one before."""
    reader = film(clips(name)).reader("film", "lossless", timeout=20, max_held=8)
    held = [reader.read() for _ in range(6)]
    before = [packed(frame) for frame in held]
    last = 6
    for frame in reader:
        last = frame.seq
        if last % 20 == 7:
            held[last // 20 % 6] = frame  # now and then another one
            before[last // 20 % 6] = packed(frame)
    assert last == len(framemd5(clips(name)))
    assert [packed(frame) for frame in held] == before


@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mp4"])
def test_skip_frame_nokey(clips, read_film, name):
    frames = read_film(clips(name), codec_options={"skip_frame": "nokey"})
    expected = framemd5(clips(name), input_options=["-skip_frame", "nokey"])
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]
    assert len(frames) == 3 and all(frame.key_frame for frame in frames)
    assert [frame.pts_ns - frames[0].pts_ns for frame in frames] == [0, 1_000_000_000, 2_000_000_000]


def test_key_frames_are_marked(clips, read_film):
    frames = read_film(clips("h264.mp4"))
    assert [index for index, frame in enumerate(frames) if frame.key_frame] == [0, 25, 50]


def test_codec_names_the_decoder(clips, read_film):
    frames = read_film(clips("vp9.webm"), codec="libvpx-vp9")
    assert [md5(frame) for frame in frames] == [one.md5 for one in framemd5(clips("vp9.webm"))]


def test_codec_options_are_the_pictures_where_there_is_sound_too(clips, film):
    client = film(clips("h264.mp4"), outputs={"film": {}, "film/sound": {"media": "audio"}},
                  codec_options={"skip_frame": "nokey", "flags2": "+showall"})
    assert sum(1 for _ in client.reader("film", "lossless", timeout=20)) == 3
    assert client.status()["sources"][0]["error"] is None
