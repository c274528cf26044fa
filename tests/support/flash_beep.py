"""A picture that flashes and a tone that beeps at the same moments, once a second, and how far they are apart in a
recording."""

import re
import subprocess

import numpy as np

RATE = 8000
NOW = "lt(mod(t,1),0.1)"
# a lavfi source with both
SOURCE = (f"color=black:size=160x120:rate=25,drawbox=t=fill:color=white:enable='{NOW}'[out0];"
          f"aevalsrc=exprs='if({NOW},sin(2*PI*1000*t),0)':sample_rate=48000[out1]")


def ffmpeg(path, *options):
    command = ["ffmpeg", "-v", "error", "-i", str(path), *options]
    return subprocess.run(command, check=True, capture_output=True, timeout=120).stdout


def flashes(path):
    """When the picture becomes white, in seconds."""
    text = ffmpeg(path, "-an", "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-")
    found = re.findall(r"pts_time:(\S+)\n\S+YAVG=(\S+)", text.decode())
    times, bright = [float(time) for time, _ in found], [float(average) > 120 for _, average in found]
    return [time for before, now, time in zip(bright, bright[1:], times[1:]) if now and not before]


def beeps(path):
    """When the tone begins, in seconds: by time stamps, not by counting samples."""
    by_time = "async=1:min_comp=0.001:min_hard_comp=0.005:first_pts=0"
    raw = ffmpeg(path, "-vn", "-af", f"aresample={RATE}:{by_time}", "-ac", "1", "-f", "s16le", "-")
    loud = np.flatnonzero(np.abs(np.frombuffer(raw, np.int16)) > 4000)
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 5)]
    return [begin / RATE for begin in begins]


def offsets(path):
    """By how many seconds each beep comes after its flash."""
    sounds = np.array(beeps(path))
    return [float(sounds[np.abs(sounds - flash).argmin()] - flash) for flash in flashes(path)]
