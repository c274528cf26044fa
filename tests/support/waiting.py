"""Waiting for what another process does."""

import time


def wait_for(condition, problem, seconds=15):
    """Waits until `condition()` is true and returns its value; else fails with `problem()`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(problem())
