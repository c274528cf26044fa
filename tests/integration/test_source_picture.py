"""Filters, and what is told about a picture: its shape, rotation and colours."""

import hashlib
from fractions import Fraction

import numpy as np
import pytest

from support.framemd5 import framemd5
from support.frames import md5


@pytest.mark.parametrize("clip, chain, size", [
    ("h264_no_b.mp4", "transpose=1", (240, 320)),
    ("h264_no_b.mp4", "crop=100:80:20:10,hflip", (100, 80)),
    ("interlaced.ts", "yadif", (320, 240)),
])
def test_filter(clips, read_film, clip, chain, size):
    frames = read_film(clips(clip), {"filter": chain})
    assert (frames[0].info.width, frames[0].info.height) == size
    assert [md5(frame) for frame in frames] == [one.md5 for one in framemd5(clips(clip), "-vf", chain)]


def test_a_filter_may_change_the_rate(clips, read_film):
    """yadif=1 makes a frame of each field."""
    fields = read_film(clips("interlaced.ts"), {"filter": "yadif=1"})
    expected = framemd5(clips("interlaced.ts"), "-vf", "yadif=1")
    assert [md5(field) for field in fields] == [one.md5 for one in expected]
    times = [field.pts_ns for field in fields]
    assert times == sorted(set(times))
    assert len(fields) == 150 and fields[0].info.frame_rate == 50


def test_size_counts_behind_the_filter(clips, read_film):
    frame = read_film(clips("h264_no_b.mp4"), {"filter": "crop=100:80:0:0", "width": 50, "pixel_format": "gray"})[0]
    assert frame.array.shape == (40, 50)


@pytest.mark.parametrize("chain, word", [("no_such_filter", "no_such_filter"), ("crop=9999:9999", "crop=9999:9999")])
def test_a_filter_that_does_not_work_is_said(clips, source, wait_error, chain, word):
    client, _ = source(clips("h264_no_b.mp4"), outputs={"in": {"filter": chain}})
    error = wait_error(client)
    assert word in error["text"] and error["mend"]


@pytest.mark.parametrize("keys, size, aspect", [
    ({}, (320, 240), Fraction(4, 3)),
    ({"width": 160}, (160, 120), Fraction(4, 3)),
    ({"width": 200, "height": 100}, (200, 100), Fraction(8, 9)),  # what is seen keeps its shape: 16:9
])
def test_anamorphic(clips, read_film, keys, size, aspect):
    info = read_film(clips("anamorphic.mp4"), keys)[0].info
    assert ((info.width, info.height), info.sample_aspect_ratio) == (size, aspect)


def test_rotation_is_told_and_not_done(clips, read_film):
    """Degrees clockwise; ffmpeg turns the picture by itself."""
    frame = read_film(clips("rotated.mp4"), {"pixel_format": "gray"})[0]
    assert (frame.array.shape, frame.info.rotation) == ((240, 320), 270)
    upright = np.rot90(frame.array, -frame.info.rotation // 90)
    expected = framemd5(clips("rotated.mp4"), "-pix_fmt", "gray", "-frames:v", "1")
    assert hashlib.md5(upright.tobytes()).hexdigest() == expected[0].md5
    assert read_film(clips("h264_no_b.mp4"))[0].info.rotation == 0


@pytest.mark.parametrize("clip, keys, space, color_range", [
    ("bt709.mp4", {}, "bt709", "tv"),
    ("bt709.mp4", {"width": 160}, "bt709", "tv"),
    ("bt709.mp4", {"pixel_format": "rgb24"}, "gbr", "pc"),
    ("h264_no_b.mp4", {}, "unknown", "unknown"),
    ("mjpeg.avi", {}, "bt470bg", "pc"),
])
def test_colours_are_told(clips, read_film, clip, keys, space, color_range):
    info = read_film(clips(clip), keys)[0].info
    assert (info.color_space, info.color_range) == (space, color_range)
