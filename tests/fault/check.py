"""What must hold after each fault: everybody goes on, nothing is left behind, nobody was told a lie."""

import os
import time

from fault import leaks
from fault.scene import LOSSLESS_NS

PATIENCE = 20  # seconds until everything is as before; a broken promise lasts for ever, a busy machine does not
LATE_NS = 3_000_000_000  # what a call may take beyond its time-out on a busy machine


class Check:
    """Measures the scene while all is well, empty and with all its roles, and compares."""

    def __init__(self, scene):
        self.scene = scene
        self._empty = self._settled()
        scene.enter()
        self._before = self._settled()
        self._bystander = self._look_at_bystander()

    def _settled(self):
        """What is so when nothing changes any more."""
        self._before = {}
        self.settle(measure_only=True)
        return self._before

    def farewell(self):
        """When all have died, the broker has what it had before they came."""
        self.scene.leave()
        self._before = self._empty
        self.settle()

    def _look_at_bystander(self):
        return self.scene.watcher("bystander").page.generation, self.scene.bystander.find()["pid"]

    def _measure(self):
        """What is to be the same after every fault."""
        scene, status = self.scene, self.scene.client.status()
        found = {"shared memory (bytes)": status["memory"]["used_bytes"], "names in /dev/shm": sorted(leaks.shm_names()),
                 "clients": len(status["clients"])}
        if not scene.roles:  # else it changes all the time
            found["held slots"] = sum(stream["held_slots"] for stream in status["streams"] if stream["name"] != "film")
        for name, pid in [("framebrokerd", scene.broker.pid), ("framebroker-core", scene.core.pid),
                          *((worker.name, worker.pid) for worker in scene.workers)]:
            found[f"descriptors of {name}"] = leaks.descriptors(pid)
            found[f"shared mappings of {name}"] = leaks.shared_maps(pid)
        for role in [*scene.watchers, *scene.roles]:
            found[f"descriptors of {role.name}"] = leaks.descriptors(role.pid)
            found[f"shared mappings of {role.name}"] = leaks.shared_maps(role.pid)
        return found

    def _strangers(self):
        """Processes and clients that should not be there."""
        scene, status = self.scene, self.scene.client.status()
        expected = {scene.core.pid, *(worker.pid for worker in [*scene.workers, scene.bystander])}
        running = leaks.children(scene.broker.pid)
        found = [f"process {pid} ({state}) of framebrokerd" for pid, state in running.items()
                 if pid not in expected or state == "Z"]
        known = {os.getpid(), *expected, *(role.pid for role in [*scene.watchers, *scene.roles])}
        found += [f"client {client['pid']}" for client in status["clients"] if client["pid"] not in known]
        found += [f"reader {reader['pid']} of {stream['name']}" for stream in status["streams"]
                  for reader in stream["readers"] if reader["pid"] not in known]
        return found

    def _standing(self, since_ns):
        """Who does not go on."""
        scene = self.scene
        ended = [role.name for role in [*scene.watchers, *scene.roles] if role.has_ended()]
        assert not ended, f"ended by themselves: {ended}"
        standing = [role.name for role in [*scene.watchers, *scene.roles] if role.page.last_ns < since_ns]
        return standing + [worker.name for worker in scene.workers if not worker.is_back()]

    def _differences(self, since_ns, measure_only):
        if standing := self._standing(since_ns):
            return [f"gets no frames: {name}" for name in standing]
        if strangers := self._strangers():
            return [f"left behind: {one}" for one in strangers]
        now = self._measure()
        if measure_only:
            differences, self._before = now != self._before, now
            return ["it has not settled"] * differences
        return [f"{what}: {self._before[what]} before, now {value}" for what, value in now.items()
                if value != self._before[what]]

    def settle(self, measure_only=False):
        """Waits until all is as it was."""
        began_ns, differences = time.monotonic_ns(), ["?"]
        while differences:
            try:
                differences = self._differences(began_ns, measure_only)
            except (FileNotFoundError, ProcessLookupError):
                differences = ["a process comes and goes"]
            assert not differences or time.monotonic_ns() - began_ns < PATIENCE * 1e9, \
                f"{PATIENCE} s after it: " + "; ".join(differences) + self._words(differences)
            if differences:
                time.sleep(0.3 if measure_only else 0.005)

    def _words(self, differences):
        roles = [*self.scene.watchers, *self.scene.roles]
        return "".join(f"\n--- {role.name}:\n{role.log()}" for role in roles if any(role.name in one for one in differences))

    def settle_anew(self):
        """The same after the keeper's death: it is another broker, and what was missed meanwhile is no fault of anybody's."""
        until = time.monotonic() + PATIENCE
        while not (self.scene.core.is_back() and self.scene.bystander.is_back()):
            assert time.monotonic() < until, f"{PATIENCE} s after the keeper's death the bystander's source is not back"
            time.sleep(0.005)
        self.settle()
        self._bystander = self._look_at_bystander()
        for role in [*self.scene.watchers, *self.scene.roles]:
            role.forgiven = role.page.missed

    def truth(self, role, missed_counts=True):
        """What a role saw must be true, as long as it lived."""
        page = role.page
        assert page.torn == 0, f"{role.name} saw a torn frame\n{role.log()}"
        assert page.disorder == 0, f"{role.name} was told something untrue\n{role.log()}"
        assert page.late_ns < LATE_NS, f"a call of {role.name} took {page.late_ns / 1e9:.2f} s longer than its time-out"
        assert page.errors == 0 or role.was_starved, f"calls of {role.name} failed\n{role.log()}"
        if missed_counts and "lossless" in role.name and role.stopped_ns < LOSSLESS_NS:
            assert page.missed == role.forgiven, f"{role.name} missed {page.missed} frames"

    def all_truths(self):
        scene = self.scene
        for role in [*scene.watchers, *scene.roles]:
            self.truth(role)
        for name in "bystander", "watch-film", "watch-made":
            watcher = scene.watcher(name)
            missed = watcher.page.missed - watcher.forgiven
            assert missed == 0, f"{name}, which nothing befell, missed {missed} frames"
        assert self._look_at_bystander() == self._bystander, "the bystander's stream began anew"
