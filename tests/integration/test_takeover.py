"""The core dies, and nobody notices: a new one goes on with its clients, workers and rings.

What takes its time here is the frames that are counted, and that a core counts as one that has taken over only after a
second."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from fault.leaks import session, shm_names
from support.broker import COMMAND
from support.frames import count_until, packed
from support.process import Process
from support.producer import SMALL, picture
from support.takeover import children, count_fds, is_alive, kill_core, lasting
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=320x240:rate=50", "format": "lavfi", "reconnect_delay": "100ms"}
MARKED = {**SMALL, "frame_rate": 25, "depth": 400, "spare": 4}
READER = """
import sys, framebroker
reader = framebroker.connect(sys.argv[1]).reader("cam", mode="lossless", timeout=30)
for frame in reader:
    print(frame.seq, flush=True)
"""


@pytest.fixture
def writing(start):
    """writing(client, name, times): a thread that writes frames to a stream until the test is over; the times it took."""
    over, threads = threading.Event(), []

    def begin(client, name, **create):
        writer, times = client.writer(name, timeout=20, **create), []

        def write():
            while not over.is_set():
                began = time.monotonic()
                with writer.slot() as slot:
                    slot.array[:] = picture(writer.info)
                times.append(time.monotonic() - began)
                over.wait(0.02)
        threads.append(threading.Thread(target=write))
        threads[-1].start()
        return times
    yield begin
    over.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("memory", ["posix", "memfd", "sealed"])
def test_nobody_notices(tmp_path, broker, start, writing, memory):
    sink = {"url": str(tmp_path / "marked.ts"), "video": {"stream": "marked", "codec_options": {"preset": "ultrafast"}}}
    running = broker({"broker": {"memory": memory}, "sources": {"cam": {**CAMERA, "preroll": "5s"}},
                      "streams": {"marked": MARKED}, "sinks": {"out": sink}})
    client = start(running.connect())
    times = writing(start(running.connect()), "marked")
    lossless = client.reader("cam", mode="lossless", timeout=10)
    latest, marked = client.reader("cam", timeout=10), client.reader("marked", mode="ordered", timeout=10)
    first, held, first_marked = lossless.read().seq, latest.read(), marked.read().seq
    pixels = packed(held)
    client.wait("cam/packets", timeout=10)
    wait_for(lambda: client.status()["sinks"][0]["state"] == "live", client.status)
    before = client.status()
    took = kill_core(client)
    after = client.status()
    print(f"taken over in {took * 1000:.0f} ms")
    assert took < 5  # 1 s on a machine that does nothing else
    assert lasting(after) == lasting(before)
    assert count_until(lossless, 100) == list(range(first + 1, first + 101))
    assert count_until(marked, 20) == list(range(first_marked + 1, first_marked + 21))
    assert latest.read().seq > first and lossless.missed == marked.missed == 0
    assert packed(held) == pixels
    assert lossless.info.generation == marked.info.generation == 1
    assert max(times) < 5
    wait_for(lambda: client.status()["sinks"][0]["statistics"]["frames"] >
             before["sinks"][0]["statistics"]["frames"] + 10, client.status)
    client.restart("source", "cam")  # the new core commands what the old one has started
    wait_for(lambda: latest.read().seq and latest.info.generation > 1, client.status)


def test_twice_in_a_row_and_on(broker, start, writing):
    """Cores that die young, while readers come and go; nothing is left in the keeper of those that went."""
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    lossless = client.reader("cam", mode="lossless", timeout=30)
    seqs, pid = count_until(lossless, 1), client.status()["sources"][0]["pid"]
    before = None
    for number in range(6):
        with running.connect() as other:
            readers = [other.reader("cam", mode=mode, timeout=20) for mode in ("latest", "ordered", "lossless")]
            core = client.status()["pid"]
            os.kill(core, signal.SIGKILL)
            readers[0].close()
            with other.writer("later", timeout=30, **SMALL) as writer:
                with writer.slot() as slot:
                    slot.array[:] = 0
                for reader in readers[1:]:
                    reader.read()
                    reader.close()
        wait_for(lambda: len(client.status()["clients"]) == 2 and len(client.status()["streams"]) == 1, client.status)
        seqs += count_until(lossless, 10)
        fds = count_fds(running.pid)
        before = min(before or fds, fds)  # the keeper may be about to drop the last one
    after = client.status()
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))) and lossless.missed == 0
    assert after["sources"][0]["pid"] == pid and after["sources"][0]["restarts"] == 0
    wait_for(lambda: count_fds(running.pid) == before, lambda: (count_fds(running.pid), before))


def test_deaths_that_no_core_saw(broker, start, tmp_path):
    """A worker and a client die while runtime_file is broken, so that no core can take over."""
    entries = tmp_path / "entries.json"
    running = broker({"broker": {"runtime_file": str(entries)}, "sources": {"cam": CAMERA, "other": CAMERA}})
    client = start(running.connect())
    reader = client.reader("other", mode="lossless", timeout=20)
    seqs = count_until(reader, 1)
    victim = start(Process([sys.executable, "-c", READER, running.socket], tmp_path, name="victim"))
    wait_for(lambda: len(client.status()["clients"]) == 4, client.status)
    before = client.status()
    pids = {one["name"]: one["pid"] for one in before["sources"]}
    entries.write_text("[")
    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: not is_alive(before["pid"]), lambda: "the core lives")
    os.kill(pids["cam"], signal.SIGKILL)
    victim.kill()
    seqs += count_until(reader, 20)  # frames flow on without a core
    running.wait_until(lambda: "new core" in running.log.read_text() or "status 78" in running.log.read_text(), "no try")
    entries.unlink()
    running.send_signal(signal.SIGHUP)
    wait_for(lambda: client.status()["pid"] != before["pid"], lambda: "no new core")
    status = wait_for(lambda: (s := client.status())["sources"][0]["restarts"] == 1 and s, client.status)
    assert status["sources"][1]["pid"] == pids["other"] and status["sources"][1]["restarts"] == 0
    wait_for(lambda: not [one for one in client.status()["clients"] if one["pid"] == victim.pid], client.status)
    seqs += count_until(reader, 20)
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert client.wait("cam", timeout=20)


def test_orphan_timeout(broker, start, tmp_path):
    """Nobody takes over: workers and connections end; a core that can serve begins with nothing."""
    entries = tmp_path / "entries.json"
    running = broker({"broker": {"orphan_timeout": "500ms", "runtime_file": str(entries)}, "sources": {"cam": CAMERA}})
    client = start(running.connect())
    reader = client.reader("cam", timeout=20)
    reader.read()
    before = client.status()
    entries.write_text("[")
    os.kill(before["pid"], signal.SIGKILL)
    wait_for(lambda: not is_alive(before["sources"][0]["pid"]), lambda: "the worker lives")
    assert not running.has_ended()
    log = running.log.read_text().split("no core has taken over")[0]
    assert log.count("a new one takes over") == 1 and "orphan_timeout) workers and connections end" in log
    entries.unlink()
    running.send_signal(signal.SIGHUP)
    while not reader.read().discontinuity:  # what is left of the old ring comes first
        pass
    assert client.status()["sources"][0]["pid"] != before["sources"][0]["pid"]


def test_the_file_is_broken_just_now(broker, start):
    """What was in force before goes on with the next core, defaults and outputs of the file too."""
    config = {"defaults": {"source": {"read_timeout": "7s"}, "output": {"spare": 5}},
              "sources": {"cam": CAMERA, "later": {**CAMERA, "read_timeout": "10s", "on_demand": True}}, "streams": {"made": SMALL}}
    running = broker(config)
    client = start(running.connect())
    reader = client.reader("cam", mode="lossless", timeout=20)
    seqs, before = [reader.read().seq], client.status()
    assert before["config_error"] is None
    running.write_config("sources: [")
    for _ in range(2):  # what it goes on with it leaves to the one after it
        kill_core(client)
    after = client.status()
    assert after["config_error"].startswith(f"{running.config}:2: not YAML"), after["config_error"]
    for kind in "sources", "streams":
        assert [one["name"] for one in after[kind]] == [one["name"] for one in before[kind]]
    assert after["sources"][0]["pid"] == before["sources"][0]["pid"]
    seqs += count_until(reader, 50)
    assert seqs == list(range(seqs[0], seqs[0] + 51))
    assert client.reader("later", timeout=20).read()
    reload = [COMMAND, "--socket", running.socket, "reload"]
    told = subprocess.run(reload, capture_output=True, text=True, timeout=30)
    assert told.returncode == 1 and "framebroker.yaml:2: not YAML" in told.stderr, told
    running.write_config(config)
    subprocess.run(reload, check=True, timeout=30)
    assert client.status()["config_error"] is None
    running.wait_line("reloaded: nothing is different")


def open_slot(writer):
    with writer.slot() as slot:
        slot.array[:] = 0
    return writer.info


def test_requests_under_way(broker, start, writing):
    """Whoever waits for an answer gets it from the new core."""
    running = broker({"sources": {"cam": CAMERA}, "streams": {"later": SMALL, "copy": {"like": "later"}}})
    client = start(running.connect())
    found, events = [], []
    waiting = threading.Thread(target=lambda: found.append(start(running.connect()).wait("later", timeout=30)))
    opening = threading.Thread(target=lambda: found.append(open_slot(start(running.connect()).writer("copy", timeout=30))))
    listener = start(running.connect()).events()
    listening = threading.Thread(target=lambda: events.append(next(e for e in listener if e.name == "later")))
    for thread in waiting, opening, listening:
        thread.start()
    wait_for(lambda: len(client.status()["clients"]) == 5, client.status)
    time.sleep(0.2)  # what they ask for may be on its way still, which is as good
    kill_core(client)
    writing(start(running.connect()), "later")
    for thread in waiting, opening, listening:
        thread.join(30)
    assert [info.width for info in found] == [64, 64] and len(events) == 1


def test_clients_that_hammer(broker, start):
    """Readers and writers are opened and closed without a pause by many threads, while cores die."""
    running = broker({"sources": {"cam": CAMERA}})
    client, over, failures, rounds = start(running.connect()), threading.Event(), [], []
    client.wait("cam", timeout=10)

    def hammer(number):
        with running.connect() as own:
            while not over.is_set():
                try:
                    with own.reader("cam", timeout=20) as reader, own.writer(f"w{number}", timeout=20, **SMALL) as writer:
                        reader.read()
                        with writer.slot() as slot:
                            slot.array[:] = 1
                    rounds.append(number)
                except Exception as error:
                    failures.append(repr(error))
                    return
    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        done = len(rounds)
        wait_for(lambda: len(rounds) > done + 8 or failures, lambda: rounds)
        kill_core(client)
    over.set()
    for thread in threads:
        thread.join(60)
    assert not failures
    wait_for(lambda: [one["name"] for one in client.status()["streams"]] == ["cam"], client.status)
    wait_for(lambda: not client.status()["streams"][0]["readers"], client.status)


def test_what_was_added_at_run_time_goes_on(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    client.add("source", "more", **CAMERA)
    client.add("output", "cam/small", source="cam", width=64)
    client.wait("more", timeout=20)
    client.wait("cam/small", timeout=20)
    client.add("source", "gone", **CAMERA)
    client.remove("source", "gone")
    wait_for(lambda: len(client.status()["sources"]) == 2, client.status)
    before = client.status()
    kill_core(client)
    assert lasting(client.status()) == lasting(before)
    client.remove("source", "more")
    kill_core(client)
    assert [one["name"] for one in client.status()["sources"]] == ["cam"]


def test_a_worker_with_very_many_keys(broker, start):
    """What there is to tell of it is longer than a message to the keeper."""
    long = {"width": 64, "height": 48, "depth": 2, "spare": 4, "max_readers": 2, "filter": ",".join(["null"] * 400)}
    running = broker({"sources": {"cam": {**CAMERA, "outputs": {f"cam/{i}": long for i in range(40)}}}})
    client = start(running.connect())
    reader = client.reader("cam/7", mode="lossless", timeout=20)
    first = reader.read().seq
    for _ in range(2):
        kill_core(client)
    assert count_until(reader, 20) == list(range(first + 1, first + 21)) and reader.missed == 0
    assert client.status()["sources"][0]["restarts"] == 0
    assert "would not know" not in running.output()


def test_a_changed_file_counts(broker, start):
    """What was written meanwhile is in force with the new core, as after a reload."""
    config = {"sources": {"cam": CAMERA, "gone": CAMERA, "same": CAMERA}, "streams": {"marked": MARKED, "left": MARKED}}
    running = broker(config)
    client = start(running.connect())
    for name in "cam", "gone", "same":
        client.wait(name, timeout=20)
    before = {one["name"]: one["pid"] for one in client.status()["sources"]}
    del config["sources"]["gone"], config["streams"]["left"]
    config["sources"]["cam"] = {**CAMERA, "url": "testsrc2=size=64x48:rate=50"}
    config["streams"]["marked"] = {**MARKED, "max_writers": 3}
    running.write_config(config)
    kill_core(client)
    wait_for(lambda: client.wait("cam", timeout=20).width == 64, client.status)
    status = wait_for(lambda: len((s := client.status())["sources"]) == 2 and s, client.status)
    assert {one["name"]: one["pid"] for one in status["sources"]}["same"] == before["same"]
    assert sorted(one["name"] for one in status["streams"]) == ["cam", "marked", "same"]
    assert not is_alive(before["gone"]) and not is_alive(before["cam"])


@pytest.mark.parametrize(("memory", "stopped"), [("posix", "core"), ("sealed", "worker"), ("sealed", None)])
def test_the_keeper_dies(broker, start, tmp_path, memory, stopped):
    """Everything ends, what is stopped too; the next broker begins clean, and readers find it."""
    config = {"broker": {"memory": memory}, "sources": {"cam": CAMERA, "other": CAMERA},
              "sinks": {"out": {"url": str(tmp_path / "out.ts"), "video": {"stream": "cam"}}}}
    names = shm_names()
    running = broker(config)
    client = start(running.connect())
    readers = [client.reader("cam", mode=mode, timeout=20) for mode in ("lossless", "latest")]
    client.wait("other", timeout=20)
    wait_for(lambda: client.status()["sinks"][0]["state"] == "live", client.status)
    for reader in readers:
        reader.read()
    status, before = client.status(), count_fds(running.pid)
    workers = [one["pid"] for one in status["sources"] + status["sinks"]]
    if stopped:
        os.kill(workers[0] if stopped == "worker" else status["pid"], signal.SIGSTOP)
    running.kill()
    pids = [status["pid"], *workers]
    wait_for(lambda: not any(map(is_alive, pids)), lambda: [pid for pid in pids if is_alive(pid)])
    assert not session(running.pid)
    wait_for(lambda: shm_names() <= names, lambda: shm_names() - names)  # others have some for moments
    for reader in readers:
        reader.timeout = 0.3
        with pytest.raises(TimeoutError):
            while True:
                reader.read()
    following = broker(config)
    for reader in readers:
        reader.timeout, missed = 20, reader.missed
        frame = reader.read()
        assert frame.discontinuity and frame.missed >= frame.seq - 1 and reader.missed == missed + frame.missed
    wait_for(lambda: client.status()["sinks"][0]["state"] == "live", client.status)
    wait_for(lambda: count_fds(following.pid) == before, lambda: (count_fds(following.pid), before))


def test_nothing_is_left(broker, start):
    """Streams, readers and writers that came and went leave no descriptor in the keeper or the core."""
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    client.wait("cam", timeout=20)

    def settled():
        status = client.status()
        return len(status["streams"]) == 1 and len(status["clients"]) == len(children(running.pid)) == 2 and status

    def come_and_go():
        client.add("source", "more", **CAMERA)
        with running.connect() as other, other.writer("made", **SMALL) as writer:
            readers = [other.reader("more", timeout=20), other.reader("made", mode="lossless", timeout=20)]
            with writer.slot() as slot:
                slot.array[:] = 0
            for reader in readers:
                reader.read()
                reader.close()
        client.remove("source", "more")
        status = wait_for(settled, client.status)
        return count_fds(running.pid), count_fds(status["pid"]), status["memory"]["used_bytes"]
    first = min(come_and_go() for _ in range(3))  # the keeper may be about to drop the last one
    kill_core(client)
    for _ in range(3):
        wait_for(lambda: come_and_go() == first, lambda: (come_and_go(), first))
        kill_core(client)
