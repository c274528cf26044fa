"""The whole way and back: a source, a pool of slow detectors of which one is killed now and then, and a recording of
what they drew with the source's sound."""

import itertools
import pathlib
import sys
import time

import numpy as np
import pytest

from support import detector, flash_beep, recording
from support.process import Process
from support.waiting import wait_for

pytestmark = pytest.mark.alone

TESTS = pathlib.Path(__file__).parents[1]
FRAME_AHEAD = 20
MIB = 1 << 20


def configuration(film):
    source = {"format": "lavfi", "url": flash_beep.SOURCE.replace("rate=25", f"rate={detector.RATE}"),
              "outputs": {"gate": {"pixel_format": "bgr24", "depth": 64}, "gate/audio": {"media": "audio"}}}
    sink = {"url": str(film), "video": {"stream": "gate/marked", "frame_ahead": FRAME_AHEAD,
                                        "codec_options": {"preset": "veryfast", "sc_threshold": 0}},
            "audio": {"stream": "gate/audio"}}
    return {"sources": {"gate": source}, "sinks": {"out": sink},
            "streams": {"gate/marked": {"like": "gate", "max_writers": 4}}}


class Pool:
    """Four detectors, each of which thinks for 100 to 500 ms."""

    def __init__(self, socket, tmp):
        self.socket, self.tmp = socket, tmp
        self.members = [self.member() for _ in range(4)]
        self.turn = itertools.cycle(range(4))

    def member(self):
        return Process([sys.executable, TESTS / "support/detector.py", self.socket, 0.1, 0.5], self.tmp, name="detector")

    def kill_one(self):
        number = next(self.turn)
        self.members[number].kill()
        self.members[number] = self.member()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for member in self.members:
            member.stop()


def resident(pid):
    return next(int(line.split()[1]) * 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))


def memory(status):
    """What each process of the broker takes, and all streams."""
    taken = {kind: resident(status[kind][0]["pid"]) for kind in ("sources", "sinks")}
    return {**taken, "core": resident(status["pid"]), "streams": sum(one["memory_bytes"] for one in status["streams"])}


def record(client, pool, seconds, kill_every):
    """Records for so long; what the memory was in each second, and the sink's statistics at the end."""
    def sink():
        return client.status()["sinks"][0]
    wait_for(lambda: sink()["state"] == "live" and sink()["statistics"]["frames"] > 0, sink, 30)
    begin, kills, samples = time.monotonic(), 0, []
    while (passed := time.monotonic() - begin) < seconds:
        status = client.status()
        assert status["sinks"][0]["statistics"]["frames_ahead"] <= FRAME_AHEAD
        samples.append(memory(status))
        if passed > kill_every * (kills + 0.5):
            pool.kill_one()
            kills += 1
        time.sleep(1)
    client.remove("sink", "out")
    wait_for(lambda: not client.status()["sinks"], client.status)
    return samples, status["sinks"][0]["statistics"]


def check_pictures(numbers, times, statistics):
    """Each picture once, in order, at its time; what is missing, doubled or late was counted."""
    assert len(numbers) == len(times)
    numbers = numbers[:-2 * detector.RATE]  # the statistics are a second old
    steps = np.diff(numbers)
    assert min(steps) >= 0, "out of order"
    doubled, missing = int((steps == 0).sum()), int((steps - 1)[steps > 1].sum())
    print(f"{len(numbers)} pictures, {doubled} doubled, {missing} missing; {statistics}")
    assert doubled <= statistics["repeated"] and missing <= statistics["late"]
    first = np.flatnonzero(np.diff(numbers, prepend=-1))  # of each number
    shown = np.take(times, first) - np.take(numbers, first) / detector.RATE
    delayed = shown - np.median(shown)
    assert delayed.min() > -0.002, "a picture is before its time"
    assert (delayed > 0.002).sum() <= statistics["late"], "a picture is after its time"


def check_offsets(film, numbers, times, statistics):
    """All beeps come with their flashes, but where the flash came too late and the picture before it was repeated."""
    flashes, offsets = np.array(flash_beep.flashes(film)), np.array(flash_beep.offsets(film))
    assert len(flashes) >= times[-1] - 2 - statistics["late"]
    at = np.searchsorted(times, flashes - 0.01)
    whole = (np.take(numbers, at) == np.take(numbers, at - 1) + 1) & (np.diff(numbers, prepend=-1)[at - 1] == 1)
    print(f"{len(flashes)} flashes, {(~whole).sum()} of them late; the beeps of the others come "
          f"{offsets[whole].min() * 1000:.1f} to {offsets[whole].max() * 1000:.1f} ms after them")
    assert (~whole).sum() <= statistics["late"]
    assert np.abs(offsets[whole]).max() < 0.02, offsets


def check_memory(samples):
    """No more at the end than after the first third."""
    for what, then in samples[len(samples) // 3].items():
        now = samples[-1][what]
        print(f"{what}: {then / MIB:.1f} MiB, at the end {now / MIB:.1f} MiB")
        assert now - then < 4 * MIB, what


@pytest.mark.parametrize("seconds, kill_every", [
    pytest.param(24, 8, marks=pytest.mark.timeout(150)),
    pytest.param(600, 60, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_sound_stays_with_the_picture(broker, start, tmp_path, seconds, kill_every):
    film = tmp_path / "film.mp4"
    running = broker(configuration(film))
    client = start(running.connect())
    pool = start(Pool(running.socket, tmp_path))
    samples, statistics = record(client, pool, seconds, kill_every)
    numbers, times = detector.read_numbers(film), recording.times(film)
    check_pictures(numbers, times, statistics)
    check_offsets(film, numbers, times, statistics)
    check_memory(samples)
