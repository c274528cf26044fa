"""Clips to test with, each made on first use and kept in a cache folder: `Clips(folder).path("h264.mp4")`.

The real ones are taken from Debian packages, the others are made with ffmpeg: 3 s of a moving test picture, 320x240,
25 fps, with a tone where the comment says so. Several test runs may share the folder; whoever changes how a clip is
made deletes the old one there.
"""

import fcntl
import pathlib
import shutil
import tempfile

from support.process import run

PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=3"]
TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3"]
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25"]
X264_B = [*X264, "-bf", "3", "-b_strategy", "0"]
MPEG2 = ["-c:v", "mpeg2video", "-q:v", "3", "-g", "12", "-bf", "2"]
INTRA_REFRESH = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-intra-refresh", "1", "-g", "25",
                 "-bf", "0", "-f", "mpegts"]

# name: arguments of ffmpeg before the output
MADE = {
    "h264.mp4": [*PICTURE, *TONE, *X264_B, "-c:a", "aac"],  # B-frames, sound
    "h264_no_b.mp4": [*PICTURE, *X264, "-bf", "0"],
    "h264.ts": [*PICTURE, *TONE, *X264_B, "-c:a", "aac"],  # B-frames, sound
    "h264_640x360.mp4": ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=4", *X264_B],
    "mpeg2.mpg": [*PICTURE, *TONE, *MPEG2, "-c:a", "mp2"],  # sound
    "mpeg2.ts": [*PICTURE, *TONE, *MPEG2, "-c:a", "mp2"],  # sound
    "mjpeg.avi": [*PICTURE, "-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"],
    "hevc.mp4": [*PICTURE, "-c:v", "libx265", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1",
                 "-x265-params", "log-level=error:keyint=25:bframes=3"],
    "vp9.webm": [*PICTURE, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k",
                 "-g", "25"],
    # these decoders draw each picture over the one before (reget_buffer)
    "qtrle.mov": [*PICTURE, "-c:v", "qtrle"],
    "cinepak.avi": ["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=1", "-c:v", "cinepak"],
    "rotated.mp4": ["-i", "{h264_no_b.mp4}", "-c", "copy", "-metadata:s:v:0", "rotate=90"],  # display matrix
    "refs16.mp4": [*PICTURE, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "75", "-refs", "16",
                   "-bf", "3"],  # the decoder keeps 16 pictures, the most that there are
    "two_pictures.mkv": [*PICTURE, "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=3", *TONE, *X264,
                         "-map", "0", "-map", "2", "-map", "1", "-c:a", "aac"],  # sound lies between the two
    "bt709.mp4": [*PICTURE, *X264, "-colorspace", "bt709", "-color_range", "tv"],
    "interlaced.ts": ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=50:duration=3,tinterlace=interleave_top", *MPEG2,
                      "-pix_fmt", "yuv420p", "-flags", "+ildct+ilme"],  # 25 frames of two fields each
    "anamorphic.mp4": [*PICTURE, "-vf", "setsar=4/3", *X264],
    "intra_refresh.ts": [*PICTURE, *INTRA_REFRESH],  # one I-frame, the first; recovery points each second
    "no_recovery_point.ts": [*PICTURE, *INTRA_REFRESH, "-bsf:v", "filter_units=remove_types=6"],  # the same less these
    "still.png": [*PICTURE, "-frames:v", "1"],
    "still.jpg": [*PICTURE, "-frames:v", "1", "-q:v", "3", "-pix_fmt", "yuvj420p"],
    "tone.wav": [*TONE, "-c:a", "pcm_s16le"],
    "tone.mp3": [*TONE, "-c:a", "libmp3lame"],
    "audio_only.m4a": [*TONE, "-c:a", "aac"],
    "small_part.ts": ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2", *X264_B],
    "large_part.ts": ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2", *X264_B,
                      "-output_ts_offset", "2.08"],  # 50 frames, and the two by which B-frames shifted the first part
}

# name: Debian package that contains the file
PACKAGED = {
    "vtest.avi": "opencv-doc",  # 768x576, 10 fps, 79.5 s, pedestrians, no sound (a download of 96 MB)
    "cityCC0.mpg": "python-kivy-examples",  # MPEG-2, 720x405, 25 fps, 7.6 s
    "Front_Center.wav": "alsa-utils",  # speech
}


class Clips:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        # name: function that writes it to the path it is given
        self._cut = {
            "resolution_change.ts": self._join_sizes,  # 50 frames of 320x240, then 50 of 640x360
            "mid_gop.ts": lambda out: self._cut_mid_gop(out, "h264.ts"),  # no key frame before 1 s
            "no_key_frame.ts": lambda out: self._cut_mid_gop(out, "no_recovery_point.ts"),  # no packet is a key frame
            "truncated.mp4": self._truncate,  # its index, at the end, is missing
            "empty.mp4": lambda out: out.touch(),  # zero bytes
        }

    def names(self):
        return [*PACKAGED, *MADE, *self._cut]

    def path(self, name):
        clip = self.folder / name
        if clip.exists():
            return clip
        with tempfile.TemporaryDirectory(dir=self.folder) as tmp:
            made = pathlib.Path(tmp) / name
            with (self.folder / f".{name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not clip.exists():
                    self._make(name, made)
                    made.rename(clip)
        return clip

    def _make(self, name, out):
        if name in PACKAGED:
            _take_from_package(PACKAGED[name], name, out)
        elif name in MADE:
            args = [self.path(arg[1:-1]) if str(arg).startswith("{") else arg for arg in MADE[name]]
            run(["ffmpeg", "-v", "error", "-nostdin", "-y", *args, out], timeout=60)
        elif name in self._cut:
            self._cut[name](out)
        else:
            raise KeyError(f"no clip {name}; there are {', '.join(self.names())}")

    def _join_sizes(self, out):
        out.write_bytes(self.path("small_part.ts").read_bytes() + self.path("large_part.ts").read_bytes())

    def _cut_mid_gop(self, out, name):
        """The clip less its first tenth: the tables come again after that, the first key frame does not."""
        whole = self.path(name).read_bytes()
        packets = len(whole) // 188
        out.write_bytes(whole[packets // 10 * 188:])

    def _truncate(self, out):
        whole = self.path("h264.mp4").read_bytes()
        out.write_bytes(whole[:len(whole) // 2])


def _take_from_package(package, name, out):
    folder = out.parent
    try:
        run(["apt-get", "download", "-q", package], timeout=300, cwd=folder)
        archive = next(folder.glob(f"{package}_*.deb"))
        run(["dpkg-deb", "--extract", archive, folder / "content"], timeout=120)
        found = next((folder / "content").rglob(name))
    except (RuntimeError, StopIteration) as problem:
        raise RuntimeError(f"cannot get {name} of the Debian package {package}: is there a network, and are the package "
                           f"lists fresh (apt-get update)? Or put the file into {out.parents[1]}\n{problem}") from None
    shutil.move(found, out)
