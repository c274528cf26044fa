"""A broker that is used for long while somebody comes or goes all the time: python -m fault.churn [--minutes N]

Eight streams with eight readers each, a process for each reader. Every second a reader is killed and another comes, a source is started
again, one is added and one removed, a sink is added and one removed, a program opens a reader and closes it. Once a minute it rests
until everybody works; what the processes have then is printed, and must not grow. See docs/reliability.md.
"""

import argparse
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from fault import leaks
from fault.roles import PROGRAM, Role
from support.broker import Broker

STREAMS, READERS = 8, 8
MODES = ["latest", "ordered", "lossless", "latest"]
STEADY = "cam-0", "cam-1"  # sources that are never started again
SOURCE = {"format": "rawvideo", "format_options": {"video_size": "64x48", "pixel_format": "gray", "framerate": 25},
          "stream_loop": -1, "reconnect_delay": "20ms"}
REST = 60  # seconds from one rest to the next
WARM_UP = 0.2  # of all samples are not judged
WORKERS = STREAMS + 1 + 4  # with those that came and have yet to go


class Churn:
    """The broker, its readers, and what changes. Use it in a `with`."""

    def __init__(self, folder, seed):
        self._random = random.Random(seed)
        self._folder, self.steps = folder, 0
        subprocess.run([PROGRAM, "film", folder / "film.gray", "250"], check=True)
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.bind(("127.0.0.1", 0))
        self._source = {**SOURCE, "url": str(folder / "film.gray")}
        self.broker = Broker(folder, {"sources": {f"cam-{i}": self._source for i in range(STREAMS)},
                                      "sinks": {"steady": self._sink("cam-0")}})
        self.client = self.broker.connect()
        self.readers = [Role(folder, f"reader-{i}-{j}", "read", self.broker.socket, f"cam-{i}", MODES[j % len(MODES)], 1)
                        for i in range(STREAMS) for j in range(READERS)]

    def _sink(self, stream):
        return {"url": f"udp://127.0.0.1:{self._receiver.getsockname()[1]}", "format": "mpegts",
                "video": {"stream": stream, "codec": "mpeg4", "frame_rate": 25}}

    def step(self):
        """What happens each second."""
        self.steps += 1
        reader = self._random.choice(self.readers)
        self.truth(reader)
        reader.kill()
        reader.after_death()
        self.client.restart("source", f"cam-{self._random.randrange(len(STEADY), STREAMS)}")
        for kind, keys in (("source", self._source), ("sink", self._sink("cam-1"))):
            self.client.add(kind, f"{kind}-{self.steps}", **keys)
            if self.steps > 1:
                self.client.remove(kind, f"{kind}-{self.steps - 1}")
        with self.client.reader("cam-0", timeout=20) as visitor:
            visitor.read()

    def truth(self, reader):
        page = reader.page
        assert page.torn == 0 and page.disorder == 0, f"{reader.name}\n{reader.log()}"
        assert not reader.has_ended(), f"{reader.name} has ended\n{reader.log()}"

    def is_overtaxed(self):
        """Whether this machine starts and ends processes more slowly than we ask for it."""
        return len(leaks.children(self.broker.pid)) > 2 * WORKERS

    def _restless(self, since_ns):
        """What does not work yet, or has not gone yet."""
        status = self.client.status()
        workers = status["sources"] + status["sinks"]
        children = len(leaks.children(self.broker.pid)) - 1
        return ([reader.name for reader in self.readers if reader.page.last_ns < since_ns] +
                [one["name"] for one in workers if one["state"] != "live"] +
                [f"{children} workers run, not {len(workers)}"] * (children != len(workers)) +
                [f"client {one['pid']}" for one in status["clients"] if not os.path.exists(f"/proc/{one['pid']}")])

    def rest(self):
        """Waits until everybody works and whoever left has gone."""
        since_ns, until = time.monotonic_ns(), time.monotonic() + 60
        while restless := self._restless(since_ns):
            assert time.monotonic() < until, f"a minute later: {restless}\n{self.broker.tail()}"
            time.sleep(0.2)

    def measure(self):
        """name: number, of what must not grow."""
        status = self.client.status()
        pids = {"keeper": self.broker.pid, "core": status["pid"], "self": os.getpid()}
        for one in status["sources"] + status["sinks"]:
            if one["name"] in (STEADY[0], "steady"):
                pids["source" if one["name"] == STEADY[0] else "sink"] = one["pid"]
        found = {}
        for name, pid in pids.items():
            found[f"{name} KiB"] = leaks.resident_kib(pid)
            found[f"{name} own KiB"] = leaks.resident_kib(pid, "RssAnon")
            found[f"{name} fds"] = leaks.descriptors(pid)
            found[f"{name} threads"] = leaks.threads(pid)
        found["shm KiB"] = leaks.shared_kib(self.broker.pid)
        found["memory KiB"] = status["memory"]["used_bytes"] // 1024
        found["clients"] = len(status["clients"])
        found["children"] = len(leaks.children(self.broker.pid))
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for reader in self.readers:
            reader.stop()
        self.client.close()
        self.broker.stop()
        self._receiver.close()


def growth(numbers):
    """The median slope between all pairs (Theil and Sen), over the whole length: single peaks do not count."""
    count = len(numbers)
    slopes = [(numbers[j] - numbers[i]) / (j - i) for i in range(count) for j in range(i + 1, count)]
    return statistics.median(slopes) * (count - 1) if slopes else 0


def growth_of(name, numbers):
    """A leak grows in both halves; memory that once took more than ever before, and keeps it, does in one."""
    half = len(numbers) // 2
    return 2 * min(growth(numbers[:half]), growth(numbers[half:])) if "KiB" in name else growth(numbers)


def allowed(name, numbers):
    """What is no leak: that memory wavers while things come and go."""
    return max(400, 0.05 * statistics.median(numbers)) if "KiB" in name else 1


def judge(samples):
    """What grew, as sentences."""
    judged = samples[int(len(samples) * WARM_UP):]
    grown = []
    for name in judged[0]:
        numbers = [sample[name] for sample in judged]
        if (by := growth_of(name, numbers)) > allowed(name, numbers):
            grown.append(f"{name} grew by {by:.0f}, from {numbers[0]} to {numbers[-1]}")
    return grown


def table_line(minutes, steps, sample):
    return f"{minutes:5.1f} min  {steps} steps  " + "  ".join(f"{name} {number}" for name, number in sample.items())


def run(folder, minutes, seed=1, tell=print):
    """Returns what grew."""
    samples = []
    with Churn(folder, seed) as churn:
        churn.rest()
        began = last_rest = time.monotonic()
        while time.monotonic() - began < minutes * 60:
            step_began = time.monotonic()
            if not churn.is_overtaxed():
                churn.step()
            if time.monotonic() - last_rest >= REST:
                churn.rest()
                samples.append(churn.measure())
                last_rest = time.monotonic()
                tell(table_line((last_rest - began) / 60, churn.steps, samples[-1]))
            time.sleep(max(0, step_began + 1 - time.monotonic()))
        churn.rest()
        for reader in churn.readers:
            churn.truth(reader)
    return judge(samples) if samples else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="churn-") as folder:
        grown = run(pathlib.Path(folder), options.minutes, options.seed, lambda line: print(line, flush=True))
    print("\n".join(grown) or "nothing grew")
    sys.exit(bool(grown))


if __name__ == "__main__":
    main()
