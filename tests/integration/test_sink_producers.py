"""What a producer does to its time stamps, its pace and its size, and what a sink makes of it."""

import threading
import time

import framebroker as fb
import numpy as np
import pytest

from support import recording
from support.waiting import wait_for

FRAME_NS = 40_000_000
DAY_NS = 24 * 3600 * 10**9
STREAM = {"pixel_format": "gray", "width": 64, "height": 48, "frame_rate": 25}


class Case:
    """A stream, a sink that records it, and a producer that is a generator of pts_ns (None: by the clock)."""

    def __init__(self, client, folder, name, **video):
        self.client, self.name, self.file = client, name, folder / f"{name}.mkv"
        self.writer = client.writer(name, timeout=30, **STREAM, max_readers=4)
        client.add("sink", name, url=str(self.file), video={
            "stream": name, "codec_options": {"preset": "ultrafast", "tune": "zerolatency"}, **video})
        wait_for(lambda: self.stream()["readers"], self.stream)

    def stream(self):
        return next(one for one in self.client.status()["streams"] if one["name"] == self.name)

    def sink(self, name=None):
        return next(one for one in self.client.status()["sinks"] if one["name"] == (name or self.name))

    def produce(self, times):
        for number, pts_ns in enumerate(times):
            with self.writer.slot(pts_ns=pts_ns) as slot:
                slot.array[:] = number % 200

    def finish(self):
        """Ends the stream; the statistics when the recording is complete."""
        self.writer.end()
        self.writer.close()
        wait_for(lambda: self.sink()["state"] == "ended", self.sink, 30)
        return self.sink()["statistics"]


@pytest.fixture
def case(start, tmp_path):
    client = start(fb.serve({"broker": {"log_level": "warning"}}))
    return lambda name, **video: Case(client, tmp_path, name, **video)


def live(count, first_ns=0):
    """Time stamps, each when its time has come."""
    begin = time.monotonic_ns()
    for number in range(count):
        time.sleep(max(0, begin + number * FRAME_NS - time.monotonic_ns()) / 1e9)
        yield first_ns + number * FRAME_NS


def test_a_producer_of_1000_frames_a_second_is_paced(case):
    one = case("fast", frame_ahead=10)
    begin = time.monotonic()
    ahead = []
    watching = threading.Event()

    def watch():
        while not watching.wait(0.2):
            ahead.append((one.sink()["statistics"] or {}).get("frames_ahead", 0))
    thread = threading.Thread(target=watch)
    thread.start()
    one.produce(number * FRAME_NS for number in range(150))
    produced = time.monotonic() - begin
    statistics = one.finish()
    watching.set()
    thread.join()
    in_ring = 16 + 10 + 3  # depth and spare, frame_ahead, what the sink holds
    assert produced > (150 - in_ring) * 0.04 - 0.1
    assert max(ahead) <= 10 and statistics["repeated"] == statistics["late"] == 0
    assert recording.times(one.file) == pytest.approx([number * 0.04 for number in range(150)], abs=0.001)


def test_more_frames_than_asked_for_are_left_out(case):
    one = case("rate", frame_rate=25)
    one.produce(number * 1_000_000 for number in range(2000))
    one.finish()
    times = recording.times(one.file)
    assert times == pytest.approx([number * 0.04 for number in range(len(times))], abs=0.001)
    assert 49 <= len(times) <= 51


def test_a_stall_is_bridged(case):
    one = case("repeat")
    one.produce(live(25))
    time.sleep(1)
    one.produce(live(25, 50 * FRAME_NS))
    statistics = one.finish()
    times = recording.times(one.file)
    assert statistics["repeated"] >= 15
    assert max(np.diff(times)) < 0.1 and min(np.diff(times)) > 0.015
    assert times[-1] == pytest.approx(74 * 0.04, abs=0.2)


def test_a_stall_stays_a_gap(case):
    one = case("skip", late="skip")
    one.produce(live(25))
    time.sleep(1)
    one.produce(live(25, 50 * FRAME_NS))
    statistics = one.finish()
    assert statistics["repeated"] == 0
    wanted = [number * 0.04 for number in (*range(25), *range(50, 75))]
    assert recording.times(one.file) == pytest.approx(wanted, abs=0.001)


@pytest.mark.parametrize("second_ns", [-10 * FRAME_NS, 0, DAY_NS, -DAY_NS])
def test_time_that_jumps_goes_on(case, second_ns):
    one = case("jump")
    one.produce(live(25, DAY_NS))
    one.produce(live(25, DAY_NS + second_ns))
    one.finish()
    times = recording.times(one.file)
    assert 1.8 < times[-1] < 4 and min(np.diff(times)) > 0 and max(np.diff(times)) < 0.25


def test_odd_sizes(case, tmp_path):
    one = case("even")
    client, sink = one.client, one.sink
    client.add("stream", "odd", **{**STREAM, "width": 65, "height": 49})
    client.add("sink", "refused", url=str(tmp_path / "refused.mp4"), video={"stream": "odd", "width": 33})
    client.add("sink", "rounded", url=str(tmp_path / "rounded.mp4"), video={"stream": "odd"})

    with client.writer("odd", timeout=30) as writer:
        for pts_ns in live(1000):
            writer.write(np.zeros((49, 65), np.uint8), pts_ns=pts_ns)
            if sink("refused")["error"] and (sink("rounded")["statistics"] or {"frames": 0})["frames"] > 10:
                break
    assert "even" in sink("refused")["error"]["text"] and sink("refused")["error"]["mend"]
    client.remove("sink", "rounded")
    wait_for(lambda: all(one["name"] != "rounded" for one in client.status()["sinks"]), client.status)
    track = recording.tracks(tmp_path / "rounded.mp4")["video"]
    assert (track["width"], track["height"]) == (64, 48)


@pytest.mark.parametrize("kind, keys, words", [
    ("video", {"codec": "h264_of_tomorrow"}, ["h264_of_tomorrow", "libx264", "mpeg4"]),
    ("audio", {"codec": "sound_of_tomorrow"}, ["sound_of_tomorrow", "aac", "libopus"]),
])
def test_an_unknown_encoder_lists_those_there_are(case, tmp_path, kind, keys, words):
    one = case("other")
    one.client.add("sink", "wrong", url=str(tmp_path / "x.mkv"), **{kind: {"stream": "other", **keys}})
    error = wait_for(lambda: one.sink("wrong")["error"], one.client.status)
    assert all(word in error["text"] for word in words) and error["mend"], error


@pytest.mark.parametrize("keys, word", [
    ({"codec_options": {"no_such_option": 1}}, "no_such_option"),
    ({"pixel_format": "rgb24"}, "rgb24"),
    ({"profile": "tomorrow"}, "tomorrow"),
    ({"filter": "no_such_filter"}, "no_such_filter"),
])
def test_keys_that_the_encoder_does_not_know(case, keys, word):
    one = case("keys", **keys)
    thread = threading.Thread(target=one.produce, args=(live(10),))
    thread.start()
    error = wait_for(lambda: one.sink()["error"], one.sink)
    thread.join()
    assert word in error["text"] and error["mend"], error
