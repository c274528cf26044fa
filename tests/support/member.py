"""A pool's member as a program: takes numbered frames of `in` from a group, writes their numbers to `out`, and tells.

Arguments: socket, then name=value: delay (s, at most, at random), every (results of every nth number only), copy (1),
die (kills itself when it gets that number), stall, nap (with the nth frame it gets it sleeps for ever, or stops itself).
"""

import os
import random
import signal
import sys
import time

import framebroker as fb


def tell(*words):
    print(*words, flush=True)


def work(broker, delay=0.0, stall=0, nap=0, die=-1, every=1, copy=0):
    reader = broker.reader("in", "lossless", group="workers", timeout=60, copy=bool(int(copy)))
    writer = broker.writer("out", timeout=60)
    tell("ready")
    for nth, frame in enumerate(reader, 1):
        number = int(frame.metadata)
        tell("took", number)
        if number == int(die):
            os.kill(os.getpid(), signal.SIGKILL)
        if nth == int(stall):
            tell("stalls")
            time.sleep(1000)
        if nth == int(nap):
            tell("naps")
            os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(random.random() * float(delay))
        if number % int(every) == 0:
            with writer.slot(frame) as slot:
                slot.array[:] = frame.array
                slot.metadata = b"%d" % number
                if slot.publish() is None:
                    tell("late", number)
    writer.end()
    tell("ended missed", reader.missed)


if __name__ == "__main__":
    with fb.connect(sys.argv[1], timeout=20) as connection:
        work(connection, **dict(word.split("=") for word in sys.argv[2:]))
