"""Fixtures for tests that talk to a broker of the build folder."""

import os
import signal

import pytest

from support.broker import DAEMON, Broker
from support.interrupted import Interrupted
from support.producer import SMALL
from support.waiting import wait_for

os.environ.setdefault("FRAMEBROKERD", str(DAEMON))


@pytest.fixture
def broker(tmp_path, start):
    """broker(config, *options, uid=None, prefix=()): a running framebrokerd, as Broker."""
    return lambda config, *options, **more: start(Broker(tmp_path, config, *options, **more))


@pytest.fixture
def interrupt():
    """interrupt(seconds): a signal handler raises Interrupted after that time, as Ctrl-C would."""
    def raise_it(*_):
        raise Interrupted
    before = signal.signal(signal.SIGALRM, raise_it)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# what a test of reconnecting cannot wait for
FAST = {"reconnect_delay": "100ms", "reconnect_delay_max": "500ms", "open_timeout": "5s", "read_timeout": "2s"}


@pytest.fixture
def source(broker, start):
    """source(url, **keys): a client, and a reader of a source `in` with that URL that waits 20 s for a frame."""
    def opener(url, mode="latest", **keys):
        client = start(broker({"sources": {"in": {"url": str(url), **FAST, **keys}}}).connect())
        return client, client.reader("in", mode=mode, timeout=20)
    return opener


@pytest.fixture
def film(start):
    """film(url, output, **keys): a private broker of a file `film`, which readers take at their own pace."""
    import framebroker

    def serve(url, output=None, **keys):
        film = {"url": str(url), "on_demand": True, "readrate": 0, "outputs": {"film": output or {}}, **keys}
        return start(framebroker.serve({"sources": {"film": film}}))
    return serve


@pytest.fixture
def read_film(film):
    """read_film(url, output, **keys): all its frames, as copies of what they are."""
    def read(url, output=None, **keys):
        reader = film(url, output, **keys).reader("film", mode="lossless", timeout=20, copy=True)
        frames = list(reader)
        assert [frame.seq for frame in frames] == list(range(1, len(frames) + 1))
        assert reader.missed == 0
        return frames
    return read


@pytest.fixture
def private(start):
    """A private broker with the streams `marked` and `unwritten`, for producers."""
    import framebroker

    return start(framebroker.serve({"streams": {"marked": {**SMALL, "frame_rate": 25, "depth": 4, "spare": 4},
                                                "unwritten": SMALL}}))


@pytest.fixture
def wait_error():
    """wait_error(client): what the client's only source says is wrong."""
    def wait(client):
        return wait_for(lambda: client.status()["sources"][0]["error"], lambda: client.status()["sources"])
    return wait


@pytest.fixture
def wait_state():
    """wait_state(reader, *states): reads on until the reader is in one of these states."""
    def wait(reader, *states):
        def reached():
            while reader.try_read() is not None:
                pass
            return reader.state in states
        return wait_for(reached, lambda: f"the state is {reader.state}, not one of {states}")
    return wait
