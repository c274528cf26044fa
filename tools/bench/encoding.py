"""Frames per second from raw frames in a file through the ring and a sink to a null muxer, against `ffmpeg` with the same
encoder settings on the same file."""

import os
import statistics
import subprocess
import sys
import time

import framebroker as fb

SIZE = "1280x720"
FRAMES = 300
RATE = 30
PRESET = "veryfast"


def raw_frames(folder):
    path = folder / "720p.yuv"
    if not path.exists():
        part = folder / "720p.part"
        print(f"making {path}", file=sys.stderr)
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                        f"testsrc2=size={SIZE}:rate={RATE},noise=alls=8:allf=t", "-frames:v", str(FRAMES), "-pix_fmt", "yuv420p",
                        "-f", "rawvideo", part], check=True)
        part.rename(path)
    return path


def ffmpeg_seconds(path):
    begin = time.monotonic()
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "rawvideo", "-video_size", SIZE, "-framerate", str(RATE), "-i", path,
                    "-c:v", "libx264", "-preset", PRESET, "-b:v", "2M", "-g", str(2 * RATE), "-bf", "0", "-f", "null", "-"],
                   check=True)
    return time.monotonic() - begin


def framebroker_seconds(path):
    source = {"url": str(path), "format": "rawvideo", "format_options": {"video_size": SIZE, "framerate": str(RATE)},
              "on_demand": True, "readrate": 0}
    video = {"stream": "raw", "bit_rate": "2M", "codec_options": {"preset": PRESET}, "frame_ahead": 1000000}
    with fb.serve({"sources": {"raw": source}}) as broker:
        begin = time.monotonic()
        broker.add("sink", "null", url="null", format="null", video=video)
        while (sink := broker.status()["sinks"][0])["state"] != "ended":
            time.sleep(0.02)
        seconds = time.monotonic() - begin
    frames = sink["statistics"]["frames"]
    if frames != FRAMES:
        raise SystemExit(f"{frames} frames went out, {FRAMES} are in the file")
    return seconds


def measure(build, folder, pairs):
    os.environ["FRAMEBROKERD"] = str(build / "bin/framebrokerd")
    path = raw_frames(folder)
    times = []
    for number in range(pairs):
        times.append((ffmpeg_seconds(path), framebroker_seconds(path)))
        print("encoding, pair {} of {}: ffmpeg {:.1f} s, framebroker {:.1f} s".format(number + 1, pairs, *times[-1]), file=sys.stderr)
    return {
        "ffmpeg_fps": FRAMES / statistics.median(theirs for theirs, _ in times),
        "framebroker_fps": FRAMES / statistics.median(mine for _, mine in times),
        "ratio": statistics.median(theirs / mine for theirs, mine in times),
        "pairs": pairs, "frames": FRAMES, "preset": PRESET,
    }
