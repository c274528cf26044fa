"""The examples run as their READMEs say."""

import contextlib
import http.server
import json
import pathlib
import random
import sys
import threading
import time
import urllib.parse

import numpy as np
import pytest

from support import flash_beep, recording
from support.broker import DAEMON
from support.display import Display
from support.ports import free_port
from support.process import Process, run
from support.rtsp import RtspServer
from support.waiting import wait_for

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(broker, start, tmp_path):
    """example(name, **changes): a client of a broker with the example's configuration, in which each text is replaced by
    another, and run_program(program, *arguments), which starts one of its programs."""
    def open_example(name, changes=()):
        config = (EXAMPLES / name / "broker.yaml").read_text()
        for old, new in changes:
            assert old in config
            config = config.replace(old, new)
        running = broker(config)

        def run_program(program, *arguments, cwd=None):
            return start(Process([sys.executable, EXAMPLES / name / program, *arguments], tmp_path, name=program, cwd=cwd,
                                 env={"FRAMEBROKER_SOCKET": str(running.socket)}))
        return start(running.connect()), run_program
    return open_example


def test_every_example_has_a_readme_and_a_test():
    folders = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    assert folders == {name.removeprefix("test_").replace("_", "-") for name in globals()
                       if name.startswith("test_") and name != "test_every_example_has_a_readme_and_a_test"}
    for folder in folders:
        assert (EXAMPLES / folder / "README.md").exists()
        run([DAEMON, "--check", "--config", EXAMPLES / folder / "broker.yaml"])


def sink(client):
    return client.status()["sinks"][0]


def wait_live(client):
    """Until the only sink has sent something."""
    wait_frames(client, 2)


def wait_frames(client, count):
    wait_for(lambda: ((sink(client)["statistics"] or {}).get("frames") or 0) >= count, lambda: sink(client), 40)


def fetch(url, path, seconds):
    """What a player of that URL gets in so much time."""
    run(["ffmpeg", "-v", "error", "-y", "-analyzeduration", "3M", "-i", url, "-t", seconds, "-c", "copy", path], timeout=60)
    return path


def pictures(path):
    """All of a recording, in grey, as one array."""
    video = recording.tracks(path)["video"]
    raw = flash_beep.ffmpeg(path, "-an", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    return np.frombuffer(raw, np.uint8).reshape(-1, video["height"], video["width"])


CAMERA, RTMP = "rtsp://10.0.0.5/stream1", "rtmp://10.0.0.9/live/"


def test_transcode(example, nginx, rtsp_server, tmp_path):
    client, _ = example("transcode", [(CAMERA, rtsp_server.url()), (RTMP + "gate", nginx.rtmp_url("gate")), ("640", "160")])
    wait_live(client)
    tracks = recording.tracks(fetch(nginx.rtmp_url("gate"), tmp_path / "got.mkv", 2))
    assert (tracks["video"]["codec_name"], tracks["video"]["width"], tracks["video"]["height"]) == ("h264", 160, 120)
    assert tracks["audio"]["codec_name"] == "aac"
    steps = np.diff(recording.times(tmp_path / "got.mkv"))
    assert np.median(steps) == pytest.approx(1 / 15, abs=0.002)


def test_still_image(example, nginx, clips, tmp_path):
    client, _ = example("still-image", [("poster.png", str(clips("still.png"))), (RTMP + "poster", nginx.rtmp_url("poster"))])
    wait_live(client)
    got = fetch(nginx.rtmp_url("poster"), tmp_path / "got.mkv", 2)
    assert set(recording.tracks(got)) == {"video", "audio"}
    assert np.median(np.diff(recording.times(got))) == pytest.approx(0.2, abs=0.002)
    seen = pictures(got).astype(int)
    assert len(seen) > 4 and np.abs(seen - seen[0]).mean() < 2 and seen[0].std() > 10


def test_endless_loop(example, nginx, clips, tmp_path):
    client, _ = example("endless-loop", [("film.mp4", str(clips("h264.mp4"))), (RTMP + "film", nginx.rtmp_url("film"))])
    wait_live(client)
    got = fetch(nginx.rtmp_url("film"), tmp_path / "got.mkv", 5)  # the film has 3 s
    times = recording.times(got)
    assert times[-1] - times[0] > 3.5 and max(np.diff(times)) < 0.2
    assert recording.tracks(got)["audio"]["codec_name"] == "aac"


def test_desktop(example, start, tmp_path):
    server = start(RtspServer(tmp_path, free_port(), pass_on=free_port()))
    client, _ = example("desktop", [(":0", start(Display(tmp_path)).display),
                                    ("rtsp://10.0.0.9:8554/desktop", server.url("/in"))])
    wait_live(client)
    tracks = recording.tracks(fetch(server.url("/out"), tmp_path / "got.mkv", 2))
    assert (tracks["video"]["codec_name"], tracks["video"]["width"], tracks["video"]["height"]) == ("h264", 320, 240)


def test_two_process(example, nginx, rtsp_server, tmp_path):
    client, run_program = example("two-process", [(CAMERA, rtsp_server.url()), (RTMP + "drawn", nginx.rtmp_url("drawn"))])
    program = run_program("draw.py")
    wait_live(client)
    assert set(recording.tracks(fetch(nginx.rtmp_url("drawn"), tmp_path / "got.mkv", 2))) == {"video", "audio"}
    program.kill()
    frames = sink(client)["statistics"]["frames"]
    wait_frames(client, frames + 25)  # the last picture, on and on
    run_program("draw.py")
    reader = client.reader("gate/drawn", "ordered", timeout=20)
    for _ in range(5):
        assert (reader.read().array == (0, 255, 255)).all(2).sum() > 20
    assert len(pictures(fetch(nginx.rtmp_url("drawn"), tmp_path / "again.mkv", 2))) > 25


def test_sound_and_picture(example, tmp_path):
    record = tmp_path / "record.mkv"
    camera = json.dumps(flash_beep.SOURCE)
    client, run_program = example("sound-and-picture", [(CAMERA, f"{camera}\n    format: lavfi"), ("record.mkv", str(record))])
    run_program("picture.py")
    run_program("sound.py")
    wait_frames(client, 110)
    client.remove("sink", "record")
    wait_for(lambda: not client.status()["sinks"], client.status)
    offsets = flash_beep.offsets(record)
    assert len(offsets) >= 3 and max(map(abs, offsets)) < 0.045, offsets


def test_worker_pool(example):
    client, run_program = example("worker-pool", [(CAMERA, "testsrc2=size=640x360:rate=25\n    format: lavfi")])
    marked = client.reader("gate/marked", "ordered", timeout=30, max_held=4)
    detectors = [run_program("detect.py") for _ in range(4)]
    wait_for(lambda: {marked.read().metadata for _ in range(8)} == {b"%d" % one.pid for one in detectors},
             lambda: "not all detectors work", 30)
    detectors[0].kill()
    frames = [(frame.pts_ns, frame.metadata) for frame in (marked.read() for _ in range(50))]
    times = [pts_ns for pts_ns, _ in frames]
    assert times == sorted(set(times)) and set(np.diff(times)) == {40_000_000}  # in order, none missing
    assert len({who for _, who in frames[-20:]}) == 3


def test_alarm_clips(example, tmp_path):
    """Something flashes after four seconds; the clip has it in its middle."""
    film = tmp_path / "film.mp4"
    run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:size=160x120:rate=25,drawbox=t=fill:color=white:"
         "enable='between(t,4,4.5)'", "-t", "60", "-c:v", "libx264", "-g", "25", "-pix_fmt", "yuv420p", film])
    _, run_program = example("alarm-clips", [(CAMERA, str(film))])
    program = run_program("watch.py", "2", "1.5", cwd=tmp_path)
    told = program.wait_line("alarm-", timeout=40)
    clip = tmp_path / told.split(":")[0]
    flashes, times = flash_beep.flashes(clip), recording.times(clip)
    assert len(flashes) == 1 and 1.9 < flashes[0] - times[0] < 3.5  # two seconds before, and back to a key frame
    assert times[-1] - flashes[0] > 1.3
    assert float(told.split()[1]) == pytest.approx(times[-1] - times[0], abs=0.2)


class InferenceServer(http.server.ThreadingHTTPServer):
    """Finds the bright square, after a while; now and then it is out of order."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Detector)
        self.lock, self.at_once, self.most_at_once, self.requests = threading.Lock(), 0, 0, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass  # the test was over before the answer

    @contextlib.contextmanager
    def counted(self):
        with self.lock:
            self.requests += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            number = self.requests
        yield number
        with self.lock:
            self.at_once -= 1


class Detector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with self.server.counted() as number:
            query = {key: int(value) for key, value in urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)}
            pixels = self.rfile.read(int(self.headers["Content-Length"]))
            picture = np.frombuffer(pixels, np.uint8).reshape(query["height"], query["width"], 3)
            rows, columns = np.nonzero((picture > 200).all(2))
            box = [int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1]
            time.sleep(random.uniform(0.1, 0.3))
        if number % 10 == 5:
            self.send_error(503)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps([box]).encode())

    def log_message(self, *_):
        pass


SQUARE = "color=black:size=640x360:rate=25[black];color=white:size=40x40:rate=25[square];[black][square]overlay=x=n*2:y=100"


def test_requests_to_a_remote_inference_server(example, start):
    server = start(InferenceServer())
    client, run_program = example("requests-to-a-remote-inference-server", [("testsrc2=size=1280x720:rate=25", SQUARE)])
    reader = client.reader("gate/marked", "ordered", timeout=20)
    program = run_program("infer.py", f"http://127.0.0.1:{server.server_port}/detect")
    times, marked = [], 0
    for _ in range(25):
        frame = reader.read()
        times.append(frame.pts_ns)
        red = (frame.array == (0, 0, 255)).all(2)
        if red.any():
            (top, left), (bottom, right) = np.argwhere(red).min(0), np.argwhere(red).max(0)
            white = (frame.array > 200).all(2)
            assert white[top + 1:bottom, left + 1:right].all() and white.sum() == (bottom - top - 1) * (right - left - 1) > 1000
            marked += 1
    assert times == sorted(set(times)) and 15 <= marked < 25
    assert 1 < server.most_at_once <= 4
    assert "503" in program.output()
    assert not program.has_ended()
