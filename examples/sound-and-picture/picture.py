"""Mirrors each picture, and takes its time over it."""
import random
import time

import framebroker as fb

broker = fb.connect()
with broker.reader("gate", mode="ordered") as reader, broker.writer("gate/mirrored", timeout=5) as writer:
    for frame in reader:
        time.sleep(random.uniform(0, 0.06))
        writer.write(frame.array[:, ::-1], frame)
