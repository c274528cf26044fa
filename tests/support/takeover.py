"""The core is killed, and what must be the same afterwards."""

import os
import signal
import time

from support.waiting import wait_for


def kill_core(client):
    """Kills the core, and waits until another one answers on the same connection; how long that took, in seconds."""
    pid = client.status()["pid"]
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    wait_for(lambda: client.status()["pid"] != pid, lambda: "no new core")
    return time.monotonic() - began


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):  # the latter between opening and reading
        return False


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def count_fds(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def lasting(status):
    """What of the status must be the same before and after."""
    streams = {one["name"]: (one["generation"], one["writer"], one["state"], one["memory_bytes"],
                             [(reader["client"], reader["mode"], reader["since_utc_ns"]) for reader in one["readers"]])
               for one in status["streams"]}
    workers = {one["name"]: (one["pid"], one["restarts"], one["since_utc_ns"], one["state"])
               for one in status["sources"] + status["sinks"]}
    clients = sorted((one["id"], one["pid"], one["command"], one["since_utc_ns"], one["readers"], one["writers"])
                     for one in status["clients"])
    return streams, workers, clients, status["memory"], status["started_utc_ns"]
