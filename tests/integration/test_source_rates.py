"""frame_rate, fps_mode, readrate, stream_loop, and still images."""

import threading
from fractions import Fraction
from math import floor

import pytest

from support.frames import count_until, md5

CLIP = "h264_no_b.mp4"  # 75 frames, each of 40 ms
FRAME_NS = 40_000_000
SLOW = {"format": "lavfi", "readrate": 0}  # a minute of media time: only without pacing is it there in time


@pytest.mark.parametrize("rate, count", [(10, 30), (5, 15), ("25/2", 38), (25, 75), (50, 75)])
def test_vfr_only_leaves_out(clips, read_film, rate, count):
    original = {frame.pts_ns: md5(frame) for frame in read_film(clips(CLIP))}
    assert len(original) == 75
    frames = read_film(clips(CLIP), {"frame_rate": rate})
    assert len(frames) == count
    assert all(md5(frame) == original[frame.pts_ns] for frame in frames)
    times = [frame.pts_ns for frame in frames]
    assert times == sorted(set(times)) and times[0] == 0
    assert frames[0].info.frame_rate == Fraction(rate)


@pytest.mark.parametrize("rate", [50, 30, "30000/1001", 25, 10])
def test_cfr_is_an_exact_grid(clips, read_film, rate):
    """At each of its times: the first frame whose time rounds to it, else the one before."""
    rate = Fraction(rate)
    first, index = {}, 0
    for original in range(75):
        first.setdefault(floor(original * rate / 25 + Fraction(1, 2)), original)
    expected = [index := first.get(tick, index) for tick in range(max(first) + 1)]
    originals = [md5(frame) for frame in read_film(clips(CLIP))]
    frames = read_film(clips(CLIP), {"frame_rate": str(rate), "fps_mode": "cfr"})
    assert [md5(frame) for frame in frames] == [originals[index] for index in expected]
    assert [frame.pts_ns for frame in frames] == [round(tick * 1_000_000_000 / rate) for tick in range(len(frames))]
    assert all(abs(frame.duration_ns - 1_000_000_000 / rate) <= 1 for frame in frames)
    assert frames[0].info.frame_rate == rate


def read_together(readers):
    """The frames of readers whose writer waits for each of them."""
    results = {reader: [] for reader in readers}
    threads = [threading.Thread(target=lambda reader=reader: results[reader].extend(reader)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(results.values())


def test_several_rates_come_from_one_decoding(clips, film):
    outputs = {"film": {}, "film/10": {"frame_rate": 10, "width": 160},
               "film/50": {"frame_rate": 50, "fps_mode": "cfr"}, "film/gray": {"pixel_format": "gray"}}
    client = film(clips(CLIP), outputs=outputs)
    readers = [client.reader(name, "lossless", timeout=20, copy=True) for name in outputs]
    native, slow, fast, gray = read_together(readers)
    assert [len(native), len(slow), len(fast), len(gray)] == [75, 30, 149, 75]
    times = [frame.pts_ns for frame in native]
    assert [frame.pts_ns for frame in gray] == times
    assert {frame.pts_ns for frame in slow} <= set(times)
    statistics = client.status()["sources"][0]["statistics"]
    assert statistics["packets"] == 75
    assert statistics["frames"] == 75


def test_readrate_1_takes_the_time_that_the_film_takes(clips, film):
    """A lower bound: nothing comes before its time. A frame's capture is when its packet was due."""
    frames = [(frame.pts_ns, frame.capture_ns) for frame in
              film(clips("h264_no_b.mp4"), readrate=1).reader("film", "lossless", timeout=20)]
    first_pts, first_capture = frames[0]
    for pts, capture in frames:
        assert capture - first_capture > (pts - first_pts) * 0.97 - 100_000_000


def test_readrate_0_does_not_wait(film):
    reader = film("testsrc2=size=64x48:rate=1", **SLOW).reader("film", "lossless", timeout=20)
    assert count_until(reader, 60) == list(range(1, 61))
    assert reader.read().pts_ns == 60_000_000_000


def test_stream_loop(clips, read_film):
    """h264.ts has B-frames and sound, which begins before the picture."""
    once = read_film(clips("h264.ts"))
    frames = read_film(clips("h264.ts"), stream_loop=2)
    assert len(frames) == 3 * len(once)
    assert [md5(frame) for frame in frames] == 3 * [md5(frame) for frame in once]
    steps = [after.pts_ns - before.pts_ns for before, after in zip(frames, frames[1:])]
    assert all(0 < step < 3 * FRAME_NS for step in steps)


def test_stream_loop_for_ever(clips, film):
    reader = film(clips("mjpeg.avi"), stream_loop=-1).reader("film", "lossless", timeout=20)
    times = [reader.read().pts_ns for _ in range(250)]  # into the fourth pass
    assert times == [i * FRAME_NS for i in range(250)]
    assert reader.info.generation == 1


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_a_still_image_is_a_film_of_one_frame(clips, read_film, name):
    assert [frame.pts_ns for frame in read_film(clips(name))] == [0]


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_a_still_image_shown_for_ever(clips, film, name):
    reader = film(clips(name), stream_loop=-1).reader("film", "lossless", timeout=20)
    frames = [(frame.pts_ns, md5(frame)) for frame in (reader.read() for _ in range(60))]
    assert [pts for pts, _ in frames] == [i * FRAME_NS for i in range(60)]
    assert len({picture for _, picture in frames}) == 1


def test_frame_rate_of_a_still_image(clips, film):
    reader = film(clips("still.png"), {"frame_rate": 5}, stream_loop=-1).reader("film", "lossless", timeout=20)
    assert [reader.read().pts_ns for _ in range(10)] == [i * 200_000_000 for i in range(10)]
    reader = film(clips("still.png"), stream_loop=-1, format_options={"framerate": "2"}).reader(
        "film", "lossless", timeout=20)
    assert [reader.read().pts_ns for _ in range(4)] == [i * 500_000_000 for i in range(4)]
