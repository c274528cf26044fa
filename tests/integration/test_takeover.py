"""The core dies, and nobody notices: a new one goes on with its clients, workers and rings."""

import os
import signal
import time

import pytest

from support.frames import count_until
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi", "reconnect_delay": "100ms"}


def kill_core(client):
    """Kills the core, and waits until another one answers on the same connection; how long that took, in seconds."""
    pid = client.status()["pid"]
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(lambda: client.status()["pid"] != pid, lambda: "no new core")
    return time.monotonic() - began


@pytest.mark.parametrize("memory", ["posix", "memfd", "sealed"])
def test_nobody_notices(broker, start, memory):
    client = start(broker({"broker": {"memory": memory, "log_level": "debug"}, "sources": {"cam": CAMERA}}).connect())
    lossless = client.reader("cam", mode="lossless", timeout=10)
    first = lossless.read().seq
    before = client.status()
    took = kill_core(client)
    assert count_until(lossless, 150) == list(range(first + 1, first + 151))
    assert lossless.missed == 0
    after = client.status()
    print(took)
    assert after["sources"][0]["pid"] == before["sources"][0]["pid"]
    assert after["sources"][0]["restarts"] == 0
