"""Sources and outputs that come, go and start again while the broker runs."""

import errno
import os
import signal

import framebroker as fb
import pytest

from support.frames import count_until

CAMERA = {"url": "testsrc2=size=320x240:rate=25", "format": "lavfi"}


def row(client, name):
    return next(one for one in client.status()["sources"] if one["name"] == name)


@pytest.fixture
def client(broker, start):
    running = broker({"sources": {"cam": CAMERA}})
    client = start(running.connect())
    client.wait("cam", timeout=10)
    return client


def test_add_and_remove_a_source(client):
    client.add("source", "door", **CAMERA, outputs={"door": {"width": 64}, "door/rgb": {"pixel_format": "rgb24"}})
    assert client.wait("door", timeout=10).width == 64
    reader = client.reader("door/rgb", timeout=10)
    assert reader.read().array.shape == (240, 320, 3)
    assert row(client, "door")["runtime"] and not row(client, "cam")["runtime"]
    client.remove("source", "door")
    with pytest.raises((EOFError, fb.NotFound)):
        while True:
            reader.read()
    assert [one["name"] for one in client.status()["sources"]] == ["cam"]
    with pytest.raises(fb.NotFound):
        client.reader("door")


def test_add_and_remove_an_output_of_a_running_source(client):
    full = client.reader("cam", mode="lossless", timeout=10)
    pid = row(client, "cam")["pid"]
    generation = full.read().info.generation
    client.add("output", "cam/small", source="cam", width=32, pixel_format="gray")
    small = client.reader("cam/small", timeout=10)
    assert small.read().array.shape == (24, 32)
    whole = full.at(small.read().pts_ns)
    assert whole.info.width == 320
    del whole
    client.remove("output", "cam/small")
    with pytest.raises((EOFError, fb.NotFound)):
        while True:
            small.read()
    assert full.read().info.generation == generation and full.missed == 0
    assert row(client, "cam")["pid"] == pid


def test_what_is_there_already(client):
    with pytest.raises(fb.Error) as caught:
        client.add("source", "cam", **CAMERA)
    assert caught.value.errno == errno.EEXIST
    client.add("source", "cam", exist_ok=True, **CAMERA)
    with pytest.raises(fb.Error) as caught:
        client.add("source", "other", **CAMERA, outputs={"cam": {}})
    assert caught.value.errno == errno.EEXIST and "cam" in str(caught.value)
    assert len(client.status()["sources"]) == 1


def test_what_is_not_there(client):
    for kind in ("source", "output", "stream"):
        with pytest.raises(fb.NotFound, match="nothing"):
            client.remove(kind, "nothing")
        client.remove(kind, "nothing", missing_ok=True)
    with pytest.raises(fb.NotFound, match="nothing"):
        client.restart("source", "nothing")


@pytest.mark.parametrize("keys, word", [
    ({"colour": "red"}, "colour"), ({"url": "x", "readrate": "fast"}, "readrate"), ({}, "url")])
def test_wrong_keys_are_said(client, keys, word):
    with pytest.raises(fb.Error, match=word):
        client.add("source", "door", **keys)
    assert [one["name"] for one in client.status()["sources"]] == ["cam"]


def test_the_last_output_stays(client):
    with pytest.raises(fb.Error, match="remove the source"):
        client.remove("output", "cam")
    assert client.reader("cam", timeout=10).read().seq


def test_restart(client):
    reader = client.reader("cam", mode="ordered", timeout=10)
    count_until(reader, 50)
    last = reader.read()
    last, last_pts_ns = last.seq, last.pts_ns
    pid, generation, breaks = row(client, "cam")["pid"], reader.info.generation, 0
    client.restart("source", "cam")
    while reader.info.generation == generation:
        frame = reader.read()
        assert frame.seq == last + 1 + frame.missed
        assert frame.pts_ns > last_pts_ns or frame.discontinuity  # a file begins anew
        last, last_pts_ns, breaks = frame.seq, frame.pts_ns, breaks + frame.discontinuity
    assert breaks == 1
    assert row(client, "cam")["pid"] not in (pid, None)
    assert row(client, "cam")["restarts"] == 0  # nobody crashed


def test_events_tell_it(client):
    events = client.events()
    client.add("source", "door", **CAMERA)
    seen = []
    while ("added", "source", "door") not in seen:
        event = next(events)
        seen.append((event.event, event.kind, event.name))
    client.remove("source", "door")
    while ("removed", "source", "door") not in seen:
        event = next(events)
        seen.append((event.event, event.kind, event.name))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_runtime_file_brings_them_back(broker, start, tmp_path, end):
    runtime = tmp_path / "runtime.json"
    config = {"broker": {"runtime_file": str(runtime)}, "sources": {"cam": CAMERA, "gone": CAMERA}}
    first = broker(config)
    with first.connect() as client:
        client.add("source", "door", **CAMERA, outputs={"door": {"width": 64}})
        client.add("output", "cam/small", source="cam", width=32)
        client.add("stream", "marked", width=16, height=16, pixel_format="gray")
        client.remove("source", "gone")
    assert os.stat(runtime).st_mode & 0o077 == 0  # a URL may hold a password
    first.send_signal(end)
    first.wait(10)
    client = start(broker(config).connect())
    assert client.wait("door", timeout=10).width == 64
    assert client.wait("cam/small", timeout=10).width == 32
    assert {one["name"] for one in client.status()["sources"]} == {"cam", "door"}
    assert {one.name for one in client.streams()} == {"cam", "cam/small", "door", "marked"}
    client.remove("source", "door")
    client.remove("stream", "marked")
    assert "door" not in runtime.read_text()


def test_a_disabled_source_does_not_run(broker, start):
    client = start(broker({"sources": {"off": {**CAMERA, "enabled": False}, "cam": CAMERA}}).connect())
    client.wait("cam", timeout=10)
    assert [one["name"] for one in client.status()["sources"]] == ["cam"]
    with pytest.raises(fb.NotFound):
        client.reader("off")
