"""What `width`, `height`, `scale` and `pixel_format` make of a picture."""

import numpy as np
import pytest

from support.framemd5 import framemd5
from support.frames import md5

CLIP = "h264_no_b.mp4"  # 320x240


@pytest.mark.parametrize("keys, scale, size", [
    ({"width": 160}, "160:-2", (160, 120)),
    ({"width": 100}, "100:-2", (100, 76)),  # 75, rounded to even
    ({"height": 120}, "-2:120", (160, 120)),
    ({"height": 100}, "-2:100", (134, 100)),  # 133.3
    ({"width": 101}, "101:-2", (101, 76)),  # what is given is taken as it is
    ({"width": 200, "height": 50}, "200:50", (200, 50)),
    ({"width": 640}, "640:-2", (640, 480)),
])
def test_size(clips, read_film, keys, scale, size):
    frames = read_film(clips(CLIP), keys)
    assert (frames[0].info.width, frames[0].info.height) == size
    expected = framemd5(clips(CLIP), "-vf", f"scale={scale}:flags=bicubic", "-pix_fmt", "yuv420p")
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]


@pytest.mark.parametrize("pixel_format, planes", [
    ("rgb24", [((120, 160, 3), np.uint8)]),
    ("bgr24", [((120, 160, 3), np.uint8)]),
    ("rgba", [((120, 160, 4), np.uint8)]),
    ("bgra", [((120, 160, 4), np.uint8)]),
    ("gray", [((120, 160), np.uint8)]),
    ("gray16le", [((120, 160), np.uint16)]),
    ("yuv420p", [((120, 160), np.uint8), ((60, 80), np.uint8), ((60, 80), np.uint8)]),
    ("nv12", [((120, 160), np.uint8), ((60, 80, 2), np.uint8)]),
    ("yuv422p10le", [((120, 160), np.uint16), ((120, 80), np.uint16), ((120, 80), np.uint16)]),
])
def test_pixel_format(clips, read_film, pixel_format, planes):
    frames = read_film(clips(CLIP), {"width": 160, "pixel_format": pixel_format})
    assert frames[0].info.pixel_format == pixel_format
    assert [(plane.shape, plane.dtype) for plane in frames[0].planes] == planes
    expected = framemd5(clips(CLIP), "-vf", f"scale=160:120:flags=bicubic,format={pixel_format}")
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]


def test_odd_sizes_have_rounded_up_chroma(clips, read_film):
    frame = read_film(clips(CLIP), {"width": 101, "height": 75})[0]
    assert [plane.shape for plane in frame.planes] == [(75, 101), (38, 51), (38, 51)]


def test_scale_fast(clips, read_film):
    frames = read_film(clips(CLIP), {"width": 160, "scale": "fast"})
    expected = framemd5(clips(CLIP), "-vf", "scale=160:120:flags=fast_bilinear")
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]


def test_an_unknown_pixel_format_is_said(clips, source, wait_error):
    client, _ = source(clips(CLIP), outputs={"in": {"pixel_format": "rgb25"}})
    assert "rgb25" in wait_error(client)["text"]
