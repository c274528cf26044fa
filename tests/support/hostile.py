"""Programs that follow the protocol to get their memory, and then write there what they like."""

import mmap
import os
import random
import struct
import time

from support import attacks, wire

HEAD, TAIL, WAKE, ROOM_ARMED, FINAL, DROPPED, EVICTED = 64, 128, 192, 256, 320, 328, 384  # client-lib/ring/abi.h
STATES = 1280
META = 72
FREE, PUBLISHED, TRY, CLAIMED = range(4)
NEVER = (1 << 64) - 1


class Layout:
    """What client-lib/ring/layout.c makes of the bytes of a GENERATION."""

    def __init__(self, layout):
        self.first, self.slots, self.index_size = struct.unpack_from("<QII", layout, 256)
        self.index = STATES + -(-self.slots * 8 // 64) * 64
        self.meta = self.index + -(-self.index_size * 8 // 64) * 64


def any_number(rng):
    return rng.choice([0, 1, rng.randrange(100), rng.getrandbits(16), rng.getrandbits(32), rng.getrandbits(48),
                       (1 << 48) - 1, (1 << 63) - 1, NEVER - 1, NEVER, rng.getrandbits(64)])


class Producer:
    """Publishes as the ring wants it, with no thought of readers; and lies."""

    def __init__(self, client, stream, seed=0):
        self.client = client
        values, self.fds = self.client.write(stream, ready=False)
        self.layout = Layout(values["layout"])
        self.control = mmap.mmap(self.fds[wire.CONTROL], 0)
        self.data = mmap.mmap(self.fds[wire.DATA], 0)
        self.client.call("writer_ready", place=values["place"])
        self.rng = random.Random(seed)
        self.seq = self.layout.first - 1

    def put(self, offset, value):
        struct.pack_into("<Q", self.control, offset, value & NEVER)

    def publish(self):
        self.seq += 1
        slot = self.seq % self.layout.slots
        self.put(STATES + 8 * slot, self.seq << 16 | PUBLISHED)
        self.put(self.layout.index + 8 * (self.seq & self.layout.index_size - 1), self.seq << 16 | slot)
        self.put(HEAD, self.seq)
        self.put(WAKE, self.rng.getrandbits(32))

    def describe(self):
        """Sizes, offsets, times and flags of any slot, also of one that is being looked at."""
        offset = self.layout.meta + META * self.rng.randrange(self.layout.slots)
        self.control[offset:offset + META] = self.rng.choice([b"\xff" * META, self.rng.randbytes(META)])

    def lie_in_numbers(self):
        rng = self.rng
        where = rng.choice([HEAD, TAIL, WAKE, ROOM_ARMED, DROPPED, STATES + 8 * rng.randrange(self.layout.slots),
                            self.layout.index + 8 * rng.randrange(self.layout.index_size),
                            EVICTED + 8 * rng.randrange(8)])
        near = max(0, self.seq + rng.randrange(-20, 20))
        self.put(where, rng.choice([any_number(rng), near, near << 16 | rng.randrange(self.layout.slots),
                                    near << 16 | rng.randrange(4)]))

    def jump(self):
        """A sequence of numbers that leaves some out, or begins again."""
        self.seq = self.rng.choice([self.layout.first - 1, self.seq + self.rng.randrange(1000),
                                    self.layout.first + self.rng.getrandbits(39)])

    def change(self):
        """Pixels, after they were published."""
        offset = self.rng.randrange(len(self.data) - 64)
        self.data[offset:offset + 64] = self.rng.randbytes(64)

    def punch(self):
        """Takes the memory away as far as it goes."""
        for fd in self.fds[wire.CONTROL], self.fds[wire.DATA]:
            assert not attacks.can_resize(fd)
            page = self.rng.randrange(os.fstat(fd).st_size // attacks.PAGE)
            attacks.libc.fallocate(fd, attacks.PUNCH_HOLE | attacks.KEEP_SIZE, page * attacks.PAGE, attacks.PAGE)

    def end(self):
        self.put(FINAL, any_number(self.rng))


def produce(socket, stream, lies, seed, seconds):
    """Publishes for so long, and lies between any two frames; hangs up without a word."""
    producer = Producer(wire.Wire(socket), stream, seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for _ in range(20):
            producer.publish()
            for lie in lies:
                getattr(producer, lie)()
        time.sleep(0.001)
    if producer.rng.random() < 0.5:
        producer.end()
    return True


def spoil_pages(socket, stream, mode, seconds, group=""):
    """A reader that never reads: it writes into all that it may write to, all the time."""
    rng = random.Random(seconds)
    with wire.Wire(socket) as client:
        place = client.call("reader_open", name=stream, mode=wire.MODES[mode], max_held=8,
                            **({"group_name": group} if group else {}))[0]["place"]
        values, fds = client.call("reader_attach", place=place)
        pages = [mmap.mmap(fd, 4096) for fd in fds[wire.ROOM:]]
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for page in pages:
                page[:] = rng.choice([b"\xff" * 4096, bytes(4096), rng.randbytes(4096),
                                      struct.pack("<H", rng.randrange(20)) * 2048])
            time.sleep(0.0005)
        return len(pages)


def hold_slots(socket, stream, seconds):
    """A reader that never reads, and says all the time that it holds the stream's first slots."""
    with wire.Wire(socket) as client:
        place = client.call("reader_open", name=stream, mode=wire.MODES["ordered"], max_held=8)[0]["place"]
        values, fds = client.call("reader_attach", place=place)
        page = mmap.mmap(fds[-1], 4096)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            page[:] = struct.pack("<Q28H", 0, *range(1, 29)) * 64
            time.sleep(0.001)
