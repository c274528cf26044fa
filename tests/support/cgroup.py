"""A control group with a memory limit, where this machine lets us make one (as root): memory_cgroup(bytes)."""

import contextlib
import os
import pathlib
import time

import pytest

ROOT = pathlib.Path("/sys/fs/cgroup")


def _make(limit):
    if (ROOT / "memory").is_dir():  # version 1
        folder, file = ROOT / f"memory/framebroker-test-{os.getpid()}", "memory.limit_in_bytes"
    else:
        folder, file = ROOT / f"framebroker-test-{os.getpid()}", "memory.max"
    folder.mkdir()
    try:
        (folder / file).write_text(str(limit))
    except OSError:
        folder.rmdir()
        raise
    return folder


@contextlib.contextmanager
def memory_cgroup(limit):
    """The command that runs another one in it, as the `prefix` of a Broker. Skips the test where that is not allowed."""
    try:
        folder = _make(limit)
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    try:
        yield ["sh", "-c", f'echo $$ >{folder}/cgroup.procs && exec "$@"', "sh"]
    finally:
        until = time.monotonic() + 10
        while True:  # until the last process has gone
            try:
                folder.rmdir()
                break
            except OSError:
                assert time.monotonic() < until, f"{folder} is still in use"
                time.sleep(0.05)
