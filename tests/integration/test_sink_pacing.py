"""When pictures arrive at the server, whatever the pace at which they are produced."""

import threading
import time

import framebroker as fb
import numpy as np
import pytest

from support.arrivals import Arrivals
from support.waiting import wait_for

pytestmark = pytest.mark.alone

RATE = 25
FRAME_AHEAD = 10
STREAM = {"pixel_format": "gray", "width": 160, "height": 120, "frame_rate": RATE}
ENCODER = {"codec_options": {"preset": "ultrafast"}, "gop_size": RATE, "frame_ahead": FRAME_AHEAD}
REST = 2 * STREAM["width"]  # so that no two pictures are alike


class Push:
    """A stream `made`, a sink that sends it to a server that knows when each picture came, and who produces it."""

    def __init__(self, client, server, **video):
        self.client, self.server = client, server
        self.writer = client.writer("made", timeout=30, **STREAM)
        client.add("sink", "out", url=server.url, video={"stream": "made", **ENCODER, **video})
        wait_for(lambda: client.status()["streams"][0]["readers"], client.status)
        self.ahead = []
        self.ending = threading.Event()
        self.watch = threading.Thread(target=self.sample)
        self.watch.start()

    def sample(self):
        while not self.ending.wait(0.1):
            self.ahead.append((self.sink()["statistics"] or {"frames_ahead": 0})["frames_ahead"])

    def sink(self):
        return self.client.status()["sinks"][0]

    def write(self, numbers):
        for number in numbers:
            with self.writer.slot(pts_ns=round(number * 1e9 / RATE)) as slot:
                slot.array[:] = number % REST // 2

    def finish(self):
        """Ends the stream; when each picture came, and its dts, as two arrays."""
        self.writer.end()
        self.writer.close()
        wait_for(lambda: self.sink()["state"] == "ended", self.sink, 40)
        self.ending.set()
        self.watch.join()
        came, dts = np.array(self.server.pictures()).T
        return came, dts


@pytest.fixture
def push(start):
    client = start(fb.serve({"broker": {"log_level": "warning"}}))
    pushes = []

    def begin(**video):
        pushes.append(Push(client, start(Arrivals()), **video))
        return pushes[-1]
    yield begin
    for one in pushes:
        one.ending.set()
        one.watch.join()


def live(count, first=0):
    """Numbers from `first` on, each when its time has come."""
    begin = time.monotonic()
    for number in range(count):
        time.sleep(max(0, begin + number / RATE - time.monotonic()))
        yield first + number


def off_schedule(came, dts):
    """By how many seconds pictures came early or late, after the first second. The schedule is what a second before and
    a second after have in common: when a picture comes later than any before it, all that follow do, evenly."""
    late = (came - dts)[dts > dts[0] + 1]
    schedule = np.median(np.lib.stride_tricks.sliding_window_view(late, 2 * RATE + 1), axis=1)
    off = np.abs(late[RATE:-RATE] - schedule)
    print(f"{len(came)} pictures; off their schedule: median {np.median(off) * 1000:.1f} ms, "
          f"p99 {np.quantile(off, 0.99) * 1000:.1f} ms, most {off.max() * 1000:.1f} ms; "
          f"the schedule moved by {np.ptp(schedule) * 1000:.1f} ms")
    return off, np.ptp(schedule)


@pytest.mark.parametrize("seconds, strict", [
    (5, False), pytest.param(60, True, marks=[pytest.mark.soak, pytest.mark.timeout(180)])])
@pytest.mark.parametrize("pace", ["as they are due", "as fast as it goes"])
def test_pictures_arrive_when_they_are_due(push, pace, seconds, strict):
    """strict: what is promised of a machine that has the time for it."""
    one = push()
    count = seconds * RATE
    one.write(live(count) if pace == "as they are due" else range(count))
    came, dts = one.finish()
    off, moved = off_schedule(came, dts)
    assert max(one.ahead) <= FRAME_AHEAD
    assert np.median(off) < 1 / RATE and moved < 1
    assert (len(came) - 1) / (came[-1] - came[0]) == pytest.approx(RATE, rel=0.02 if strict else 0.2)
    if strict:
        assert np.quantile(off, 0.99) < 0.5 / RATE


@pytest.mark.parametrize("late", ["repeat", "skip"])
def test_a_burst_after_a_stall_is_none_at_the_server(push, late):
    one = push(late=late)
    one.write(live(2 * RATE))
    time.sleep(2)
    one.write(range(2 * RATE, 4 * RATE))  # what was to be written meanwhile, at once
    one.write(live(2 * RATE, 4 * RATE))
    came, dts = one.finish()
    assert np.diff(dts).min() > 0
    at_once = max(((came >= moment) & (came < moment + 0.4)).sum() for moment in came)
    print(f"{len(came)} pictures, at most {at_once} within 0.4 s")
    assert at_once <= RATE  # 10 without noise, and 50 had come at once
    assert max(one.ahead) <= FRAME_AHEAD
