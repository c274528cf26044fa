"""Children: forked at any moment, living on when their parent dies, started by whatever method; and what travels to them."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback

import framebroker as fb
import numpy as np
import pytest
from support.waiting import wait_for


def picture(value):
    return np.full((48, 64, 3), value, np.uint8)


def in_child(act):
    """Forks, and acts in the child only; what goes wrong there fails here."""
    pid = os.fork()
    if pid:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        return
    try:
        signal.alarm(60)
        act()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


@pytest.fixture
def writer(private):
    with private.writer("marked", timeout=20) as writer:
        yield writer


def test_fork_while_a_frame_is_held(private, writer):
    reader = private.reader("marked", "ordered", timeout=20)
    private_copy = private.reader("marked", "ordered", timeout=20, copy=True)
    writer.write(picture(1))
    frame, copied = reader.read(), private_copy.read()
    array = frame.array

    def child():
        with pytest.raises(ValueError, match="the parent's.*pts_ns"):
            frame.array
        with pytest.raises(ValueError, match="the parent's"):
            memoryview(frame)
        assert (copied.array == 1).all()
        assert frame.pts_ns == copied.pts_ns
        again = reader.at(frame.pts_ns)  # from a place of its own
        assert (again.array == 1).all()
        again.release()
        reader.close()
    in_child(child)
    for value in range(2, 40):
        writer.write(picture(value))
        reader.read() if value > 30 else reader.try_read()
    assert (array == 1).all()
    assert reader.missed == 0


def test_fork_while_a_slot_is_written(private, writer):
    reader = private.reader("marked", "lossless", timeout=20)

    def child():
        with pytest.raises(fb.Error, match="the parent's"):
            slot.array
        with pytest.raises(BrokenPipeError, match="the parent's"):
            slot.publish()
        slot.cancel()
        with pytest.raises(BlockingIOError):  # one writer at a time
            writer.slot()
        writer.close()
    with writer.slot() as slot:
        slot.array[...] = 1
        in_child(child)
        slot.array[0, 0, 0] = 2
    frame = reader.read()
    assert frame.array[0, 0, 0] == 2 and (frame.array[1:] == 1).all()


def test_fork_in_the_middle_of_a_loop(private, writer):
    reader = private.reader("marked", "ordered", timeout=20)
    for value in range(1, 4):
        writer.write(picture(value))
    seqs = []
    for frame in reader:
        seqs.append(frame.seq)
        if frame.seq == 2:
            def child():
                assert next(reader).seq == 3  # where a reader begins that opens now
            in_child(child)
        if frame.seq == 3:
            break
    assert seqs == [1, 2, 3]


def test_fork_while_threads_wait(private, writer):
    reader = private.reader("unwritten", timeout=20)
    events = private.events()
    failed = []

    def until_closed(wait):
        try:
            wait()
        except (fb.Error, StopIteration) as error:
            failed.append(str(error))
    threads = [threading.Thread(target=until_closed, args=[wait]) for wait in (reader.read, lambda: list(events))]
    for thread in threads:
        thread.start()
    with pytest.raises(fb.Error, match="thread"):
        while True:
            reader.try_read()

    def child():
        assert reader.try_read() is None  # nobody else uses it here
        assert private.status()["pid"]
        reader.close()
    in_child(child)
    reader.close()
    private.close()
    for thread in threads:
        thread.join(20)
    assert len(failed) == 2 and all("closed" in text for text in failed)


PARENT = """
import framebroker as fb, multiprocessing, os, subprocess, sys, time
broker = fb.connect(sys.argv[1])
lossless = broker.reader("marked", "lossless", timeout=20)
frame = lossless.read()
writer = broker.writer("mine", width=16, height=16, pixel_format="gray")
slot = writer.slot()
CHILD
print(pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("child", [
    "pid = os.fork() or time.sleep(60)",
    "pid = os.fork() or os.execvp('sleep', ['sleep', '60'])",
    "pid = subprocess.Popen(['sleep', '60'], close_fds=False).pid",
    "process = multiprocessing.get_context('fork').Process(target=time.sleep, args=[60]); process.start(); pid = process.pid",
    "process = multiprocessing.get_context('spawn').Process(target=time.sleep, args=[60]); process.start(); pid = process.pid",
])
def test_a_child_does_not_keep_its_parents_claims(private, writer, child, tmp_path):
    writer.write(picture(1))
    script = tmp_path / "parent.py"
    script.write_text("if __name__ == '__main__':\n" + "\n".join("    " + line for line in
                                                                 PARENT.replace("CHILD", child).splitlines()))
    with subprocess.Popen([sys.executable, script, private.address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as parent:
        pid = int(parent.stdout.readline())
        assert parent.wait(20) == -signal.SIGKILL
        try:
            wait_for(lambda: parent.pid not in [client["pid"] for client in private.status()["clients"]], private.status)
            status = {stream["name"]: stream for stream in private.status()["streams"]}
            assert "mine" not in status and status["marked"]["held_slots"] == 0 and not status["marked"]["readers"]
            for value in range(2, 30):  # nobody is in the way
                writer.write(picture(value))
            os.kill(pid, 0)  # all that while the child lived
        finally:
            os.kill(pid, signal.SIGKILL)


def sockets_and_memory(folder):
    """What the descriptors there are, without pipes and files."""
    links = set()
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            links.add(os.readlink(f"{folder}/{name}"))
    return {link for link in links if link.startswith(("socket:", "anon_inode:", "/memfd:", "/dev/shm"))}


def test_nothing_is_inherited_by_programs(private, writer):
    before = sockets_and_memory("/proc/self/fd")
    reader = private.reader("marked")
    reader.fileno()
    writer.write(picture(1))
    frame = reader.read()
    second = fb.connect(private.address)
    child = subprocess.Popen(["sleep", "60"], close_fds=False)  # returns when the program runs
    inherited = sockets_and_memory(f"/proc/{child.pid}/fd")
    child.kill()
    child.wait()
    assert sockets_and_memory("/proc/self/fd") - before  # they are there
    assert not inherited - before
    assert frame.array[0, 0, 0] == 1 and second.streams()


def read_at(reader, pts_ns, pipe):
    pipe.send(reader.at(pts_ns).copy())


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_reads_the_same_moment(private, writer, method):
    """What docs/python.md says to do: send pts_ns."""
    context = multiprocessing.get_context(method)
    reader = private.reader("marked", timeout=20)
    writer.write(picture(7))
    frame = reader.read()
    ours, theirs = context.Pipe()
    child = context.Process(target=read_at, args=(reader, frame.pts_ns, theirs))
    child.start()
    assert ours.poll(30) and (ours.recv() == frame.array).all()
    child.join(30)
    assert child.exitcode == 0


def test_what_pickles_and_what_does_not(private, writer):
    reader = private.reader("marked", timeout=20, max_held=3)
    writer.write(picture(3))
    batch = reader.read_batch(1)
    frame = batch[0]
    assert (pickle.loads(pickle.dumps(frame.array)) == 3).all()  # a copy
    assert pickle.loads(pickle.dumps(frame.info)) == frame.info
    slot = writer.slot()
    for thing, instead in (frame, "pts_ns"), (batch, "pts_ns"), (slot, "send the picture"), \
            (private.events(), "send the broker"):
        with pytest.raises(TypeError, match=instead):
            pickle.dumps(thing)
    slot.cancel()
    for thing in private, reader:
        assert repr(pickle.loads(pickle.dumps(thing)))
