"""hwaccel: what cannot be had is said in a line, `auto` goes on in software, and a GPU gives FFmpeg's frames."""

import subprocess

import pytest

from support.framemd5 import framemd5
from support.frames import md5


def test_auto_decodes_in_software_what_no_hardware_decodes(broker, clips):
    running = broker({"sources": {"film": {"url": str(clips("qtrle.mov")), "on_demand": True, "readrate": 0,
                                           "hwaccel": "auto", "stream_loop": 1}}})
    with running.connect() as client:
        frames = list(client.reader("film", "lossless", timeout=20, copy=True))
    expected = [one.md5 for one in framemd5(clips("qtrle.mov"))]
    assert [md5(frame) for frame in frames] == expected * 2
    assert running.output().count("nothing accelerates qtrle") == 1  # said once, not in each pass


def has(kind):
    """Whether FFmpeg can open such a device here."""
    return subprocess.run(["ffmpeg", "-v", "quiet", "-nostdin", "-init_hw_device", kind, "-f", "lavfi", "-i",
                           "color=d=0.1", "-f", "null", "-"], timeout=60).returncode == 0


def test_auto_gives_the_pictures_of_a_common_clip(clips, read_film):
    frames = read_film(clips("h264.mp4"), {"pixel_format": "nv12"}, hwaccel="auto")
    assert [md5(frame) for frame in frames] == [one.md5 for one in framemd5(clips("h264.mp4"), "-pix_fmt", "nv12")]


@pytest.mark.parametrize("kind", ["cuda", "vaapi", "vdpau"])
@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mp4"])
def test_a_gpu_gives_the_frames_that_ffmpeg_has_from_it(clips, read_film, kind, name):
    if not has(kind):
        pytest.skip(f"no {kind} here")
    frames = read_film(clips(name), hwaccel=kind)
    expected = framemd5(clips(name), input_options=["-hwaccel", kind])
    assert [md5(frame) for frame in frames] == [one.md5 for one in expected]
    assert frames[0].info.format == "nv12"


@pytest.mark.parametrize("keys, words", [
    ({"hwaccel": "vaapi", "hwaccel_device": "/nonexistent/renderD128"}, ["vaapi", "/nonexistent/renderD128"]),
    ({"hwaccel": "vaapy"}, ["no acceleration vaapy"]),
    ({"hwaccel": "vulkan"}, ["vulkan does not work with the decoder h264"]),
])
def test_what_cannot_be_had(clips, source, wait_error, keys, words):
    client, _ = source(clips("h264.mp4"), **keys)
    error = wait_error(client)
    assert all(word in error["text"] for word in words), error
    assert "cuda" in error["mend"] and "vaapi" in error["mend"] and "auto" in error["mend"], error
    assert "\n" not in error["text"] + error["mend"]
    assert client.status()["sources"][0]["state"] == "lost"
