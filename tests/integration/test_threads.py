"""Threads: what they may share and what they are refused, who closes what another one uses, signals while the core says
nothing, and programs that end with frames, threads and waits alive."""

import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time

import framebroker as fb
import numpy as np
import pytest

from support.interrupted import Interrupted


@pytest.fixture
def stopped(private):
    """stopped(): the core of `private` says nothing from now on, until the test ends."""
    pid = private.status()["pid"]
    yield lambda: os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)


def test_a_signal_ends_every_call_to_a_silent_core(private, stopped, interrupt):
    writer, other = private.writer("marked"), private.writer("mine", width=16, height=16, pixel_format="gray")
    reader = private.reader("marked")
    events = private.events()
    stopped()
    for call in (private.status, private.streams, lambda: private.add("source", "x", url="x"),
                 lambda: private.remove("source", "x"), lambda: private.restart("source", "x"),
                 lambda: private.reader("marked"), lambda: private.writer("unwritten"), private.events,
                 lambda: private.wait("marked"), lambda: next(events), reader.read, writer.end, other.close,
                 lambda: fb.connect(private.address, timeout=None)):
        began = time.monotonic()
        interrupt(0.1)
        with pytest.raises(Interrupted):
            call()
        assert time.monotonic() - began < 2  # promised: 0.1 s later; a busy machine is no failure


def test_objects_that_go_do_not_wait_for_a_silent_core(private, stopped):
    writer, reader = private.writer("marked"), private.reader("marked")
    stopped()
    began = time.monotonic()
    reader.close()
    del writer, reader
    assert time.monotonic() - began < 2


def test_one_thread_writes(private):
    writer = private.writer("marked", timeout=20)
    reader = private.reader("marked", "lossless", timeout=20)
    kept = [writer.slot()]
    while (slot := writer.try_slot()) is not None:
        kept.append(slot)
    given = []
    thread = threading.Thread(target=lambda: given.append(writer.slot()))
    thread.start()
    with pytest.raises(fb.Error, match="another thread"):
        while thread.is_alive():
            writer.try_slot()
    with pytest.raises(fb.Error, match="another thread"):
        writer.end()
    kept.pop().publish()  # slots are their thread's own affair
    reader.read().release()
    kept.pop().cancel()
    thread.join(20)
    assert given and given[0].publish() == 2


def test_close_ends_the_waits_of_other_threads(private):
    writer = private.writer("marked")
    reader = private.reader("marked", "lossless")
    slots = [writer.slot()]
    while (slot := writer.try_slot()) is not None:
        slots.append(slot)
    events = private.events()
    told = []

    def until_closed(wait):
        try:
            wait()
        except fb.Error as error:
            told.append(str(error))
    threads = [threading.Thread(target=until_closed, args=[wait])
               for wait in (writer.slot, reader.read, lambda: private.wait("unwritten"), lambda: list(events))]
    for thread in threads:
        thread.start()
    for handle in writer, reader:
        with pytest.raises(fb.Error, match="another thread"):
            while True:
                handle.info
        handle.close()
    private.close()
    for thread in threads:
        thread.join(20)
    assert len(told) == 4 and all("closed" in text for text in told), told
    slots.clear()


def test_one_broker_for_many_threads(private):
    """Readers, writers, status and events come and go everywhere, and garbage is collected in whatever thread."""
    stop, failed, frames = threading.Event(), [], []

    def work(number):
        rand = random.Random(number)
        try:
            while not stop.is_set():
                reader = private.reader("marked", rand.choice(["latest", "ordered"]), timeout=0.5)
                cycle = [reader]  # which only the garbage collector ends, in whatever thread
                cycle.append(cycle)
                try:
                    frame = reader.read()
                except TimeoutError:
                    continue
                value = frame.array[0, 0, 0]
                assert (frame.array == value).all()
                frames.append(frame if rand.random() < 0.3 else frame.seq)
                if number == 0:
                    private.status()
                    events = private.events()
                    del events
                if len(frames) > 6:  # others' frames
                    del frames[:4]
        except BaseException as error:
            failed.append(error)
            raise
    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for round in range(3):
        with private.writer("marked", timeout=20) as writer:
            for value in range(60):
                writer.write(np.full((48, 64, 3), value, np.uint8))
                if value % 20 == 0:
                    gc.collect()
                time.sleep(0.002)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not failed


# ---- programs that end

BEGIN = """
import framebroker as fb, numpy as np, sys, threading, time
broker = fb.connect(sys.argv[1])
writer = broker.writer("marked", timeout=20)
reader = broker.reader("marked", "ordered", timeout=20)
idle = broker.reader("unwritten")
writer.write(np.full((48, 64, 3), 7, np.uint8))
frame = reader.read()
def begin(wait, daemon=True):
    threading.Thread(target=wait, daemon=daemon).start()
    time.sleep(0.2)
"""


@pytest.mark.parametrize("end", [
    "",
    "array = frame.array; plane = memoryview(frame)",
    "slot = writer.slot(); array = slot.array",
    "begin(idle.read)",
    "begin(lambda: list(broker.events())); begin(lambda: broker.wait('unwritten'))",
    "begin(lambda: [broker.status() for _ in iter(int, 1)]); begin(lambda: [idle.try_read() for _ in iter(int, 1)])",
    "idle.fileno(); begin(lambda: [writer.write(frame) for _ in iter(int, 1)])",
    "import atexit; atexit.register(lambda: (reader.try_read(), broker.status(), writer.close()))",
    "begin(lambda: (time.sleep(1), frame.release(), idle.close(), broker.close()), daemon=False)",
    "sys.modules['__main__'].cycle = cycle = [frame, writer, reader]; cycle.append(cycle)",
    "broker.close()",
])
def test_a_program_ends_quietly(private, end):
    result = subprocess.run([sys.executable, "-X", "faulthandler", "-c", BEGIN + end, private.address], capture_output=True,
                            text=True, timeout=50)
    assert (result.returncode, result.stderr) == (0, "")
    with private.writer("marked"):  # its writer is gone
        pass


def test_ctrl_c_in_a_program(private):
    code = BEGIN + "print('waits', flush=True)\nidle.read()"
    with subprocess.Popen([sys.executable, "-c", code, private.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as program:
        assert program.stdout.readline() == "waits\n"
        program.send_signal(signal.SIGINT)
        assert program.wait(20) == -signal.SIGINT  # as Python ends by it
        assert "KeyboardInterrupt" in program.stderr.read()
