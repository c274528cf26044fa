"""One of several detectors: takes the next picture that nobody else has, thinks, marks it."""
import os
import random
import time

import framebroker as fb

color = [(os.getpid() * step) % 256 for step in (37, 91, 151)]
broker = fb.connect()
with broker.reader("gate/small", mode="ordered", group="detectors") as reader, \
        broker.writer("gate/marked", timeout=10) as writer:
    for frame in reader:
        time.sleep(random.uniform(0.05, 0.1))  # the model
        with writer.slot(frame) as slot:
            slot.array[:] = frame.array
            slot.array[:20, :20] = color
            slot.metadata = str(os.getpid()).encode()
