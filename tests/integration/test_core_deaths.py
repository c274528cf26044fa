"""The core dies again and again, old and young, and nobody notices."""

import os
import threading
import time

import pytest

from fault.report import quantiles
from support.producer import SMALL, picture
from support.takeover import children, kill_core, lasting
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi", "reconnect_delay": "100ms"}
SETTLED = 1.1  # s; the keeper counts a core that lives for a second as one that has taken over


class Observer:
    """A thread that does something until it is stopped, and keeps what went wrong. Use it in a `with`."""

    def __init__(self, act):
        self._act, self._over, self.failure = act, threading.Event(), None
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            while not self._over.is_set():
                self._act()
        except Exception as error:
            self.failure = error

    def __enter__(self):
        self._thread.start()
        return self

    def stop(self, *_):
        self._over.set()
        self._thread.join(30)

    __exit__ = stop


def workers_of(keeper):
    """Processes that decode or encode. One that is about to run its program is still called framebrokerd."""
    found = set()
    for pid in children(keeper):
        try:
            if os.readlink(f"/proc/{pid}/exe").endswith(("framebroker-source", "framebroker-sink")):
                found.add(pid)
        except FileNotFoundError:
            pass
    return found


def frames(status):
    """What the statistics have counted."""
    workers = status["sources"] + status["sinks"]
    return {one["name"]: one["statistics"]["frames"] if one["state"] == "live" else 0 for one in workers}


def run(tmp_path, broker, start, memory, deaths):
    running = broker({"broker": {"memory": memory}, "sources": {"cam": CAMERA}, "streams": {"made": SMALL},
                      "sinks": {"out": {"url": str(tmp_path / "out.ts"), "video": {"stream": "made"}}}})
    client = start(running.connect())
    writer = start(start(running.connect()).writer("made", timeout=20))
    readers = {name: start(start(running.connect()).reader(name, mode="lossless", timeout=20)) for name in ("cam", "made")}
    seqs, seen = {name: [] for name in readers}, set()

    def write():
        with writer.slot() as slot:
            slot.array[:] = picture(writer.info)
        time.sleep(0.02)

    def look():
        seen.update(workers_of(running.pid))
        time.sleep(0.01)
    acts = [write, *(lambda name=name: seqs[name].append(readers[name].read().seq) for name in readers), look]
    observers = [start(Observer(act)) for act in acts]
    wait_for(lambda: all(frames(client.status()).values()), client.status)
    before, workers, times = client.status(), workers_of(running.pid), []
    counted = frames(before)
    assert len(workers) == 2
    for number in range(deaths):
        time.sleep(SETTLED if number % 2 else 0.01 * number)  # at different moments of the young ones' lives
        times.append(kill_core(client))
        after = client.status()
        assert lasting(after) == lasting(before)
        assert all(frames(after)[name] >= counted[name] for name in counted)
        counted = frames(after)
    told = {name: len(seqs[name]) for name in seqs}
    wait_for(lambda: all(frames(client.status())[name] > counted[name] for name in counted), client.status)
    wait_for(lambda: all(len(seqs[name]) > told[name] + 20 for name in seqs), lambda: told)
    for one in reversed(observers):  # who writes is the last to go
        one.stop()
    assert [one.failure for one in observers] == [None] * len(observers)
    assert seen == workers  # no second decoder, not for a moment
    for name, reader in readers.items():
        numbers = seqs[name]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) and reader.missed == 0
    print(f"{deaths} deaths in {memory}: the next core answers, {quantiles([one * 1e9 for one in times])}")


@pytest.mark.parametrize("memory", ["posix", "sealed"])
def test_four_times(tmp_path, broker, start, memory):
    run(tmp_path, broker, start, memory, deaths=4)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("memory", ["posix", "sealed"])
def test_twenty_times(tmp_path, broker, start, memory):
    run(tmp_path, broker, start, memory, deaths=20)
