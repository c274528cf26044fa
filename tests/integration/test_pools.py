"""Pools: each frame to one member, results in order; members that die, sleep, come late and come back."""

import pathlib
import re
import signal
import sys
import threading
import time

import framebroker as fb
import pytest

from support.process import Process
from support.waiting import wait_for

TESTS = pathlib.Path(__file__).parents[1]
LAYOUT = {"pixel_format": "gray", "width": 64, "height": 48, "depth": 4, "spare": 12}


@pytest.fixture
def pool(broker, start, tmp_path):
    """pool(**keys of `out`): a broker with the streams `in` and `out`, whose members Pool starts. Turns pass late, as the
    machine may be busy with other things."""
    def make(**keys):
        running = broker({"streams": {"in": LAYOUT, "out": {**LAYOUT, "max_writers": 4, "reorder_timeout": "30s", **keys}}})
        return Pool(running, start(running.connect()), start, tmp_path)
    return make


class Pool:
    def __init__(self, running, client, start, tmp):
        self.running, self.client, self.start, self.tmp = running, client, start, tmp
        self.results = client.reader("out", "lossless", timeout=60)
        self.go = threading.Event()

    def member(self, **keys):
        """A program of tests/support/member.py; all members must be there before the first frame for none to be missed."""
        words = [f"{key}={value}" for key, value in keys.items()]
        program = self.start(Process([sys.executable, TESTS / "support/member.py", self.running.socket, *words],
                                     self.tmp, name="member"))
        program.wait_line("ready", timeout=30)
        return program

    def feed(self, count, pause=None):
        """Writes frames 0, 1, 2 … to `in` in a thread, as fast as the group takes them, and ends the stream. pause: before
        that one it waits for self.go."""
        def run():
            with self.client.writer("in", timeout=60) as writer:
                for number in range(count):
                    if number == pause:
                        self.go.wait(60)
                    with writer.slot(pts_ns=number * 1_000_000) as slot:
                        slot.array[:] = number % 256
                        slot.metadata = b"%d" % number
                writer.end()
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def numbers(self, count=None):
        """The results so far, of which there must be that many; None: to the end."""
        numbers = []
        while count is None or len(numbers) < count:
            try:
                frame = self.results.read()
            except EOFError:
                break
            number = int(frame.metadata)
            assert frame.pts_ns == number * 1_000_000 and (frame.array == number % 256).all()
            numbers.append(number)
        assert self.results.missed == 0
        return numbers

    def stream(self, name):
        return next(one for one in self.client.status()["streams"] if one["name"] == name)


def taken(program):
    return [int(number) for number in re.findall(r"^took (\d+)$", program.output(), re.M)]


def wait_until_idle(programs):
    """They took nothing for a while."""
    before = None
    while (now := [len(taken(program)) for program in programs]) != before:
        before = now
        time.sleep(0.5)


def test_four_members_keep_the_order(pool):
    four = pool()
    members = [four.member(delay=0.02) for _ in range(4)]
    status = four.stream("out")
    assert len(status["pool"]["writers"]) == 4 and status["pool"]["max_writers"] == 4
    assert {reader["group"] for reader in four.stream("in")["readers"]} == {"workers"}
    feeder = four.feed(200)
    assert four.numbers() == list(range(200))
    feeder.join()
    assert [member.wait() for member in members] == [0] * 4
    shares = [taken(member) for member in members]
    assert sorted(sum(shares, [])) == list(range(200)) and len([share for share in shares if share]) > 1
    assert four.stream("out")["pool"]["late"] == 0 and four.stream("in")["given_up"] == 0


def test_a_killed_members_frame_goes_to_another(pool):
    three = pool()
    victims = [three.member(stall=3), three.member(stall=5)]
    feeder = three.feed(100)
    for victim in victims:
        victim.wait_line("stalls")
    worker = three.member(delay=0.002)
    for victim in victims:
        victim.kill()
    assert three.numbers() == list(range(100))
    feeder.join()
    assert worker.wait() == 0 and "ended missed 0" in worker.output()
    assert {taken(victim)[-1] for victim in victims} <= set(taken(worker))


def test_others_wait_until_the_pool_is_full_and_the_frame_comes_to_them(pool):
    """They take no more frames than the pool has room for: one of them takes that of the one that dies."""
    three = pool()
    victim = three.member(stall=3)
    feeder = three.feed(100)
    victim.wait_line("stalls")
    workers = [three.member() for _ in range(2)]
    wait_until_idle(workers)
    victim.kill()
    assert three.numbers() == list(range(100))
    feeder.join()
    assert [worker.wait() for worker in workers] == [0, 0]
    assert three.stream("in")["given_up"] == 0 and three.stream("out")["pool"]["late"] == 0


def test_a_frame_that_kills_is_given_up(pool):
    three = pool()
    events = three.client.events()
    members = [three.member(die=7) for _ in range(3)]
    feeder = three.feed(40)
    numbers = three.numbers()
    feeder.join()
    assert numbers == [number for number in range(40) if number != 7]
    assert sorted(member.wait() for member in members) == [-signal.SIGKILL] * 2 + [0]
    assert three.stream("in")["given_up"] == 1
    told = next(event for event in events if event.event == "given-up")
    assert (told.kind, told.name, told.detail) == ("stream", "in", {"group": "workers", "frames": 1})


def test_a_stopped_member_loses_its_turn(pool):
    two = pool(reorder_timeout="2s")
    sleeper = two.member(nap=6)
    feeder = two.feed(400)
    sleeper.wait_line("naps")
    worker = two.member(delay=0.002)
    assert two.numbers(99) == [number for number in range(100) if number != 5]
    assert two.stream("out")["pool"]["late"] == 1
    sleeper.send_signal(signal.SIGCONT)
    assert two.numbers() == list(range(100, 400))  # read on: who sleeps too late needs room to say so
    sleeper.wait_line("late 5", timeout=30)
    feeder.join()
    assert sleeper.wait(30) == 0 and worker.wait(30) == 0
    assert two.stream("in")["given_up"] == 0


def test_a_late_member_takes_its_share(pool):
    one = pool()
    first = one.member(delay=0.01)
    feeder = one.feed(200, pause=50)
    numbers = one.numbers(50)
    late = one.member(delay=0.01)
    one.go.set()
    numbers += one.numbers()
    feeder.join()
    assert numbers == list(range(200))
    assert first.wait() == 0 and late.wait() == 0
    assert taken(late) and sorted(taken(first) + taken(late)) == list(range(200))


def test_all_members_die_and_come_back(pool):
    four = pool()
    old = [four.member(stall=12), four.member(stall=13)]
    feeder = four.feed(100)
    for member in old:
        member.wait_line("stalls")
    for member in old:
        member.kill()
    new = [four.member(delay=0.002) for _ in range(2)]
    assert four.numbers() == list(range(100))
    feeder.join()
    assert [member.wait() for member in new] == [0, 0]
    assert four.stream("in")["given_up"] == 0


@pytest.mark.parametrize("keys", [{"every": 3}, {"copy": 1}])
def test_frames_without_result_and_copies(pool, keys):
    two = pool()
    members = [two.member(delay=0.002, **keys) for _ in range(2)]
    feeder = two.feed(120)
    assert two.numbers() == list(range(0, 120, keys.get("every", 1)))
    feeder.join()
    assert [member.wait() for member in members] == [0, 0]
    assert two.stream("out")["pool"]["late"] == 0


def test_a_copys_frame_is_offered_again_until_the_next_read(pool):
    one = pool()
    victim = one.member(copy=1, stall=1)
    feeder = one.feed(20)
    victim.wait_line("stalls")
    victim.kill()
    worker = one.member(copy=1)
    assert one.numbers() == list(range(20))
    feeder.join()
    assert worker.wait() == 0


def test_writers_without_a_group_go_by_their_claims(pool):
    client = pool().client
    reader = client.reader("out", "lossless", timeout=20)
    with client.writer("out", timeout=20) as a, client.writer("out", timeout=20) as b:
        first, second, third = a.slot(), b.slot(), a.slot()
        third.metadata, second.metadata, first.metadata = b"3", b"2", b"1"
        assert third.publish() == 0 and second.publish() == 0
        assert reader.try_read() is None
        assert first.publish() == 1
        assert [reader.read().metadata for _ in range(3)] == [b"1", b"2", b"3"]
        with pytest.raises(fb.Error, match="all without"), client.writer("in", timeout=20) as source:
            group = client.reader("in", group="g", timeout=20)
            source.slot().publish()
            a.slot(group.read())


def test_sealed_memory_stays_open_for_members_to_come(start):
    streams = {"out": {**LAYOUT, "max_writers": 2}, "in": LAYOUT}
    client = start(fb.serve({"broker": {"memory": "sealed"}, "streams": streams}))
    with client.writer("out", timeout=20) as one, client.writer("in", timeout=20):
        assert one.slot().publish() == 1
        with client.writer("out", timeout=20) as late:
            assert late.slot().publish() == 2
        memory = {stream["name"]: stream["memory"] for stream in client.status()["streams"]}
        assert memory == {"out": "memfd", "in": "sealed"}


def test_one_result_a_frame(pool):
    client = pool().client
    group = client.reader("in", group="g", timeout=20)
    with client.writer("in", timeout=20) as source, client.writer("out", timeout=20) as writer:
        source.slot().publish()
        frame = group.read()
        slot = writer.slot(frame)
        with pytest.raises(fb.Error, match="a frame has one result"):
            writer.slot(frame)
        assert slot.publish() == 1
        assert writer.slot(frame).publish() is None
        frame.release()
        with pytest.raises(fb.Error, match="before it is released"):
            writer.slot(frame)


def test_a_group_takes_the_newest_frame_once(pool):
    client = pool().client
    one, two = (client.reader("in", "latest", group="g", timeout=20) for _ in range(2))
    with client.writer("in", timeout=20) as writer:
        for number in range(5):
            writer.slot(pts_ns=number).publish()
        frame = one.read()
        assert (frame.pts_ns, frame.missed, two.try_read()) == (4, 4, None)
        writer.slot(pts_ns=5).publish()
        assert [frame.pts_ns for frame in two.read_batch(1)] == [5]
        assert two.at(4).pts_ns == 4 and one.missed == 4 and two.missed == 0


def ordered(client, name):
    """A writer of a new pool, and its reader: nothing may wait there for the order's limit, which is 30 s."""
    writer = client.writer(name, timeout=20, **LAYOUT, max_writers=2, reorder_timeout="30s")
    return writer, client.reader(name, "lossless", timeout=10)


def test_a_group_ends_right_after_a_frame_without_result(pool):
    """The last word on that frame is in the group's table, which is about to go."""
    client = pool().client
    with client.writer("in", timeout=20) as source:
        for nth in range(10):
            writer, results = ordered(client, f"out{nth}")
            group = client.reader("in", "lossless", group="g", max_held=4, timeout=20)
            for _ in range(3):
                source.slot().publish()
            frames = [group.read() for _ in range(3)]
            for frame in frames[0], frames[2]:
                with writer.slot(frame) as slot:
                    slot.metadata = b"%d" % frame.seq
            for frame in frames:
                frame.release()
            group.close()
            assert [int(results.read().metadata) - frames[0].seq for _ in range(2)] == [0, 2]
            assert next(one for one in client.status()["streams"] if one["name"] == f"out{nth}")["pool"]["late"] == 0
            writer.close()


def test_a_pool_is_ended_after_its_group(pool):
    two = pool()
    client = two.client
    with client.writer("in", timeout=20) as source, client.writer("out", timeout=20) as writer:
        group = client.reader("in", "lossless", group="g", timeout=20)
        source.slot().publish()
        frame = group.read()
        writer.slot(frame).publish()
        frame.release()
        group.close()
        two.results.read()
        wait_for(lambda: not two.stream("out")["pool"]["writers"], lambda: two.stream("out"))  # with its group
        writer.end()
        with pytest.raises(EOFError):
            two.results.read()


def test_a_frame_without_result_of_a_generation_that_is_gone(pool):
    """What the group's table of that generation said of it is not to be had any more when its turn comes."""
    all_of = pool()
    client = all_of.client
    writer, results = ordered(client, "results")
    group = client.reader("in", "lossless", group="g", timeout=20)
    with client.writer("in", timeout=20) as source:
        source.slot().publish()
        source.slot().publish()
        room = all_of.stream("in")["memory_bytes"]
        frame = group.read()
        first = writer.slot(frame)
        frame.release()
        group.read().release()
    with client.writer("in", timeout=20) as source:
        source.slot().publish()
        frame = group.read()
        with writer.slot(frame) as slot:
            slot.metadata = b"second"
        frame.release()
        wait_for(lambda: all_of.stream("in")["memory_bytes"] == room, lambda: all_of.stream("in"))
        first.publish()
        assert [results.read().metadata for _ in range(2)] == [b"", b"second"]
    assert all_of.stream("results")["pool"]["late"] == 0


def test_a_pool_follows_the_stream_that_it_is_like(broker, start, film):
    running = film("testsrc2=size=64x48:rate=10:duration=1", {"pixel_format": "gray"}, format="lavfi")
    keys = {"like": "film", "max_writers": 2}
    with running.writer("out", timeout=20, **keys) as one, running.writer("out", timeout=20, **keys) as two:
        members = [running.reader("film", "lossless", group="g", timeout=20) for _ in range(2)]
        results = running.reader("out", "lossless", timeout=20)
        for size in ((64, 48), (32, 24)):
            frames = [member.read() for member in members]
            slots = [writer.slot(frame) for writer, frame in zip((one, two), frames)]
            assert [(slot.info.width, slot.info.height) for slot in slots] == [size] * 2
            for slot in reversed(slots):
                slot.publish()
            assert [results.read().info.width for _ in range(2)] == [size[0]] * 2
            if size == (32, 24):
                break
            running.remove("source", "film")
            running.add("source", "film", url="testsrc2=size=32x24:rate=10:duration=1", format="lavfi", on_demand=True,
                        readrate=0, outputs={"film": {"pixel_format": "gray"}})
            members = [running.reader("film", "lossless", group="g", timeout=20) for _ in range(2)]
            del frames, slots


def test_a_stream_takes_max_writers(pool):
    client = pool(max_writers=2).client
    with client.writer("in"), client.writer("out"), client.writer("out"):
        with pytest.raises(BlockingIOError, match=r"stream in has a writer already \(pid \d+"):
            client.writer("in")
        with pytest.raises(BlockingIOError, match="stream out has 2 writers already, the most by its `max_writers`"):
            client.writer("out")
    with client.writer("out"):
        pass


def test_members_of_a_group_read_in_one_mode(pool):
    client = pool().client
    with client.reader("in", "lossless", group="g"):
        with pytest.raises(OSError, match="another mode"):
            client.reader("in", "latest", group="g")
        with client.reader("in", "latest", group="h"):
            pass
    with client.reader("in", "latest", group="g"):
        pass
    with pytest.raises(OSError, match="the group's name"):
        client.reader("in", group="a b")
