"""The README's first programs run as they stand there, with a clip or a test picture in place of the camera."""

import pathlib
import re
import threading
import types

import framebroker as fb
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
BOX = (10, 20, 30, 40)


class Enough(Exception):
    """Ends a program that would run for ever."""


def rectangle(picture, x, y, width, height):
    """OpenCV's part."""
    picture[y:y + height, x:x + width] = (1, 2, 3)


def drawn(picture):
    x, y, width, height = BOX
    return (picture[y:y + height, x:x + width] == (1, 2, 3)).all()


def run(program, **names):
    """`…` in a call stands for its remaining arguments, in a loop for whatever is to be done."""
    program = re.sub(r"(rectangle\(.*?), …\)", r"\1, *box)", program).replace("…\n", "work(frame)\n")
    exec(program, {"cv2": types.SimpleNamespace(rectangle=rectangle), "box": BOX, **names})


def test_there_are_three_programs():
    assert len(PROGRAMS) == 3
    assert ["fb.open(" in PROGRAMS[0], "fb.connect()" in PROGRAMS[1], "fb.serve(" in PROGRAMS[2]] == [True] * 3


def test_open(clips, monkeypatch):
    shapes, real = [], fb.open

    def open_clip(url, **keys):
        assert url.startswith("rtsp://")
        return real(clips("h264.mp4"), **keys)
    monkeypatch.setattr(fb, "open", open_clip)

    def draw(picture, *box):
        rectangle(picture, *box)
        shapes.append(picture.shape)
        assert drawn(picture)
    run(PROGRAMS[0], cv2=types.SimpleNamespace(rectangle=draw))
    assert len(shapes) == 75 and set(shapes) == {shapes[0]} and shapes[0][2] == 3


def test_a_detector_with_its_own_stream(broker, start, monkeypatch):
    running = broker((ROOT / "examples/first.yaml").read_text())
    monkeypatch.setenv("FRAMEBROKER_SOCKET", str(running.socket))
    client = start(running.connect())
    client.wait("gate/small", timeout=20)
    marked = client.reader("gate/marked", "lossless", timeout=20)
    plates, seen = [], []

    def detect(picture):
        assert picture.shape == (360, 640, 3) and not picture.flags.writeable
        if len(plates) == 10:
            raise Enough
        return [(100, 50, 60, 20)]

    def crop(whole, x, y, width, height):
        assert whole.shape == (720, 1280, 3)
        plates.append(whole[2 * y:2 * (y + height), 2 * x:2 * (x + width)].copy())
        return plates[-1]

    def look():
        for _ in range(10):
            frame = marked.read()
            seen.append((frame.pts_ns, frame.missed, drawn(frame.array), frame.array[60, 110].astype(int)))
    thread = threading.Thread(target=look)
    thread.start()
    with pytest.raises(Enough):
        run(PROGRAMS[1], detect=detect, crop=crop)
    thread.join()
    assert len(seen) == 10 and all(missed == 0 and box for _, missed, box, _ in seen)
    times = [pts_ns for pts_ns, *_ in seen]
    assert times == sorted(set(times)) and all(pts_ns % 40_000_000 == 0 for pts_ns in times)
    for plate, (*_, small) in zip(plates, seen):  # the same moment, in both sizes
        assert np.abs(plate[20, 20].astype(int) - small).max() < 64


def test_serve(clips, monkeypatch):
    monkeypatch.chdir(clips("h264.mp4").parent)
    seqs = []
    run(PROGRAMS[2].replace("clip.mp4", "h264.mp4"), fb=fb, work=lambda frame: seqs.append(frame.seq))
    assert seqs == list(range(1, 76))
