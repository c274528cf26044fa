"""Faults at random: python -m fault.inject [--seed N] [--injections N] [--memory MODE] [--folder PATH]

The seed fixes who is hit by what, and when; what the machine does meanwhile differs from run to run. See docs/reliability.md.
"""

import argparse
import collections
import heapq
import pathlib
import random
import tempfile
import threading
import time

from fault import faults
from fault.check import Check
from fault.report import Report
from fault.scene import Scene

AT_ONCE = [1, 1, 1, 1, 2, 3, 4]  # how many are hit together
WATCHED = {"source film": "watch-film", "source pattern": "watch-pattern", "producer": "watch-made"}


class Ears:
    """The broker's events, as they come."""

    def __init__(self, client):
        self._events = collections.deque(maxlen=10_000)
        source = client.events()
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source):
        try:
            self._events.extend(source)
        except OSError:  # the broker has ended
            pass

    def find(self, event, since_ns, fits):
        """The time of the first such event, or None."""
        return next((one.utc_ns for one in list(self._events)
                     if one.event == event and one.utc_ns >= since_ns and fits(one)), None)


class Injector:
    def __init__(self, scene, seed, report):
        self._scene, self._random, self._report = scene, random.Random(seed), report
        self._ears = Ears(scene.client)
        self._check = Check(scene)

    def round(self, most):
        """Hits at most so many targets at once, then checks everything. Returns how many."""
        hits = [(target, faults.choose(self._random, target)) for target in
                self._random.sample(self._scene.targets, min(most, self._random.choice(AT_ONCE)))]
        for target in self._scene.targets:
            target.killed = False
        self._report.begin([(target.name, kind) for target, kind in hits])
        time.sleep(self._random.uniform(0, 0.03))
        self._strike(hits)
        killed = [target for target, _ in hits if target.killed]
        if self._scene.keeper in killed:
            self._bury_all(killed)
        else:
            for target in killed:
                self._bury(target)
            self._check.settle()
            for target in killed:
                self._measure(target)
        self._check.all_truths()
        self._report.late(max(role.page.late_ns for role in [*self._scene.watchers, *self._scene.roles]))
        return len(hits)

    def finish(self):
        self._report.begin([])
        self._check.farewell()

    def _strike(self, hits):
        """Runs the faults side by side."""
        now = time.monotonic()
        due = [(now + self._random.uniform(0, 0.02), number, faults.KINDS[kind](target, self._random))
               for number, (target, kind) in enumerate(hits)]
        heapq.heapify(due)
        while due:
            at, number, fault = heapq.heappop(due)
            time.sleep(max(0, at - time.monotonic()))
            try:
                seconds = next(fault, None)
            except ProcessLookupError:
                assert self._scene.keeper.killed, f"{hits[number][0].name} has ended"  # with which it died
                seconds = None
            if seconds is not None:
                heapq.heappush(due, (time.monotonic() + seconds, number, fault))

    def _bury(self, target):
        if target in self._scene.roles:
            self._check.truth(target)
        back_utc_ns = target.after_death()
        if target is self._scene.core:
            self._report.recovery("core: taken over", back_utc_ns - target.died_utc_ns)

    def _bury_all(self, killed):
        """With the keeper all of its processes die; another one begins, and everybody finds it."""
        scene = self._scene
        for target in killed:
            if target in scene.roles:
                self._check.truth(target, missed_counts=False)
                target.after_death()
        ended_ns, started_ns = scene.keeper.after_death()
        self._check.settle_anew()
        flow_ns = self._began_ns("watch-film")
        self._report.recovery("keeper: all that it had started has ended", ended_ns - scene.keeper.died_utc_ns)
        self._report.recovery("keeper: frames flow again since the next one's start", flow_ns - started_ns)

    def _began_ns(self, watcher):
        """Since when it has frames of the generation of now: Unix time, as events have it; steps of that clock are not
        expected."""
        return self._scene.watcher(watcher).page.generation_ns + time.time_ns() - time.monotonic_ns()

    def _measure(self, target):
        """How long it took until all was well again."""
        died_ns, pid = target.died_utc_ns, target.dead_pid
        if target.name in WATCHED:
            self._report.recovery(f"{target.name}: frames flow again", self._began_ns(WATCHED[target.name]) - died_ns)
        elif target in self._scene.workers:
            live_ns = self._ears.find("live", died_ns, lambda event: (event.kind, event.name) == ("sink", "out"))
            if live_ns:
                self._report.recovery(f"{target.name}: live again", live_ns - died_ns)
        if target in self._scene.roles:
            gone_ns = self._ears.find("client-gone", died_ns - 1_000_000_000, lambda event: event.detail["pid"] == pid)
            if gone_ns:
                self._report.recovery("a client's slots and places are free", max(0, gone_ns - died_ns))


def run(folder, seed, injections, memory="auto"):
    """Raises AssertionError with what broke, and how to see it again. Returns the report."""
    report = Report(seed, memory)
    with Scene(folder, memory) as scene:
        try:
            injector = Injector(scene, seed, report)
            while report.count < injections:
                injector.round(injections - report.count)
            injector.finish()
        except AssertionError as error:
            raise AssertionError(f"{report.where()}: {error}\n{scene.broker.tail()}") from None
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--injections", type=int, default=100)
    parser.add_argument("--memory", default="auto")
    parser.add_argument("--folder", type=pathlib.Path)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        print(run(options.folder or pathlib.Path(folder), options.seed, options.injections, options.memory).text())


if __name__ == "__main__":
    main()
