"""Looks for movement, and keeps what the camera sent before and after it."""
import sys
import threading
import time

import framebroker as fb
import numpy as np

BEFORE, AFTER = map(float, sys.argv[1:3]) if len(sys.argv) > 2 else (10, 5)  # seconds
CHANGE = 10  # mean difference of two pictures, of 255


def keep(broker, path):
    clip = broker.clip("gate", path, BEFORE, AFTER)  # waits for what comes after
    print(f"{clip.path}: {(clip.end_utc_ns - clip.begin_utc_ns) / 1e9:.1f} s", flush=True)


broker = fb.connect()
before, next_alarm = None, 0
for frame in broker.reader("gate/small"):
    picture = frame.array.astype(np.int16)
    if before is not None and np.abs(picture - before).mean() > CHANGE and time.monotonic() > next_alarm:
        next_alarm = time.monotonic() + AFTER
        path = time.strftime("alarm-%Y%m%d-%H%M%S.mp4")
        threading.Thread(target=keep, args=(broker, path)).start()
    before = picture
