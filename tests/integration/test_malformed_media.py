"""Files that are broken in every way: a reader sees valid frames, then the end or an error; the broker and others see nothing."""

import collections
import concurrent.futures
import contextlib
import random
import threading
import time
import zlib

import framebroker as fb
import pytest

from support.malformed import MUTATIONS, make_seeds, mutate

BYSTANDER = {"url": "testsrc2=size=64x48:rate=50", "format": "lavfi", "outputs": {"bystander": {"depth": 500}}}
HANGS = 40  # seconds for a file of one second, on a loaded machine
SETTLED = ("ended", "lost")
CHROMA = {"yuv420p": (1, 1), "yuvj420p": (1, 1), "yuv422p": (1, 0), "yuvj422p": (1, 0), "yuv444p": (0, 0),
          "yuvj444p": (0, 0), "yuv420p10le": (1, 1)}


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    return make_seeds(tmp_path_factory.mktemp("seeds"))


def checksum(frame):
    crc = 0
    for plane in frame.planes:
        crc = zlib.crc32(plane.tobytes(), crc)
    return crc


def check_shape(frame):
    info = frame.info
    if info.media == "audio":
        assert 0 < frame.array.shape[0] <= info.frame_size and frame.array.shape[1] == info.channels
        return
    assert info.width > 0 and info.height > 0 and frame.planes[0].shape[:2] == (info.height, info.width)
    if info.pixel_format in CHROMA:
        right, down = CHROMA[info.pixel_format]
        assert [plane.shape for plane in frame.planes[1:]] == [(-(-info.height >> down), -(-info.width >> right))] * 2


class Player:
    """Reads one output until it ends, while two frames before stay held: they must not change."""

    def __init__(self, client, stream):
        self.frames = 0
        self._held = collections.deque()
        self._reader = client.reader(stream, mode="lossless", timeout=0.2, max_held=4)
        self._last = None

    def read(self):
        """False: nothing came within the reader's time-out."""
        try:
            frame = self._reader.read()
        except TimeoutError:
            return False
        check_shape(frame)
        assert -10_000_000_000 <= frame.pts_ns < 1 << 62 and frame.missed == 0, frame
        if self._last:
            assert frame.seq == self._last.seq + 1 and frame.pts_ns > self._last.pts_ns
        self._last = frame
        self.frames += 1
        self._held.append((frame, checksum(frame)))
        if len(self._held) > 2:
            self._release()
        return True

    def _release(self):
        frame, crc = self._held.popleft()
        assert checksum(frame) == crc, f"frame {frame.seq} changed while it was held"

    def close(self):
        while self._held:
            self._release()
        self._reader.close()


def read_all(player, stop):
    with contextlib.suppress(EOFError):
        while player.read() or not stop.is_set():
            pass


def row(client, name):
    return next(one for one in client.status()["sources"] if one["name"] == name)


def play(client, path, name, until):
    """Plays one file through a source of its own; returns (outcome, pictures, what is said)."""
    outputs = {name: {}, f"{name}/sound": {"media": "audio"}, f"{name}/small": {"width": 32, "pixel_format": "rgb24"}}
    client.add("source", name, url=str(path), on_demand=True, linger="0s", readrate=0, reconnect_delay="60s",
               reconnect_delay_max="60s", outputs=outputs)
    stop = threading.Event()
    players = [Player(client, output) for output in outputs]
    with concurrent.futures.ThreadPoolExecutor(len(players)) as pool:
        reading = [pool.submit(read_all, player, stop) for player in players]
        try:
            while (state := row(client, name))["state"] not in SETTLED and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            stop.set()
        for one in reading:
            one.result()
    for player in players:
        player.close()
    client.remove("source", name)
    error = state["error"]
    if state["state"] not in SETTLED:
        return "hung", players[0].frames, state
    if error and ("died" in error["text"] or "ended with status" in error["text"]):
        return "died", players[0].frames, error["text"]
    if state["state"] == "lost":
        assert error and error["text"] and error["mend"], state
        return "refused", players[0].frames, error["text"]
    return ("ended, said" if error else "ended"), players[0].frames, error and error["text"]


class Bystander:
    """Reads a stream that has nothing to do with all that; loses nothing."""

    def __init__(self, client):
        self.client = client
        self._reader = client.reader("bystander", mode="ordered", timeout=20)
        client.wait("bystander", timeout=20)
        self._stop = threading.Event()
        self._future = concurrent.futures.ThreadPoolExecutor(1).submit(self._read)
        self.pid = row(client, "bystander")["pid"]

    def _read(self):
        frames = 0
        while not self._stop.is_set():
            assert self._reader.read().missed == 0
            frames += 1
        return frames

    def stop(self):
        self._stop.set()
        frames = self._future.result(30)
        assert frames > 0 and self._reader.missed == 0
        source = row(self.client, "bystander")
        assert source["pid"] == self.pid and source["restarts"] == 0 and source["state"] == "live"
        return frames


def print_table(outcomes, bystander_frames):
    kinds = sorted({outcome for counts in outcomes.values() for outcome in counts})
    print("\n{:8}{:8}".format("codec", "in") + "".join(f"{kind:>13}" for kind in kinds))
    for (codec, container), counts in sorted(outcomes.items()):
        print(f"{codec:8}{container:8}" + "".join(f"{counts[kind]:13}" for kind in kinds))
    whole = sum(outcomes.values(), collections.Counter())
    print(f"{'all':8}{whole.total():<8}" + "".join(f"{whole[kind]:13}" for kind in kinds))
    print(f"bystander: {bystander_frames} frames, 0 missed")


def check(broker, start, seeds, tmp_path, count, first_seed=0):
    client = start(broker({"broker": {"memory_limit": "512MiB"}, "sources": {"bystander": BYSTANDER}}).connect())
    bystander = Bystander(client)
    outcomes = collections.defaultdict(collections.Counter)
    wrong = []

    def one(number):
        dice = random.Random(first_seed + number)
        codec, container, data = seeds[number % len(seeds)]
        kind = list(MUTATIONS)[(number + number // len(seeds)) % len(MUTATIONS)]
        path = tmp_path / f"{number}-{kind}-{codec}.{container}"
        path.write_bytes(mutate(data, dice.choice(seeds)[2], kind, dice))
        try:
            outcome, pictures, text = play(client, path, f"m{number}", time.monotonic() + HANGS)
        except (AssertionError, OSError) as problem:
            outcome, pictures, text = "wrong", "some", repr(problem)
        outcomes[codec, container][outcome] += 1
        if outcome in ("hung", "died", "wrong"):
            wrong.append(f"{path}: {outcome} after {pictures} pictures: {text}")
        else:
            path.unlink()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in pool.map(one, range(count)):
            pass
    print_table(outcomes, bystander.stop())
    print("\n".join(wrong))
    assert not [line for line in wrong if ": died " not in line]
    assert len(client.status()["sources"]) == 1
    return wrong


def test_whole_files_are_read(seeds, film, tmp_path):
    """What is mutated below can be read."""
    for codec, container, data in seeds[::4]:
        path = tmp_path / f"{codec}.{container}"
        path.write_bytes(data)
        assert sum(1 for _ in film(path).reader("film", "lossless", timeout=20)) > 20, path


@pytest.mark.timeout(180)
def test_malformed_files(broker, start, seeds, tmp_path):
    assert check(broker, start, seeds, tmp_path, 66) == []


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_thousands_of_malformed_files(broker, start, seeds, tmp_path):
    check(broker, start, seeds, tmp_path, 2200, first_seed=1_000_000)
