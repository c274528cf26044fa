"""Whoever dies, the others go on, and readers are told the truth about what they missed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from support.frames import count_until
from support.process import run

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi", "reconnect_delay": "100ms"}


def worker_pid(client, source="cam"):
    return next(one["pid"] for one in client.status()["sources"] if one["name"] == source)


def test_kill_of_a_source_worker(broker, start):
    client = start(broker({"sources": {"cam": {**CAMERA, "outputs": {"cam": {}, "cam/s": {"width": 64}}}}}).connect())
    reader = client.reader("cam", mode="ordered", timeout=10)
    last = count_until(reader, 10)[-1]
    generation = reader.info.generation
    os.kill(worker_pid(client), signal.SIGKILL)
    seqs, told, times, breaks = [], 0, [], 0
    while reader.info.generation == generation or len(seqs) < 20:
        frame = reader.read()
        told += frame.missed
        seqs.append(frame.seq)
        times.append(frame.pts_ns)
        breaks += frame.discontinuity
    assert times == sorted(set(times)) and breaks == 1  # media time rises, and the gap is flagged
    assert seqs == sorted(set(seqs)) and seqs[0] > last
    assert told == seqs[-1] - last - len(seqs)


def test_a_lossless_reader_loses_nothing_when_the_worker_is_killed(broker, start):
    client = start(broker({"sources": {"cam": CAMERA}}).connect())
    reader = client.reader("cam", mode="lossless", timeout=10)
    first = reader.read().seq
    os.kill(worker_pid(client), signal.SIGKILL)
    assert count_until(reader, 100) == list(range(first + 1, first + 101))
    assert reader.missed == 0


def test_frames_outlive_reader_client_and_broker(broker, start):
    running = broker({"sources": {"cam": {**CAMERA, "outputs": {"cam": {"pixel_format": "rgb24"}}}}})
    client = running.connect()
    reader = client.reader("cam", timeout=10)
    array = reader.read().array
    before = array.copy()
    reader.close()
    client.close()
    time.sleep(0.5)
    running.kill()
    assert (array == before).all()


def test_readers_go_on_when_the_broker_is_started_again(broker, start):
    config = {"sources": {"cam": CAMERA}}
    first = broker(config)
    client = start(first.connect())
    reader = client.reader("cam", timeout=20)
    count_until(reader, 5)
    first.kill()
    with pytest.raises(TimeoutError):
        reader.timeout = 1
        while True:
            reader.read()
    assert reader.state == "lost"
    broker(config)
    reader.timeout = 20
    assert reader.read().discontinuity
    assert len(count_until(reader, 10)) == 10


def test_the_core_is_started_again(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    reader = client.reader("cam", timeout=20)
    count_until(reader, 5)
    os.kill(client.status()["pid"], signal.SIGKILL)
    count_until(reader, 100)
    assert not running.has_ended()


@pytest.mark.parametrize("whom", ["the core", "all"])
def test_a_pause_is_no_death(broker, start, whom):
    """As of a virtual machine or a container: whoever could not be heard for so long is not killed for it."""
    running = start(broker({"sources": {"cam": CAMERA}}))
    with running.connect() as client:
        reader = client.reader("cam", timeout=20)
        reader.read()
        status = client.status()
        core, worker = status["pid"], worker_pid(client)
        stopped = [core] if whom == "the core" else [running.pid, core, worker]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(12)  # longer than a worker may be silent
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
        for _ in range(30):
            reader.read()
        source = client.status()["sources"][0]
        assert (source["pid"], source["restarts"]) == (worker, 0)


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_leaves_nothing(broker, start, number):
    shm_before = set(os.listdir("/dev/shm"))
    running = broker({"sources": {"cam": CAMERA, "other": CAMERA}})
    with running.connect() as client:
        client.wait("cam", timeout=10)
        client.wait("other", timeout=10)
        pids = [client.status()["pid"], *(one["pid"] for one in client.status()["sources"])]
    began = time.monotonic()
    running.send_signal(number)
    assert running.wait(5) == 0
    assert time.monotonic() - began < 2.5
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    assert not running.socket.exists()
    assert set(os.listdir("/dev/shm")) <= shm_before


def test_reload_restarts_only_what_changed(broker, start):
    config = {"sources": {"a": {**CAMERA, "outputs": {"a": {}}}, "b": dict(CAMERA), "gone": dict(CAMERA)}}
    running = broker(config)
    client = start(running.connect())
    for name in "a", "b", "gone":
        client.wait(name, timeout=10)
    client.add("source", "runtime", **CAMERA)
    client.wait("runtime", timeout=10)
    pids = {name: worker_pid(client, name) for name in ("a", "b", "runtime")}
    config["sources"]["a"]["outputs"]["a/small"] = {"width": 64}
    config["sources"]["b"]["url"] = "testsrc2=size=64x48:rate=25"
    del config["sources"]["gone"]
    config["sources"]["new"] = dict(CAMERA)
    running.write_config(config)
    running.send_signal(signal.SIGHUP)
    assert client.wait("new", timeout=10).width == 320
    assert client.wait("a/small", timeout=10).width == 64
    until = time.monotonic() + 10
    while client.wait("b", timeout=10).width != 64:
        assert time.monotonic() < until
    names = {one["name"] for one in client.status()["sources"]}
    assert names == {"a", "b", "new", "runtime"}
    assert worker_pid(client, "a") == pids["a"]
    assert worker_pid(client, "runtime") == pids["runtime"]
    assert worker_pid(client, "b") != pids["b"]


def test_changed_keys_of_the_broker_are_told(broker, start):
    config = {"sources": {"cam": CAMERA}}
    running = broker(config)
    client = start(running.connect())
    client.wait("cam", timeout=10)
    running.write_config({"broker": {"max_clients": 17}, **config})
    running.send_signal(signal.SIGHUP)
    running.wait_line("keys of broker: have changed; they count when the broker is started again")
    os.kill(client.status()["pid"], signal.SIGKILL)
    running.wait_line("keys of broker: have changed since the broker was started")
    client.wait("cam", timeout=20)


def test_a_broken_file_on_reload_changes_nothing(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    client.wait("cam", timeout=10)
    pid = worker_pid(client)
    running.write_config("sources: [")
    running.send_signal(signal.SIGHUP)
    running.wait_line("framebroker.yaml:")
    running.wait_line("the file has errors: what was in force goes on")
    assert worker_pid(client) == pid


def test_on_demand_runs_only_while_somebody_reads(broker, start, clips):
    client = start(broker({"sources": {
        "cam": {**CAMERA, "on_demand": True, "linger": "300ms"},
        "clip": {"url": str(clips("h264.mp4")), "on_demand": True, "readrate": 0}}}).connect())
    assert worker_pid(client) is None
    reader = client.reader("cam", timeout=10)
    last = count_until(reader, 5)[-1]
    assert worker_pid(client)
    reader.close()
    until = time.monotonic() + 10
    while worker_pid(client):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert client.reader("cam", timeout=10).read().seq > last

    first = [(frame.pts_ns, frame.key_frame) for frame in client.reader("clip", mode="lossless", timeout=10)]
    again = [(frame.pts_ns, frame.key_frame) for frame in client.reader("clip", mode="lossless", timeout=10)]
    assert len(first) == 75
    assert again == first  # a new pass, from the start


def test_in_a_container_only_the_socket_is_shared(broker, tmp_path):
    """Own user, mount, pid namespaces and a small /dev/shm: a reader needs nothing but the socket."""
    running = broker({"sources": {"cam": {**CAMERA, "outputs": {"cam": {"pixel_format": "rgb24"}}}}})
    program = ("import framebroker as fb\n"
               f"reader = fb.connect({str(running.socket)!r}).reader('cam', timeout=10)\n"
               "print(*(reader.read().array.shape for _ in range(5)))\n")
    inside = f"mount -t tmpfs -o size=64m tmpfs /dev/shm && exec {sys.executable} -c \"{program}\""
    out = run(["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-c", inside])
    assert out.split(") ")[0] == "(240, 320, 3"


def test_a_reader_that_is_stopped_costs_its_own_slots_only(broker, tmp_path, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    program = f"import framebroker as fb, time; r = fb.connect({str(running.socket)!r}).reader('cam', timeout=10)\n" \
              "f = [r.read(), r.read()]; print('held', flush=True); time.sleep(100)"
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGSTOP)
        reader = client.reader("cam", mode="ordered", timeout=10)
        assert len(count_until(reader, 50)) == 50
        assert reader.missed == 0
        stream = next(one for one in client.status()["streams"] if one["name"] == "cam")
        row = next(one for one in stream["readers"] if one["pid"] == holder.pid)
        assert len(row["held"]) == 2
    finally:
        holder.kill()
        holder.wait()
    until = time.monotonic() + 5
    while any(one["pid"] == holder.pid for one in client.status()["clients"]):
        assert time.monotonic() < until


