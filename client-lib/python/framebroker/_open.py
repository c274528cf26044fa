"""open(): a private broker with one source, owned by the reader of its one stream."""
import errno
import os
import re
import time
import warnings

from ._core import Error
from ._info import MODES
from ._reader import Reader
from ._serve import serve

STREAM = "input"
PATIENCE_SECONDS = 10  # before a camera that does not answer is worth a warning
OUTPUT_KEYS = frozenset("""media track pixel_format width height frame_rate fps_mode filter scale depth spare max_readers
    max_held metadata_size lossless lossless_timeout sample_format sample_rate channels frame_size""".split())
LIVE_SCHEMES = frozenset("rtsp rtsps rtp srtp rtmp rtmps rtmpt rtmpts rtmpe rtmpte srt udp udplite tcp".split())
CAPTURE_FORMATS = frozenset("""alsa decklink dv1394 fbdev iec61883 jack kmsgrab libdc1394 openal oss pulse sndio v4l2
    video4linux2 x11grab xcbgrab""".split())


def is_live(url, format="auto"):
    """Whether frames come at their own pace, as far as the URL tells; HTTP counts as a file, except HLS."""
    scheme = re.match(r"([a-z0-9+]+):", url, re.IGNORECASE)
    scheme = scheme[1].lower() if scheme else ""
    if format in CAPTURE_FORMATS or scheme in LIVE_SCHEMES or url.startswith("/dev/"):
        return True
    return scheme in ("http", "https", "hls") and url.split("?")[0].lower().endswith(".m3u8")


def is_missing(url):
    """Whether it is the path of a file that is not there, rather than a URL or a pattern such as img%03d.png."""
    return not re.match(r"[a-z0-9+]+:", url, re.IGNORECASE) and not set("%*?").intersection(url) and not os.path.exists(url)


def open(url, mode=None, *, pixel_format="rgb24", copy=True, timeout=None, **keys):
    """cv2.VideoCapture's job in one line; source and output keys as in the YAML. None: lossless for files, latest for live."""
    url = os.fspath(url)
    live = is_live(url, keys.get("format", "auto"))
    mode = mode or ("latest" if live else "lossless")
    if mode not in MODES:
        raise ValueError(f"mode {mode!r}: one of {', '.join(MODES)}")
    if "outputs" in keys:
        raise TypeError("fb.open() has one output: give its keys here, or use fb.serve() for several")
    output = {key: keys.pop(key) for key in OUTPUT_KEYS & keys.keys()}
    if output.get("media", "video") == "video":
        output.setdefault("pixel_format", pixel_format)
    source = {"url": url, "on_demand": True, "outputs": {STREAM: output}, **keys}
    if mode == "lossless":
        source.setdefault("readrate", 0)  # the reader sets the pace
    if "format" not in keys and is_missing(url):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url)
    broker = serve({"sources": {STREAM: source}})
    try:
        reader = OpenedReader(broker, STREAM, mode, timeout, output.get("max_held", 2), copy)
        if live:
            reader.warn_at = time.monotonic() + PATIENCE_SECONDS
        else:
            await_file(broker)
        return reader
    except BaseException:
        broker.close()
        raise


def await_file(broker):
    """Returns when frames flow, or none will. A file that cannot be read is an error: a camera may come back, it does not."""
    while True:
        try:
            broker.wait(STREAM, timeout=0.1)
            return
        except EOFError:
            return
        except TimeoutError:
            source = broker.status()["sources"][0]
        if source["error"]:
            raise Error(errno.EIO, sentence(source["error"]))
        if source["state"] == "ended":
            return


def sentence(error):
    return "; ".join(filter(None, (error["text"], error["mend"])))


def why_not(broker):
    source = broker.status()["sources"][0]
    return sentence(source["error"]) if source["error"] else f"the source is {source['state']}"


class OpenedReader(Reader):
    """A reader that takes its broker along when it closes, and warns once where no first frame comes."""

    warn_at = None  # on the clock of time.monotonic(); None: no more

    def _read(self, timeout):
        if self.warn_at is not None:
            patience = max(self.warn_at - time.monotonic(), 0)
            if timeout is None or timeout > patience:
                self.warn_at = None
                try:
                    return super()._read(patience)
                except TimeoutError:
                    warnings.warn(f"no frame yet: {why_not(self._options[0])}; waiting on", RuntimeWarning, stacklevel=3)
                    timeout = timeout and timeout - patience
        frame = super()._read(timeout)
        self.warn_at = None
        return frame

    def close(self):
        super().close()
        self._options[0].close()
