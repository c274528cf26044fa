"""Frames per second from a file to a numpy view in another process, against `ffmpeg -f null` on the same file.

Both sides' time runs from the start of their decoding process to the last frame.
"""

import os
import statistics
import subprocess
import sys
import time

import framebroker as fb

FORMATS = {"yuv420p": "native", "rgb24": "rgb24"}  # of ffmpeg: of framebroker; the clip's own is yuv420p
SECONDS = 20
RATE = 30


def clip(folder):
    """A moving 1080p picture as H.264, made once."""
    path = folder / "1080p.mp4"
    if not path.exists():
        part = folder / "part.mp4"
        print(f"making {path}", file=sys.stderr)
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
                        f"testsrc2=size=1920x1080:rate={RATE}:duration={SECONDS},noise=alls=8:allf=t",
                        "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", part], check=True)
        part.rename(path)
    return path


def ffmpeg_seconds(path, pixel_format, threads):
    begin = time.monotonic()
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-threads", str(threads), "-i", path, "-pix_fmt", pixel_format,
                    "-fps_mode", "passthrough", "-f", "null", "-"], check=True)
    return time.monotonic() - begin


def framebroker_seconds(path, pixel_format, threads, frames):
    source = {"url": str(path), "on_demand": True, "readrate": 0, "codec_options": {"threads": threads},
              "outputs": {"clip": {"pixel_format": pixel_format}}}
    with fb.serve({"sources": {"clip": source}}) as broker:
        begin = time.monotonic()
        count = 0
        for frame in broker.reader("clip", mode="lossless", timeout=30):
            count += frame.planes[0].shape[0] > 0
        seconds = time.monotonic() - begin
    if count != frames:
        raise SystemExit(f"{count} frames came, {frames} are in the file")
    return seconds


def measure(path, build, threads, pairs):
    os.environ["FRAMEBROKERD"] = str(build / "bin/framebrokerd")
    frames = SECONDS * RATE
    rows = []
    for pixel_format, ours in FORMATS.items():
        times = []
        for number in range(pairs):
            times.append((ffmpeg_seconds(path, pixel_format, threads), framebroker_seconds(path, ours, threads, frames)))
            theirs, mine = times[-1]
            print(f"{pixel_format}, pair {number + 1} of {pairs}: ffmpeg {theirs:.1f} s, framebroker {mine:.1f} s",
                  file=sys.stderr)
        rows.append({
            "pixel_format": pixel_format,
            "ffmpeg_fps": frames / statistics.median(theirs for theirs, _ in times),
            "framebroker_fps": frames / statistics.median(mine for _, mine in times),
            "ratio": statistics.median(theirs / mine for theirs, mine in times),
            "pairs": pairs, "threads": threads, "frames": frames,
        })
    return rows
