"""Live sources: what a stall, linger and demand look like from a reader's side."""

import signal
import time

import pytest

from support.frames import count_until
from support.ports import free_port
from support.senders import UdpSender

CAMERA = {"url": "testsrc2=size=64x48:rate=50", "format": "lavfi"}


def worker_pid(client):
    return client.status()["sources"][0]["pid"]


def wait_pid(client, wanted):
    """Waits until the only source has a worker, or none."""
    until = time.monotonic() + 10
    while bool(worker_pid(client)) != wanted:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_sender_that_stops_for_a_while(tmp_path, start, clips, source, wait_state):
    sender = start(UdpSender(tmp_path, free_port(), clips("mpeg2.ts")))
    client, reader = source(sender.url, read_timeout="10s")
    count_until(reader, 10)
    sender.send_signal(signal.SIGSTOP)
    wait_state(reader, "stalled")
    total, pid = reader.missed, worker_pid(client)
    sender.send_signal(signal.SIGCONT)
    frame = reader.read()
    assert reader.missed == total + frame.missed
    wait_state(reader, "live")
    assert worker_pid(client) == pid  # it was never disconnected


def test_missed_adds_up(tmp_path, start, clips, source):
    """Over a stall and a loss: seq of two frames in a row differ by 1 and what was missed between."""
    sender = start(UdpSender(tmp_path, free_port(), clips("mpeg2.ts")))
    _, reader = source(sender.url, "ordered", read_timeout="1s")
    before = reader.read()
    sum_missed, gaps = 0, 0
    for index in range(60):
        if index == 20:
            sender.send_signal(signal.SIGSTOP)
            while reader.state != "lost":
                if frame := reader.try_read():
                    assert frame.seq == before.seq + 1 + frame.missed
                    sum_missed, before = sum_missed + frame.missed, frame
                time.sleep(0.01)
            sender.send_signal(signal.SIGCONT)
        frame = reader.read()
        assert frame.seq == before.seq + 1 + frame.missed
        assert frame.pts_ns > before.pts_ns
        gaps += frame.discontinuity
        sum_missed, before = sum_missed + frame.missed, frame
    assert reader.missed == sum_missed
    assert gaps >= 1


@pytest.fixture
def camera(broker, start):
    running = broker({"sources": {"cam": {**CAMERA, "on_demand": True, "linger": "500ms"}}})
    return start(running.connect())


def test_status_and_streams_are_no_demand(camera):
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert worker_pid(camera) is None
        assert camera.streams()[0].state == "idle"
        time.sleep(0.02)


def test_wait_is_demand(camera):
    assert camera.wait("cam", timeout=10).width == 64
    assert worker_pid(camera)
    wait_pid(camera, False)
    assert camera.streams()[0].state == "idle"


def test_a_wait_that_times_out_is_demand_no_longer(broker, start):
    client = start(broker({"sources": {"in": {
        "url": "/nonexistent", "on_demand": True, "linger": "100ms", "reconnect_delay": "100ms"}}}).connect())
    with pytest.raises(TimeoutError):
        client.wait("in", timeout=0.5)
    until = time.monotonic() + 10
    while client.status()["sources"][0]["state"] != "idle":
        assert time.monotonic() < until
        time.sleep(0.02)


def test_it_lingers_after_the_last_of_two_readers(camera):
    first, second = (camera.reader("cam", timeout=10) for _ in range(2))
    count_until(first, 3)
    pid = worker_pid(camera)
    first.close()
    frames = count_until(second, 50)  # twice the linger
    assert worker_pid(camera) == pid
    second.close()
    third = camera.reader("cam", timeout=10)  # while it lingers
    assert third.read().seq >= frames[-1]  # the newest, which the second may have had
    assert worker_pid(camera) == pid
    third.close()
    wait_pid(camera, False)


def test_after_linger_a_file_begins_anew_and_numbers_go_on(camera):
    with camera.reader("cam", timeout=10) as reader:
        last = count_until(reader, 5)[-1]
    wait_pid(camera, False)
    again = camera.reader("cam", mode="lossless", timeout=10).read()
    assert again.seq > last
    assert again.pts_ns == 0  # lavfi is a file: a new pass begins


def test_after_linger_a_live_source_s_times_go_on(tmp_path, start, clips, source):
    sender = start(UdpSender(tmp_path, free_port(), clips("mpeg2.ts")))
    client, reader = source(sender.url, on_demand=True, linger="100ms")
    first = reader.read()
    seq, pts_ns, capture_ns = first.seq, first.pts_ns, first.capture_ns
    reader.close()
    wait_pid(client, False)
    again = client.reader("in", timeout=20).read()
    assert again.seq > seq
    assert abs((again.pts_ns - pts_ns) - (again.capture_ns - capture_ns)) < 1_000_000_000
