"""What befalls a target: each is a generator that does something, and yields how long (s) until it does the next."""

import contextlib
import resource
import signal
import time


def kill(target, _random):
    """Dies at once."""
    yield from ()
    target.died_utc_ns = target.kill()
    target.killed = True


def _stop(target, seconds):
    began = time.monotonic_ns()
    target.send(signal.SIGSTOP)
    yield seconds
    target.stopped_ns = max(target.stopped_ns, time.monotonic_ns() - began)


def pause(target, random):
    """Stops for a while, and goes on."""
    yield from _stop(target, random.choice([0.001, 0.02, 0.1, 0.3]) * random.uniform(0.5, 1.5))
    target.send(signal.SIGCONT)


def pause_long(target, random):
    """Longer than lossless_timeout, and than reorder_timeout."""
    yield from _stop(target, random.uniform(2.2, 2.6))
    target.send(signal.SIGCONT)


def pause_and_die(target, random):
    """Is killed while it is stopped."""
    yield from _stop(target, random.uniform(0.001, 0.3))
    yield from kill(target, random)


def starve(target, random):
    """Gets next to nothing of a processor: it runs a moment, stops, runs a moment …"""
    for _ in range(random.randrange(5, 20)):
        yield from _stop(target, random.uniform(0.005, 0.03))
        target.send(signal.SIGCONT)
        yield random.uniform(0.0002, 0.002)


def starve_of_descriptors(target, random):
    """May open nothing for a while."""
    target.was_starved = True
    limits = resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(target.pid, resource.RLIMIT_NOFILE, (random.randrange(3, 40), limits[1]))
    yield random.uniform(0.05, 0.3)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(target.pid, resource.RLIMIT_NOFILE, limits)


KINDS = {one.__name__: one for one in (kill, pause, pause_long, pause_and_die, starve, starve_of_descriptors)}
WEIGHTS = {"kill": 40, "pause": 25, "pause_long": 2, "pause_and_die": 15, "starve": 10, "starve_of_descriptors": 8}


def choose(random, target):
    weights = {kind: weight for kind, weight in WEIGHTS.items() if kind not in target.spared}
    return random.choices(list(weights), list(weights.values()))[0]
