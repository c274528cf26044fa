"""Halves the volume."""
import framebroker as fb

broker = fb.connect()
with broker.reader("gate/audio", mode="ordered") as reader, broker.writer("gate/quiet", timeout=5) as writer:
    for frame in reader:
        writer.write(frame.array * frame.array.dtype.type(0.5), frame)
