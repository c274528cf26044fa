"""What a sink sends when what it reads, what it sends to, or the broker dies under it: it goes on, and sound and picture
stay together."""

import os
import pathlib
import signal
import socket
import sys

import framebroker as fb
import numpy as np

from support import flash_beep, recording
from support.arrivals import Arrivals
from support.ports import free_port
from support.process import Process
from support.receivers import decode
from support.waiting import wait_for

TESTS = pathlib.Path(__file__).parents[1]
CAMERA = {"format": "lavfi", "url": flash_beep.SOURCE, "reconnect_delay": "100ms",
          "outputs": {"gate": {}, "gate/audio": {"media": "audio"}}}
ENCODER = {"gop_size": 25, "codec_options": {"preset": "ultrafast", "sc_threshold": 0}}
BOTH = {"video": {"stream": "gate", **ENCODER}, "audio": {"stream": "gate/audio"},
        "reconnect_delay": "100ms", "reconnect_delay_max": "500ms"}
MARKED = {"pixel_format": "gray", "width": 64, "height": 48, "frame_rate": 25}


def sink_of(client):
    return client.status()["sinks"][0]


def wait_frames(client, count):
    """Waits until so many more have been sent."""
    def sent():
        return (sink_of(client)["statistics"] or {"frames": 0})["frames"]
    wanted = sent() + count
    wait_for(lambda: sent() >= wanted, lambda: sink_of(client), 40)


def finish(client):
    client.remove("sink", "out")
    wait_for(lambda: not client.status()["sinks"], client.status)


def test_the_source_dies(tmp_path, start):
    """Its time stamps begin anew; those of the recording go on, for sound and picture alike."""
    film = tmp_path / "film.mkv"
    client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": {"url": str(film), **BOTH}}}))
    wait_frames(client, 60)
    first = client.status()["sources"][0]["pid"]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: [(one["pid"] != first, one["state"]) for one in client.status()["sources"]] == [(True, "live")], client.status)
    wait_frames(client, 85)
    assert sink_of(client)["restarts"] == 0
    finish(client)
    times = recording.times(film)
    assert min(np.diff(times)) > 0 and times[-1] > 4
    offsets = flash_beep.offsets(film)  # the new source begins with a beep, which may follow one too soon to be told apart
    assert len(offsets) >= 5 and max(map(abs, offsets[:2] + offsets[-2:])) < 0.02, offsets
    decode(film)


def test_the_server_dies(tmp_path, start):
    """What the new one gets begins with a key frame, and its time stamps go on."""
    port = free_port()
    sink = {"url": f"tcp://127.0.0.1:{port}", **BOTH}
    client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))
    films = [tmp_path / f"{number}.ts" for number in range(3)]
    for film in films:
        with Arrivals(port) as server:
            wait_for(server.data, lambda: sink_of(client))
            wait_frames(client, 75)
        film.write_bytes(server.data())
        wait_for(lambda: sink_of(client)["state"] != "live", lambda: sink_of(client))
    begins = [recording.times(film)[0] for film in films]
    assert 2 < begins[1] - begins[0] < 40 and 2 < begins[2] - begins[1] < 40
    for film in films:
        assert recording.packets(film, "video")[0][1], "it does not begin with a key frame"
        offsets = flash_beep.offsets(film)[:-1]  # the last flash may have lost its beep
        assert offsets and max(map(abs, offsets)) < 0.02, offsets


def test_a_server_reads_no_more(start):
    """After write_timeout it is lost; the source is not held up."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        url = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        sink = {"url": url, **BOTH, "write_timeout": "500ms", "format_options": {"send_buffer_size": 4096}}
        client = start(fb.serve({"sources": {"gate": CAMERA}, "sinks": {"out": sink}}))
        error = wait_for(lambda: sink_of(client)["error"], lambda: sink_of(client), 30)
        assert "timed out" in error["text"] and error["mend"]
        reader = client.reader("gate", timeout=10)
        assert reader.read().seq < reader.read().seq


PRODUCER = """
import framebroker as fb, numpy as np, sys, time
writer = fb.connect(sys.argv[1]).writer("marked", timeout=20)
for number in range(50):
    writer.write(np.full((48, 64), number, np.uint8))
    time.sleep(0.04)
slot = writer.slot()
slot.array[:10] = 255
print("half way", flush=True)
time.sleep(100)
"""


def test_a_producer_dies_half_way_and_another_takes_its_place(tmp_path, broker, start):
    film = tmp_path / "film.mkv"
    sink = {"url": str(film), "video": {"stream": "marked", **ENCODER}}
    running = broker({"streams": {"marked": MARKED}, "sinks": {"out": sink}})
    client = start(running.connect())
    for _ in range(2):
        producer = start(Process([sys.executable, "-c", PRODUCER, running.socket], tmp_path, name="producer"))
        producer.wait_line("half way", timeout=30)
        producer.kill()
    finish(client)
    times = recording.times(film)
    assert len(times) >= 100 and min(np.diff(times)) > 0 and times[-1] < 20
    decode(film)


def test_the_core_dies(tmp_path, broker, start):
    """Neither the recording nor the pool that it is of notices."""
    config = {"sources": {"gate": {**CAMERA, "outputs": {"gate": {"pixel_format": "bgr24"}, "gate/audio": {"media": "audio"}}}},
              "streams": {"gate/marked": {"like": "gate", "max_writers": 2}},
              "sinks": {"out": {"url": str(tmp_path / "film.mp4"), **BOTH, "video": {"stream": "gate/marked", **ENCODER}}}}
    running = broker(config)
    for _ in range(2):
        start(Process([sys.executable, TESTS / "support/detector.py", running.socket, 0, 0.02], tmp_path, name="detector"))
    client = start(running.connect())
    wait_frames(client, 75)
    before = client.status()
    os.kill(before["pid"], signal.SIGKILL)
    wait_frames(client, 75)
    assert client.status()["pid"] != before["pid"] and sink_of(client)["pid"] == before["sinks"][0]["pid"]
    finish(client)
    assert [path.name for path in tmp_path.glob("film*")] == ["film.mp4"]
    times = recording.times(tmp_path / "film.mp4")
    assert np.allclose(np.diff(times), 0.04, atol=0.001)
    offsets = flash_beep.offsets(tmp_path / "film.mp4")[:-1]  # the last flash may have lost its beep
    assert len(offsets) >= 5 and all(abs(offset) < 0.02 for offset in offsets), offsets
    decode(tmp_path / "film.mp4")
