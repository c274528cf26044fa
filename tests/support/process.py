"""Child processes: each in its own session, its output in a log file, stopped by its own pid.

Start them from the main thread: they end with the thread that started them, so that nothing is left over even when
the test run itself is killed.
"""

import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

from support.ports import is_listening

started = []  # every process of this test run that has not been forgotten, for the reports of failed tests


class Process:
    """One running program. Use it in a `with`, or call stop()."""

    def __init__(self, args, tmp, name=None, env=None, cwd=None):
        program = str(args[0])
        if not shutil.which(program):
            raise FileNotFoundError(f"{program} is not installed; run tools/install-packages test")
        self.name = name or pathlib.Path(program).name
        self.log = _unused(pathlib.Path(tmp), self.name)
        self._written = self.log.open("a+b")  # kept: it can be read also when its folder is gone
        self._popen = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=self._written, stderr=subprocess.STDOUT,
            env={**os.environ, **env} if env else None, cwd=cwd, start_new_session=True)
        self.pid = self._popen.pid
        self._pidfd = os.pidfd_open(self.pid)
        started.append(self)

    def has_ended(self, timeout=0):
        """Waits up to `timeout` seconds. Does not reap, so the pid stays ours until stop()."""
        if self._pidfd is None:
            return True
        poll = select.poll()  # select() takes no descriptor above 1023
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(timeout * 1000))

    def send_signal(self, number):
        if self._pidfd is not None:
            signal.pidfd_send_signal(self._pidfd, number)

    def wait(self, timeout=10):
        """The exit status, negative for a signal, of a process that ends by itself."""
        if not self.has_ended(timeout):
            raise TimeoutError(f"{self.name} still runs after {timeout} s\n{self.tail()}")
        self.stop()
        return self._popen.returncode

    def stop(self, timeout=5):
        """TERM; after `timeout` seconds, KILL; what is left of its process group is killed in any case."""
        if self._pidfd is None:
            return
        self.send_signal(signal.SIGTERM)
        self.has_ended(timeout)
        os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        os.close(self._pidfd)
        self._pidfd = None

    def kill(self):
        self.send_signal(signal.SIGKILL)
        self.stop()

    def output(self):
        return pathlib.Path(f"/proc/self/fd/{self._written.fileno()}").read_text(errors="replace")

    def tail(self, lines=30):
        return f"--- last lines of {self.log}:\n" + "\n".join(self.output().splitlines()[-lines:])

    def wait_line(self, text, timeout=10):
        """Waits until `text` stands in a line of its output; returns the line."""
        def line():
            return next((line for line in self.output().splitlines() if text in line), None)
        return self.wait_until(line, f"no line with {text!r}", timeout)

    def wait_port(self, port, protocol="tcp", timeout=10):
        """Waits until something listens on a TCP port, or is bound to a UDP port."""
        self.wait_until(lambda: is_listening(port, protocol), f"nothing listens on {protocol} port {port}", timeout)

    def wait_until(self, condition, problem, timeout=10):
        """Waits until `condition()` is true and returns its value.

        An error when the process ends before or time runs out: it says `problem`, shows the log and stops the process.
        """
        deadline = time.monotonic() + timeout
        while True:
            ended = self.has_ended()  # before the condition: its last words count
            if result := condition():
                return result
            if ended or time.monotonic() > deadline:
                state = "it has ended" if ended else f"after {timeout} s"
                self.stop()
                raise RuntimeError(f"{self.name}: {problem}, {state}\n{self.tail()}")
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def stop_all():
    """Stops whatever still runs, newest first."""
    for child in reversed(started):
        child.stop()


def forget_stopped():
    started[:] = [child for child in started if child._pidfd is not None]


def heed_interrupts():
    """For preexec_fn: a test run in the background of a shell ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(args, timeout=30, **options):
    """Runs a program to its end and returns its output as text; an error shows what it said."""
    result = subprocess.run([str(arg) for arg in args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            errors="replace", timeout=timeout, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{args[0]} failed with {result.returncode}: {' '.join(map(str, args))}\n"
                           f"{result.stderr[-3000:]}")
    return result.stdout


def _unused(folder, name):
    log = folder / f"{name}.log"
    number = 2
    while log.exists():
        log = folder / f"{name}-{number}.log"
        number += 1
    return log
