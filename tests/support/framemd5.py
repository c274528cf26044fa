"""What FFmpeg says a clip decodes to: one line of time stamps and checksum for each frame, by `ffmpeg -f framemd5`."""

from fractions import Fraction
from typing import NamedTuple

from support.process import run


class Frame(NamedTuple):
    pts: int  # in units of the list's time_base
    duration: int
    size: int  # bytes
    md5: str


class FrameList(list):
    """The frames of one track, in output order. `time_base` is a Fraction of a second."""

    time_base: Fraction

    def pts_ns(self, index):
        return round(self[index].pts * self.time_base * 1_000_000_000)


def framemd5(clip, *output_options, input_options=(), track="v:0"):
    """Frames as they are decoded: none dropped or repeated, time stamps in the track's own time base.

    `output_options` go before the output, such as "-pix_fmt", "rgb24" or, for sound, "-c:a", "pcm_f32le".
    """
    passthrough = ["-fps_mode", "passthrough", "-enc_time_base", "-1"] if track.startswith("v") else []
    text = run(["ffmpeg", "-v", "error", "-nostdin", *input_options, "-i", clip, "-map", f"0:{track}", *passthrough,
                *output_options, "-f", "framemd5", "-"], timeout=60)
    frames = FrameList()
    for line in text.splitlines():
        if line.startswith("#tb 0:"):
            frames.time_base = Fraction(line.split(":")[1].strip())
        elif line and not line.startswith("#"):
            _, _, pts, duration, size, md5 = (field.strip() for field in line.split(","))
            frames.append(Frame(int(pts), int(duration), int(size), md5))
    return frames


class Packet(NamedTuple):
    dts_ns: int
    pts_ns: int | None  # None: FFmpeg does not know
    tick_ns: float  # of the track
    md5: str


def packets(clip, *input_options):
    """The packets of all tracks as `ffmpeg -c copy` takes them out: {track: [Packet, …]}."""
    text = run(["ffmpeg", "-v", "error", "-nostdin", *input_options, "-i", clip, "-map", "0", "-c", "copy", "-f",
                "framemd5", "-"], timeout=60)
    ticks, tracks = {}, {}
    for line in text.splitlines():
        if line.startswith("#tb "):
            track, base = line[4:].split(":")
            ticks[int(track)] = float(Fraction(base.strip()) * 1_000_000_000)
        elif line and not line.startswith("#"):
            track, dts, pts, _, _, md5 = (field.strip() for field in line.split(",")[:6])
            tick = ticks[int(track)]
            pts_ns = round(int(pts) * tick) if int(pts) > -2**63 else None
            tracks.setdefault(int(track), []).append(Packet(round(int(dts) * tick), pts_ns, tick, md5))
    return tracks
