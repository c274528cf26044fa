"""Ports on this machine: free ones for servers, whether one is in use, and one that refuses every connection."""

import contextlib
import os
import pathlib
import random
import socket


# Below those that Linux gives to outgoing connections. Test runs beside each other (pytest-xdist) each have their own,
# so that nobody takes a port between the question whether it is free and its use.
FIRST, COUNT, RUNS = 20000, 12000, 4


def free_port():
    """A port free for TCP and UDP."""
    run = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % RUNS
    first = FIRST + run * COUNT // RUNS
    for _ in range(1000):
        port = random.randrange(first, first + COUNT // RUNS)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port between {first} and {first + COUNT // RUNS}")


def is_listening(port, protocol="tcp"):
    """Whether a TCP port listens or a UDP port is bound. Asks the kernel: a trial connection could use up the server."""
    state = {"tcp": "0A", "udp": "07"}[protocol]
    for table in (protocol, protocol + "6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and int(fields[1].rsplit(":", 1)[1], 16) == port:
                return True
    return False


@contextlib.contextmanager
def refusing_port():
    """A port that is bound, so that nobody else takes it, but refuses connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
