"""Who can do what to a ring's memory: the tables in SECURITY.md are what this test expects."""

import functools
import os
import pathlib
import re

import pytest

from support import attacks, wire
from support.broker import Broker
from support.users import OTHER, OWN, SharedFolder, as_user, only_root
from support.waiting import wait_for

SECURITY = pathlib.Path(__file__).parents[2] / "SECURITY.md"
MODES = ["posix", "memfd", "sealed"]
USERS = {"another user": OTHER, "the broker's user": OWN, "root": 0}
SYS_PTRACE, SYS_ADMIN = 19, 21
NEEDS = {"/proc/PID/fd": SYS_ADMIN, "/proc/PID/mem": SYS_PTRACE, "ptrace": SYS_PTRACE}  # which root may lack

pytestmark = only_root


@functools.cache
def tables():
    """The tables of SECURITY.md by their first heading: rows by name, cells by column."""
    found, rows, heads = {}, None, []
    for line in SECURITY.read_text().splitlines():
        cells = [cell.strip().replace("`", "").replace("**", "") for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            rows = None
        elif rows is None:
            rows, heads = found.setdefault(cells[0], {}), cells
        elif not re.fullmatch(r"[|\- :]+", line):
            rows[line.split("`")[1] if "`" in line else cells[0]] = dict(zip(heads[1:], cells[1:]))
    return found


def says(cell):
    word = re.match(r"(prevented|possible)\b", cell)
    assert word, f"{cell!r} in SECURITY.md says neither prevented nor possible"
    return word[0] == "possible"


@pytest.fixture(params=MODES)
def running(request, start):
    """A broker of a user of its own, in each memory mode, with a source and a stream for programs."""
    folder = SharedFolder(OWN)
    request.addfinalizer(folder.stop)
    broker = start(Broker(folder.path, {
        "broker": {"memory": request.param, "socket_mode": "0666", "access": [
            {"user": str(OWN), "streams": ["*"]}, {"user": "0", "streams": ["*"]},
            {"user": str(OTHER), "streams": ["*"], "allow": ["read", "write"]}]},
        "sources": {"gate": {"url": "testsrc2=size=64x48:rate=25", "format": "lavfi"}},
        "streams": {"marked": {"pixel_format": "gray", "width": 64, "height": 48}}}, uid=OWN))
    broker.mode = request.param
    return broker


def pids_of(broker):
    with broker.connect() as client:
        status = wait_for(lambda: (now := client.status())["sources"][0]["pid"] and now, client.status)
        client.wait("gate", timeout=20)
    return [broker.pid, status["pid"], status["sources"][0]["pid"]]


def attack_as_reader(socket, pids):
    with wire.Wire(socket) as client:
        _, fds = client.read("gate")
        return {name: attacks.on_frames(fd, pids) for name, fd in
                {"control": fds[wire.CONTROL], "data": fds[wire.DATA], "roster": fds[wire.ROSTER]}.items()}


@pytest.mark.parametrize("user", USERS)
def test_a_reader_attacks_frames(running, user):
    results = as_user(USERS[user], attack_as_reader, running.socket, pids_of(running))
    table = tables()["A reader tries"]
    may = attacks.capabilities()
    for name, mode in ("control", running.mode), ("data", running.mode), ("roster", "memfd"):
        assert table.keys() == results[name].keys()
        for attack, came_through in results[name].items():
            needed = NEEDS.get(attack.split(",")[0], 0)
            if user == "root" and needed and not may >> needed & 1:
                continue
            cell = table[attack][f"{mode}: {user}"]
            assert came_through == says(cell), f"{attack} on {name}: SECURITY.md says {cell}"
    with running.connect() as client:  # and frames go on
        reader = client.reader("gate", timeout=20)
        assert reader.read().seq < reader.read().seq


def describe_as_reader(socket):
    with wire.Wire(socket) as client:
        _, fds = client.read("gate")
        return [attacks.describe(fd) for fd in fds]


def describe_as_writer(socket):
    with wire.Wire(socket) as client:
        _, fds = client.write("marked")
        return [attacks.describe(fd) for fd in fds]


FIXED = attacks.F_SEAL_SHRINK | attacks.F_SEAL_GROW | attacks.F_SEAL_SEAL


def test_descriptors_that_clients_get(running):
    pids_of(running)
    reader = as_user(OTHER, describe_as_reader, running.socket)
    writer = as_user(OTHER, describe_as_writer, running.socket)
    assert len(reader) == wire.PAGES + 1 and len(writer) == wire.PAGES + 64
    for one in reader + writer:
        assert one["mode"] == 0o400 and one["uid"] == OWN
    assert [one["writable"] for one in reader] == [False, False, False, True, True]
    assert not writer[wire.ROSTER]["writable"]
    frames = FIXED | (attacks.F_SEAL_FUTURE_WRITE if running.mode == "sealed" else 0)
    for index in wire.CONTROL, wire.DATA:
        assert writer[index]["seals"] == frames
        assert reader[index]["seals"] == (attacks.F_SEAL_SEAL if running.mode == "posix" else frames)
    for one in reader[wire.ROSTER:] + writer[wire.ROSTER:]:
        assert one["seals"] == FIXED


def attack_as_producer(socket):
    with wire.Wire(socket) as producer, wire.Wire(socket) as reader:
        _, fds = producer.write("marked")
        _, read = reader.read("marked")
        own = [attacks.on_own(fd) for fd in fds]
        return own[wire.CONTROL], own[wire.DATA], own[wire.ROSTER], own[wire.ROOM], [
            attacks.on_own(fd) for fd in read[wire.ROOM:]]


def test_a_producer_attacks_its_own_memory(running):
    table = tables()["A producer tries, with its own frames"]
    for uid in USERS.values():
        control, data, roster, room, reader = as_user(uid, attack_as_producer, running.socket)
        assert control == data
        for attack, came_through in control.items():
            assert came_through == says(table[attack][running.mode]), f"{attack} as user {uid}"
        assert not any(roster.values())
        for one in room, *reader:  # what others map, too: never shorter
            assert one == {"map": True, "shrink": False, "punch": True}


def keep_and_leave(socket):
    """A producer's descriptors and mappings, kept by a process that hangs up."""
    with wire.Wire(socket) as producer:
        _, fds = producer.write("marked")
    with wire.Wire(socket) as producer:
        _, new = producer.write("marked")
        return [os.fstat(fd).st_ino for fd in fds[:3]], [os.fstat(fd).st_ino for fd in new[:3]]


def test_the_next_writer_has_other_memory(running):
    old, new = as_user(OTHER, keep_and_leave, running.socket)
    assert not set(old) & set(new)


def test_nothing_of_it_is_left_in_dev_shm(running):
    pids_of(running)
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("framebroker")]
