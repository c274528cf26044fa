"""The roles that are stopped and killed, as processes: programs of the broker's users, and the broker's own workers."""

import mmap
import os
import select
import signal
import struct
import subprocess
import time

from fault import leaks
from support.broker import BUILD

PROGRAM = BUILD / "bin/fault_role"
WORDS = ("frames", "last_ns", "generation", "generation_ns", "missed", "torn", "disorder", "late_ns", "errors")


class Page:
    """What a role tells of itself: role_page.h."""

    def __init__(self, path):
        path.write_bytes(bytes(4096))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 4096)

    def __getattr__(self, word):
        return struct.unpack_from("Q", self._map, WORDS.index(word) * 8)[0]


class Target:
    """A process that faults befall, and what became of it."""
    spared = ()  # faults that do not befall it

    def __init__(self, name):
        self.name = name
        self.stopped_ns = 0  # the longest time since it began
        self.was_starved = False  # of descriptors
        self.killed, self.dead_pid = False, None  # in this round; which process it was, the last time

    def send(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """Returns when it is dead: the Unix time of that."""
        pidfd = os.pidfd_open(self.pid)
        try:
            self.send(signal.SIGKILL)
            if not select.select([pidfd], [], [], 10)[0]:
                raise AssertionError(f"{self.name} (pid {self.pid}) is not dead 10 s after SIGKILL")
            self.dead_pid = self.pid
            return time.time_ns()
        finally:
            os.close(pidfd)


class Role(Target):
    """A program of ours: started again as soon as it has died, always with a new page."""

    def __init__(self, folder, name, *arguments):
        super().__init__(name)
        self._folder, self._arguments = folder, arguments
        self.forgiven = 0  # missed frames that the keeper's death explains
        self._path = folder / f"{name}.page"
        self._process = None
        self.start()

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        what, socket, *rest = map(str, self._arguments)
        self.page, self.stopped_ns, self.was_starved, self.forgiven = Page(self._path), 0, False, 0
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen([PROGRAM, what, socket, self._path, *rest], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log)

    def after_death(self):
        self._process.wait()
        self.start()

    def log(self):
        return (self._folder / f"{self.name}.log").read_text(errors="replace")[-2000:]

    def has_ended(self):
        return self._process.poll() is not None

    def stop(self):
        self._process.kill()
        self._process.wait()


class Worker(Target):
    """A process of the broker's: it starts it again."""

    def __init__(self, client, kind, name):
        super().__init__(f"{kind} {name}")
        self._client, self.kind, self.source = client, kind, name
        self.pid = self.find()["pid"]

    def find(self):
        return next(one for one in self._client.status()[self.kind + "s"] if one["name"] == self.source)

    def after_death(self):
        pass

    def is_back(self):
        """Whether one works that is not the one of before a death; it is the target from then on."""
        now = self.find()
        if now["state"] != "live" or not now["pid"] or not os.path.exists(f"/proc/{now['pid']}"):
            return False
        self.pid = now["pid"]
        return True


class Core(Target):
    """framebroker-core: another one takes over what it had."""

    def __init__(self, client):
        super().__init__("core")
        self._client = client
        self.pid = client.status()["pid"]

    def is_back(self):
        self.pid = self._client.status()["pid"]
        return self.pid != self.dead_pid

    def after_death(self):
        """Returns when the next one answers: the Unix time of that."""
        until = time.monotonic() + 20
        while not self.is_back():
            assert time.monotonic() < until, "20 s after the core's death there is no other"
        return time.time_ns()


class Keeper(Target):
    """framebrokerd: with it all the broker's processes end. start_broker() starts the next one, and returns its pid."""
    spared = ("starve_of_descriptors",)  # it keeps everybody's, and says that nothing can be taken over without them

    def __init__(self, pid, start_broker):
        super().__init__("keeper")
        self.pid, self._start_broker = pid, start_broker

    def after_death(self):
        """Returns when all had ended, and when the next one was started: Unix times."""
        until = time.monotonic() + 20
        while left := leaks.session(self.dead_pid):
            assert time.monotonic() < until, f"20 s after the keeper's death there are processes of it: {left}"
        ended_utc_ns = time.time_ns()
        self.pid = self._start_broker()
        return ended_utc_ns, time.time_ns()
