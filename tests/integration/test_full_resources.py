"""What there is no room for is refused in a sentence; whoever was served before is served on, and what is given back is used."""

import errno
import fcntl
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import framebroker as fb
import pytest

from support.broker import BUILD, DAEMON
from support.cgroup import memory_cgroup
from support.frames import count_until
from support.process import Process
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=64x48:rate=50", "format": "lavfi", "reconnect_delay": "100ms", "reconnect_delay_max": "200ms"}
LARGE = {"url": "testsrc2=size=1920x1080:rate=5", "format": "lavfi", "reconnect_delay": "100ms", "reconnect_delay_max": "200ms",
         "outputs": {"large": {"pixel_format": "rgb24", "depth": 64, "spare": 8}}}  # 430 MiB
ONLY = {"sources": {"cam": CAMERA}}


def error_of(client, name):
    error = next(one for one in client.status()["sources"] if one["name"] == name)["error"]
    return error["text"] + " " + error["mend"] if error else ""


def is_served(client, reader, core):
    """What was there before goes on, under the same core."""
    first = reader.read().seq
    assert count_until(reader, 50) == list(range(first + 1, first + 51)) and reader.missed == 0
    assert client.status()["pid"] == core


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


# ---- memory ----

def refuses_large(client, words):
    """A stream that has no room says so; its neighbour loses nothing, and a smaller one still comes."""
    core, reader = client.status()["pid"], client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    client.add("source", "large", **LARGE)
    text = wait_for(lambda: error_of(client, "large"), client.status, 40)
    assert "MiB" in text and all(word in text for word in words), text
    is_served(client, reader, core)
    client.add("source", "small", **CAMERA)
    assert client.wait("small", timeout=20).width == 64
    return reader


def test_in_a_cgroup_of_64_mib(broker, start):
    """The whole broker lives in it; a ring that does not fit costs nobody his process."""
    with memory_cgroup(64 << 20) as prefix:
        running = broker(ONLY, prefix=prefix)
        try:
            client = start(running.connect())
            client.wait("cam", timeout=20)
            worker = client.status()["sources"][0]["pid"]
            refuses_large(client, ["large needs"])
            assert next(one["pid"] for one in client.status()["sources"] if one["name"] == "cam") == worker
        finally:
            running.stop()


SMALL_SHM = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$@"', "sh"]


def test_a_small_dev_shm(broker, start):
    client = start(broker({"broker": {"memory": "posix"}, **ONLY}, prefix=SMALL_SHM).connect())
    client.wait("cam", timeout=20)
    refuses_large(client, ["large needs", "/dev/shm", "memory: memfd"])


def test_a_small_dev_shm_is_gone_round(broker, start):
    client = start(broker({"sources": {"large": LARGE}}, prefix=SMALL_SHM).connect())
    assert client.wait("large", timeout=30).height == 1080


def test_memory_limit_and_room_again(broker, start):
    """What was refused comes by itself once there is room."""
    camera = {**LARGE, "outputs": {"first": {"pixel_format": "rgb24", "depth": 32, "spare": 8}}}
    client = start(broker({"broker": {"memory_limit": "450MiB"}, "sources": {"cam": CAMERA, "first": camera}}).connect())
    client.wait("first", timeout=30)
    refuses_large(client, ["large needs", "memory_limit"])
    client.remove("source", "first")
    assert client.wait("large", timeout=40).height == 1080
    assert error_of(client, "large") == ""


def test_a_full_disk_below_the_runtime_file(broker, start, tmp_path):
    """What cannot be kept is not added: after a restart it would be gone."""
    full = tmp_path / "full"
    full.mkdir()
    prefix = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
              f'mount -t tmpfs -o size=64k tmpfs {full} && head -c 64k /dev/zero >{full}/zeros; exec "$@"', "sh"]
    config = {"broker": {"runtime_file": str(full / "runtime.json")}, **ONLY}
    client = start(broker(config, prefix=prefix).connect())
    reader = client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    with pytest.raises(fb.Error) as caught:
        client.add("source", "more", **CAMERA)
    assert caught.value.errno == errno.ENOSPC and "runtime.json" in str(caught.value), caught.value
    assert [one["name"] for one in client.status()["sources"]] == ["cam"]
    is_served(client, reader, client.status()["pid"])


# ---- descriptors ----

def few_descriptors(number):
    return ["prlimit", f"--nofile={number}:{number}"]


def test_the_core_has_few_descriptors(broker, start):
    """Clients are refused before the last ones are gone; a stream too many says so; what is given back is used."""
    running = broker(ONLY, prefix=few_descriptors(200))
    client = start(running.connect())
    core, reader = client.status()["pid"], client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    crowd = []
    with pytest.raises(fb.Error) as refused:
        for _ in range(200):
            crowd.append(fb.connect(running.socket, timeout=10))
    assert len(crowd) > 10 and "no descriptors for more clients: raise its ulimit -n" in str(refused.value)
    is_served(client, reader, core)
    client.add("source", "late", **CAMERA)
    text = wait_for(lambda: error_of(client, "late"), client.status, 20)
    assert "ulimit -n" in text, text
    is_served(client, reader, core)
    for one in crowd:
        one.close()
    assert client.wait("late", timeout=20).width == 64
    with fb.connect(running.socket, timeout=10) as again:
        assert again.reader("cam", timeout=10).read()
    is_served(client, reader, core)


def test_a_worker_has_few_descriptors(broker, start):
    """It says so; the next one may have more."""
    client = start(broker({"sources": {"cam": {**CAMERA, "on_demand": True}, "other": CAMERA}}).connect())
    core, other = client.status()["pid"], client.reader("other", mode="lossless", timeout=20)
    other.read()
    keeper = int(pathlib.Path(f"/proc/{core}/stat").read_text().rpartition(")")[2].split()[1])
    limits = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (24, limits[1]))  # what workers inherit
    try:
        reader = client.reader("cam", timeout=20)
        text = wait_for(lambda: error_of(client, "cam"), client.status, 20)
        assert "ulimit -n" in text, text
        is_served(client, other, core)
    finally:
        resource.prlimit(keeper, resource.RLIMIT_NOFILE, limits)
    client.restart("source", "cam")
    assert reader.read().seq >= 1


# ---- workers ----

def test_hundreds_of_workers_at_once(broker, start, tmp_path, monkeypatch):
    """They start, die and start again, all at once: more than the socket between core and keeper holds. Here they only wait."""
    for program in ("framebroker-core", "framebroker-sink"):
        (tmp_path / program).symlink_to(BUILD / "bin" / program)
    source = tmp_path / "framebroker-source"
    source.write_text("#!/bin/sh\nexec sleep 1000\n")
    source.chmod(0o755)
    monkeypatch.setenv("FRAMEBROKER_LIBEXEC", str(tmp_path))
    running = broker({"sources": {f"cam{i}": CAMERA for i in range(400)}})
    client = start(running.connect())
    core = client.status()["pid"]

    def workers():
        return {one["pid"] for one in client.status()["sources"]} - {None}
    first = wait_for(lambda: len(workers()) == 400 and workers(), lambda: len(workers()), 60)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(workers() - first) == 400, lambda: len(workers() - first), 60)
    assert client.status()["pid"] == core
    assert "did not start" not in running.output() and "takes no messages" not in running.output()


# ---- clients ----

def raw_connection(path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.setblocking(False)
    connection.connect(str(path))
    return connection


def test_a_thousand_clients_at_once(broker, start):
    """They come, ask and leave in no order; the core has afterwards what it had before."""
    running = broker({"broker": {"max_clients": 1100}, **ONLY})
    client = start(running.connect())
    core, reader = client.status()["pid"], client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    before, clients, failed = descriptors(core), len(client.status()["clients"]), []

    def visit(number):
        try:
            with fb.connect(running.socket, timeout=30) as visitor:
                if number % 20 == 0:  # a stream has 64 places
                    assert visitor.reader("cam", timeout=20).read()
                barrier.wait(60)
        except (OSError, AssertionError, threading.BrokenBarrierError) as error:
            failed.append(error)

    barrier = threading.Barrier(1000)
    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(1000)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    assert not failed, failed[:3]
    is_served(client, reader, core)
    wait_for(lambda: len(client.status()["clients"]) == clients, lambda: len(client.status()["clients"]))
    wait_for(lambda: descriptors(core) == before, lambda: f"{before} descriptors before, now {descriptors(core)}")


def test_clients_that_never_greet(broker, start):
    """They are refused beyond the limit, are sent away after a while, and hold up nobody who is there."""
    running = broker({"broker": {"max_clients": 50}, **ONLY})
    client = start(running.connect())
    core, reader = client.status()["pid"], client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    before = descriptors(core)
    silent = [raw_connection(running.socket) for _ in range(1000)]
    try:
        is_served(client, reader, core)
        assert descriptors(core) < before + 100
        with fb.connect(running.socket, timeout=20) as late:  # as soon as some have been sent away
            assert late.reader("cam", timeout=10).read()
        wait_for(lambda: descriptors(core) == before, lambda: f"{before} descriptors before, now {descriptors(core)}")
        assert all(one.recv(1) == b"" for one in silent)
    finally:
        for one in silent:
            one.close()


LISTENER = """
import framebroker as fb, sys, time
broker = fb.connect(sys.argv[1])
events = broker.events()
print("listens", flush=True)
time.sleep(1000)
"""


def test_a_client_that_never_reads_its_socket(broker, start, tmp_path):
    """It asked for events, which fill its queue; it is disconnected, and nobody waits for it."""
    running = broker(ONLY)
    client = start(running.connect())
    core, reader = client.status()["pid"], client.reader("cam", mode="lossless", timeout=20)
    reader.read()
    listener = start(Process([sys.executable, "-c", LISTENER, running.socket], tmp_path, name="listener"))
    listener.wait_line("listens")
    listener.send_signal(signal.SIGSTOP)

    def is_there():
        return any(one["pid"] == listener.pid for one in client.status()["clients"])
    assert is_there()
    until = time.monotonic() + 40
    while is_there():
        assert time.monotonic() < until
        client.add("source", "x", **{**CAMERA, "on_demand": True})
        client.remove("source", "x")
    running.wait_line("takes no messages: disconnected")
    is_served(client, reader, core)


# ---- logs ----

def test_a_log_that_nobody_reads(start, tmp_path):
    """Keeper, core and workers write into one full pipe: lines are lost, nobody waits."""
    reading, writing = os.pipe()
    config, path = tmp_path / "framebroker.yaml", tmp_path / "framebroker.sock"
    config.write_text("broker: {log_level: debug}\nsources:\n  cam: {url: 'testsrc2=size=64x48:rate=50', format: lavfi}\n")
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    daemon = subprocess.Popen([DAEMON, "--config", config, "--socket", path], stderr=writing, start_new_session=True)
    try:
        os.close(writing)
        client = start(fb.connect(path, timeout=20))
        reader = client.reader("cam", timeout=20)
        reader.read()
        for _ in range(3):
            core = client.status()["pid"]
            for _ in range(50):
                client.add("source", "x", **{**CAMERA, "on_demand": True})
                client.remove("source", "x")
            generation = reader.read().info.generation
            os.kill(client.status()["sources"][0]["pid"], signal.SIGKILL)
            while reader.read().info.generation == generation:
                pass
            assert client.status()["pid"] == core
        daemon.send_signal(signal.SIGHUP)
        count_until(reader, 20)
        daemon.terminate()
        assert daemon.wait(10) == 0
    finally:
        daemon.kill()
        daemon.wait()
        os.close(reading)
