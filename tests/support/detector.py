"""A slow detector as a program, one of a pool: takes a picture of `gate`, thinks, and draws the picture's number on it.

Arguments: socket, the shortest and the longest time that it thinks (s). read_numbers() finds what it drew in a recording.
"""

import random
import subprocess
import sys
import time

import numpy as np

RATE = 10  # pictures a second that the source gives; a number is the picture's time in tenths of a second
BITS, BLOCK = 16, 8  # a number is a row of blocks, white or black, the lowest bit first


def draw_number(array, number):
    bits = number >> np.arange(BITS) & 1
    array[:BLOCK, :BITS * BLOCK] = np.repeat(bits * 255, BLOCK)[:, None]


def read_numbers(path):
    """The number on each picture of a recording, in the order in which they are shown."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-an", "-vf", f"crop={BITS * BLOCK}:{BLOCK}:0:0,format=gray",
               "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    raw = subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=300).stdout
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, BLOCK, BITS, BLOCK).mean(axis=(1, 3))
    return ((blocks > 128) << np.arange(BITS)).sum(axis=1).tolist()


def work(broker, shortest, longest):
    reader = broker.reader("gate", "ordered", group="detectors", timeout=60)
    writer = broker.writer("gate/marked", timeout=60)
    print("ready", flush=True)
    for frame in reader:
        time.sleep(random.uniform(shortest, longest))
        with writer.slot(frame) as slot:
            slot.array[:] = frame.array
            draw_number(slot.array, round(frame.pts_ns * RATE / 1e9))


if __name__ == "__main__":
    import framebroker as fb

    with fb.connect(sys.argv[1], timeout=20) as connection:
        work(connection, float(sys.argv[2]), float(sys.argv[3]))
