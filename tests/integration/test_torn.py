"""No reader ever sees a frame that is being written: each frame is one value, all over, and that is its number."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

WRITER = """
import sys
import framebroker as fb
broker = fb.connect(sys.argv[1])
with broker.writer("numbers", width=64, height=48, pixel_format="gray", depth=6, spare=20, max_readers=16,
                   lossless="allow", timeout=30) as writer:
    number = 0
    while True:
        number += 1
        with writer.slot() as slot:
            slot.array[:] = number % 251
"""

READER = """
import sys, time
import framebroker as fb
socket, mode, frames, sleep_s = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
reader = fb.connect(socket).reader("numbers", mode=mode, timeout=30)
first = last = reader.read().seq
told = 0
for count in range(frames):
    frame = reader.read()
    value = frame.seq % 251
    if sleep_s and count % 50 == 0:
        time.sleep(sleep_s)
    assert (frame.array == value).all(), f"torn: frame {frame.seq}"
    assert frame.seq == last + 1 + frame.missed
    told += frame.missed
    last = frame.seq
assert mode != "lossless" or told == 0
print(frames, "read", told, "missed")
"""


def check(broker, frames):
    running = broker({})
    socket = str(running.socket)
    programs = [subprocess.Popen([sys.executable, "-c", WRITER, socket])]
    try:
        with running.connect() as client:
            client.wait("numbers", timeout=20)
        readers = [subprocess.Popen([sys.executable, "-c", READER, socket, mode, str(frames), sleep],
                                    stdout=subprocess.PIPE, text=True)
                   for mode in ("latest", "ordered", "lossless") for sleep in ("0", "0.002")]
        programs += readers
        rng = random.Random(1)
        while any(one.poll() is None for one in readers):
            unlucky = rng.choice(programs)  # the writer, too
            if unlucky.poll() is None:
                unlucky.send_signal(signal.SIGSTOP)
                time.sleep(rng.random() * 0.05)
                unlucky.send_signal(signal.SIGCONT)
            time.sleep(0.02)
        for one in readers:
            out, _ = one.communicate()
            assert one.returncode == 0, out
            print(out.strip())
    finally:
        for one in programs:
            if one.poll() is None:
                os.kill(one.pid, signal.SIGKILL)
            one.wait()


def test_no_torn_frames(broker):
    check(broker, 3_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_torn_frames_for_long(broker):
    check(broker, 1_000_000)
