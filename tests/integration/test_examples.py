"""The examples run as their READMEs say."""

import contextlib
import http.server
import json
import os
import pathlib
import random
import sys
import threading
import time
import urllib.parse

import numpy as np
import pytest

from support.process import Process

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(broker, start, tmp_path):
    """example(name, **changes): a client of a broker with the example's configuration, in which each text is replaced by
    another, and run(program, *arguments), which starts one of its programs."""
    def open_example(name, changes=()):
        config = (EXAMPLES / name / "broker.yaml").read_text()
        for old, new in changes:
            assert old in config
            config = config.replace(old, new)
        running = broker(config)

        def run(program, *arguments):
            return start(Process([sys.executable, EXAMPLES / name / program, *arguments], tmp_path,
                                 env={"FRAMEBROKER_SOCKET": str(running.socket)}, name=program))
        return start(running.connect()), run
    return open_example


def test_every_example_has_a_readme_and_a_test():
    folders = {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
    assert folders == {name.removeprefix("test_").replace("_", "-") for name in globals()
                       if name.startswith("test_") and name != "test_every_example_has_a_readme_and_a_test"}
    assert all((EXAMPLES / folder / "README.md").exists() for folder in folders)


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
    client, run = example("requests-to-a-remote-inference-server", [("testsrc2=size=1280x720:rate=25", SQUARE)])
    reader = client.reader("gate/marked", "ordered", timeout=20)
    program = run("infer.py", f"http://127.0.0.1:{server.server_port}/detect")
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
