"""Sinks with on_demand: they run while somebody reads the packets that they make, and what is behind them rests meanwhile."""

import os
import signal
import subprocess

import pytest

from support.broker import COMMAND
from support.waiting import wait_for

CAMERA = {"url": "testsrc2=size=160x120:rate=25", "format": "lavfi", "on_demand": True, "linger": "0s"}
ENCODER = {"stream": "cam", "codec_options": {"preset": "ultrafast"}, "gop_size": 25}


@pytest.fixture
def config(tmp_path):
    """config(**keys): a camera on demand, and a sink `rec` with those keys."""
    def make(**keys):
        sink = {"url": str(tmp_path / "rec.mkv"), "on_demand": True, "linger": "300ms", "reconnect_delay": "100ms",
                "video": ENCODER, **keys}
        return {"sources": {"cam": CAMERA}, "sinks": {"rec": sink}}
    return make


def states(client):
    status = client.status()
    return {one["name"]: one["state"] for one in (*status["sources"], *status["sinks"])}


def wait_states(client, **wanted):
    wait_for(lambda: states(client) == wanted, client.status, 20)


def sink(client):
    return client.status()["sinks"][0]


def packets(client):
    return client.reader("rec/packets", mode="ordered", timeout=20)


def test_it_runs_while_its_packets_are_read(broker, start, config, tmp_path):
    client = start(broker(config()).connect())
    assert states(client) == {"cam": "idle", "rec": "idle"}
    assert sink(client)["on_demand"] and sink(client)["error"] is None and sink(client)["pid"] is None
    with packets(client) as reader:
        first = reader.read()
        assert first.seq == 1 and first.key_frame and reader.info.media == "packet"
        for number in range(2, 20):
            last = reader.read()
            assert last.seq == number and last.missed == 0
        assert states(client) == {"cam": "live", "rec": "live"}
    wait_states(client, cam="idle", rec="idle")
    assert (tmp_path / "rec.mkv").exists() and not (tmp_path / "rec-001.mkv").exists()
    with packets(client) as reader:
        again = reader.read()
        assert again.key_frame and again.missed == 0
        assert again.seq > last.seq and again.pts_ns > last.pts_ns
    wait_states(client, cam="idle", rec="idle")
    assert (tmp_path / "rec-001.mkv").exists() and sink(client)["restarts"] == 0


def test_another_sink_and_a_clip_are_readers_too(broker, start, config, tmp_path):
    client = start(broker(config(linger="0s")).connect())
    clip = client.clip("rec", tmp_path / "clip.mkv", before=1.0, after=2.0)
    assert not clip.complete and (tmp_path / "clip.mkv").stat().st_size > 0  # nothing was encoded before
    wait_states(client, cam="idle", rec="idle")
    client.add("sink", "copy", url=str(tmp_path / "copy.ts"), video={"stream": "rec/packets", "codec": "copy"})
    wait_states(client, cam="live", rec="live", copy="live")
    client.remove("sink", "copy")
    wait_states(client, cam="idle", rec="idle")


def test_who_waits_is_demand_and_who_looks_is_not(broker, start, config):
    client = start(broker(config(linger="0s")).connect())
    subprocess.run([COMMAND, "--socket", client.address, "show", "rec"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([COMMAND, "--socket", client.address, "ls"], check=True, stdout=subprocess.DEVNULL)
    assert states(client) == {"cam": "idle", "rec": "idle"}
    client.wait("rec/packets", timeout=20)
    assert sink(client)["since_utc_ns"] > 0
    wait_states(client, cam="idle", rec="idle")


def test_its_worker_dies(broker, start, config):
    client = start(broker(config(linger="1min")).connect())
    with packets(client) as reader:
        last = reader.read()
        os.kill(sink(client)["pid"], signal.SIGKILL)
        while (frame := reader.read()).info.generation == last.info.generation:
            last = frame
        assert frame.key_frame and frame.seq == last.seq + 1 and frame.pts_ns > last.pts_ns
    assert sink(client)["restarts"] == 1
    os.kill(sink(client)["pid"], signal.SIGKILL)  # while it lingers: nobody needs another
    wait_states(client, cam="idle", rec="idle")
    assert sink(client)["restarts"] == 2
    packets(client).read()


def test_the_core_dies(broker, start, config):
    """The next one knows who runs for whom: the reader goes on, and the worker stops when nobody reads any more."""
    client = start(broker(config()).connect())

    def kill_core():
        pid = client.status()["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: client.status()["pid"] != pid, lambda: "no new core")
    with packets(client) as reader:
        first, pid = reader.read(), sink(client)["pid"]
        kill_core()
        for number in range(first.seq + 1, first.seq + 60):
            assert reader.read().seq == number
        assert (sink(client)["pid"], sink(client)["restarts"]) == (pid, 0)
    wait_states(client, cam="idle", rec="idle")
    kill_core()
    assert states(client) == {"cam": "idle", "rec": "idle"}
    packets(client).read()


def test_demand_comes_and_goes_on_reload(broker, start, config):
    running = broker(config())
    client = start(running.connect())

    def reload(**keys):
        running.write_config(config(**keys))
        running.send_signal(signal.SIGHUP)
    reload(on_demand=False)
    wait_states(client, cam="live", rec="live")
    assert "rec/packets" not in [stream["name"] for stream in client.status()["streams"]]
    reload()
    wait_states(client, cam="idle", rec="idle")
    reload(preroll="5s", on_demand=False)
    wait_states(client, cam="live", rec="live")
    reader = packets(client)
    reader.read()
    pid = sink(client)["pid"]
    reload(preroll="5s")  # the stream stays, and so does its reader
    wait_for(lambda: sink(client)["pid"] not in (None, pid), client.status)
    frame = reader.read()
    while not frame.info.generation > 1:
        frame = reader.read()
    reader.close()
    wait_states(client, cam="idle", rec="idle")


def test_a_name_that_is_taken(broker, start, config):
    client = start(broker({**config(), "streams": {"rec/packets": {"like": "cam"}}}).connect())
    assert sink(client)["error"]["text"] == "on_demand: the sink can have no stream rec/packets"
