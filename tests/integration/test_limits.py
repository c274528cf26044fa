"""A user that wants everything is refused, and another one, who reads meanwhile, notices nothing."""

import concurrent.futures
import json
import threading
import time

import pytest

from support import wire
from support.broker import Broker
from support.users import OTHER, OWN, STRANGER, SharedFolder, connected_as, only_root

GREEDY, MODEST = OTHER, STRANGER
LARGE = json.dumps({"pixel_format": "gray", "width": 1024, "height": 1024})

pytestmark = only_root


@pytest.fixture
def running(request, start):
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    rules = [{"user": str(uid)} for uid in (OWN, 0, MODEST)]
    return start(Broker(folder.path, {
        "broker": {"socket_mode": "0666", "max_clients": 32, "memory_limit": "256MiB",
                   "limits": {"messages": 500, "held": 14},
                   "access": [*rules, {"user": str(GREEDY), "allow": ["read", "write"]}]},
        "sources": {"cam": {"url": "testsrc2=size=64x48:rate=100", "format": "lavfi",
                            "outputs": {"cam": {"depth": 100}}}}}, uid=OWN))


def refused(request, *args, **fields):
    """Asks until it is refused; how often it was not, and why."""
    for count in range(1000):
        try:
            request(*args, **fields)
        except wire.Refused as error:
            return count, str(error)
    raise AssertionError(f"1000 times {args} {fields} and no refusal")


def take_clients(socket, clients):
    clients.append(connected_as(GREEDY, socket))


def take_streams(client):
    client.write(f"mine/{time.monotonic_ns()}", LARGE)


def flood(client):
    """Requests of the dear kind without reading an answer, until the broker hangs up."""
    for _ in range(100000):
        try:
            client.send("status")
            if client.receive()[0] is None:
                return True
        except OSError:
            return True
    return False


def read_on(reader, stop):
    while not stop.is_set():
        reader.read()
    return reader.missed


def test_a_greedy_user(running):
    clients, stop = [], threading.Event()
    with running.connect() as modest, concurrent.futures.ThreadPoolExecutor() as pool:
        reader = modest.reader("cam", "ordered", timeout=20)
        missed = pool.submit(read_on, reader, stop)
        try:
            count, why = refused(take_clients, running.socket, clients)
            assert count == 16 and f"user {GREEDY} has 16 clients already" in why
            count, why = refused(clients[0].read, "cam", max_held=2)
            assert count == 7 and "may hold 14 frames of stream cam" in why
            count, why = refused(take_streams, clients[1])
            assert 2 <= count < 16 and "MiB that its streams may have" in why
            for client in clients[2:6]:
                assert flood(client)
            with connected_as(MODEST, running.socket) as other:
                other.read("cam")
            assert modest.status()["streams"][0]["dropped"] == 0
        finally:
            stop.set()
        assert missed.result() == 0
    for client in clients:
        client.close()


def test_a_flood_of_connections_lets_others_in(running):
    """Of strangers, who never say HELLO."""
    strangers = [connected_as(4999, running.socket, hello=False) for _ in range(100)]
    with connected_as(MODEST, running.socket) as modest:
        assert modest.call("status")[0]["type"] == "text"
    for stranger in strangers:
        stranger.close()
