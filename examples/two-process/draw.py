"""Draws a clock's hand onto each picture of the camera."""
import framebroker as fb
import numpy as np

broker = fb.connect()
with broker.reader("gate", mode="ordered") as reader, broker.writer("gate/drawn", timeout=5) as writer:
    for frame in reader:
        with writer.slot(frame) as slot:
            slot.array[:] = frame.array
            angle = frame.pts_ns / 1e9 * np.pi / 30
            length = np.arange(min(slot.array.shape[:2]) // 3)
            y, x = slot.array.shape[0] // 2, slot.array.shape[1] // 2
            slot.array[(y - length * np.cos(angle)).astype(int), (x + length * np.sin(angle)).astype(int)] = (0, 255, 255)
