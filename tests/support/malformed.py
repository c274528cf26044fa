"""Media files with something wrong in them: small whole ones of many codecs and containers, and a seeded mutator."""

import struct

from support.process import run

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=1"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1"]
VIDEO = {
    "h264": ["libx264", "-preset", "ultrafast", "-g", "12", "-bf", "2"],
    "hevc": ["libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=12"],
    "mpeg2": ["mpeg2video", "-q:v", "3", "-g", "12", "-bf", "2"],
    "mpeg4": ["mpeg4", "-q:v", "3", "-g", "12", "-bf", "2"],
    "mjpeg": ["mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"],
    "vp9": ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "12"],
    "av1": ["libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "12"],
    "flv1": ["flv", "-q:v", "3", "-g", "12"],
}
AUDIO = {"aac": ["aac"], "mp2": ["mp2"], "mp3": ["libmp3lame"], "opus": ["libopus"], "pcm": ["pcm_s16le"]}
# codec of pictures, codec of sound, container
SEEDS = [(video, audio, container) for video, audio, containers in (
    ("h264", "aac", "mp4 mkv ts flv avi"), ("hevc", "aac", "mp4 mkv ts"), ("mpeg2", "mp2", "ts mkv mpg"),
    ("mpeg4", "mp3", "avi mp4 mkv"), ("mjpeg", "pcm", "avi mkv mov"), ("vp9", "opus", "webm mp4"),
    ("av1", "opus", "webm mp4"), ("flv1", "mp3", "flv")) for container in containers.split()]
EXTREMES = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
HEAD = 1500  # where the headers of these files are, by and large


def make_seeds(folder):
    """[(codec, container, bytes)] of SEEDS."""
    made = []
    for video, audio, container in SEEDS:
        path = folder / f"{video}.{container}"
        run(["ffmpeg", "-v", "error", "-nostdin", "-y", *PICTURE, *TONE, "-pix_fmt", "yuv420p", "-c:v", *VIDEO[video],
             "-c:a", *AUDIO[audio], "-threads", "1", "-shortest", path], timeout=60)
        made.append((video, container, path.read_bytes()))
    return made


def flip_bits(data, dice, _):
    """A few, or many; all over, or in the headers, at the beginning or the end (mp4)."""
    where = dice.choice([(0, len(data)), (0, min(HEAD, len(data))), (max(0, len(data) - HEAD), len(data))])
    for _ in range(dice.choice([1, 3, 10, 50, 300])):
        data[dice.randrange(*where)] ^= 1 << dice.randrange(8)
    return data


def truncate(data, dice, _):
    return data[:dice.randrange(len(data))]


def splice(data, dice, other):
    """A part is taken out, doubled, or comes from another file; or one file's head is before another's body."""
    begin = dice.randrange(len(data))
    end = min(len(data), begin + dice.choice([1, 4, 188, 1000, 5000]))
    way = dice.randrange(4)
    if way == 0:
        return data[:begin] + data[end:]
    if way == 1:
        return data[:end] + data[begin:]
    if way == 2:
        foreign = dice.randrange(len(other))
        return data[:begin] + other[foreign:foreign + end - begin] + data[end:]
    return data[:begin] + other[min(begin, len(other)):]


def wrong_sizes(data, dice, _):
    """Numbers that are too small, too large or negative, where sizes, counts and dimensions may be."""
    for _ in range(dice.choice([1, 2, 5, 20])):
        end = dice.choice([min(HEAD, len(data)), len(data)])
        form = dice.choice(["B", ">H", "<H", ">I", "<I"])
        at = dice.randrange(max(1, end - 4))
        if (box := data.find(dice.choice([b"stsz", b"stco", b"stsc", b"stts", b"trak", b"mdat", b"avc1", b"hvcC", b"strf",
                                          b"LIST", b"idx1", b"movi"]), 4)) > 0 and dice.random() < 0.5:
            at = box + dice.choice([-4, 4, 8, 12, 16])
        size = struct.calcsize(form)
        if at + size <= len(data):
            struct.pack_into(form, data, at, dice.choice(EXTREMES) & ((1 << 8 * size) - 1))
    return data


MUTATIONS = {"bits": flip_bits, "cut": truncate, "splice": splice, "sizes": wrong_sizes}


def mutate(data, other, kind, dice):
    """A copy of `data` that is wrong in this way; `other` is another file's bytes."""
    return bytes(MUTATIONS[kind](bytearray(data), dice, bytearray(other)))
