"""Programs that take what a sink sends: ffmpeg as the server, and two players that are not ours to read it back."""

import subprocess

from support.ports import free_port, is_listening
from support.process import Process, run

FFMPEG = ["ffmpeg", "-hide_banner", "-nostdin", "-y"]


class Listener(Process):
    """ffmpeg, which waits for one sender and writes what comes, as it comes, into a file; ends when the sender goes."""

    URLS = {"rtsp": "rtsp://127.0.0.1:{port}/live", "srt": "srt://127.0.0.1:{port}", "tcp": "tcp://127.0.0.1:{port}",
            "udp": "udp://127.0.0.1:{port}"}
    INPUTS = {"rtsp": ["-rtsp_flags", "listen", "-i", "{url}"], "srt": ["-i", "{url}?mode=listener"],
              "tcp": ["-i", "{url}?listen=1"], "udp": ["-i", "{url}?timeout=2000000"]}

    def __init__(self, tmp, scheme, path, port=None):
        port = port or free_port()
        self.path = path
        self.url = self.URLS[scheme].format(port=port)
        source = [word.format(url=self.url) for word in self.INPUTS[scheme]]
        super().__init__([*FFMPEG, *source, "-c", "copy", "-flush_packets", "1", path], tmp, name=f"{scheme}-listener")
        protocol = "udp" if scheme in ("srt", "udp") else "tcp"
        self.wait_until(lambda: is_listening(port, protocol) or "Input #0" in self.output(), "it does not listen")


def play_with_ffmpeg(url, path, *options, seconds=2):
    """What comes from a server within some seconds, as it comes, as a file."""
    run([*FFMPEG, "-v", "error", *options, "-i", url, "-t", seconds, "-c", "copy", path], timeout=seconds + 40)
    return path


def play_with_gstreamer(url, frames=15, protocols="tcp"):
    """Decodes so many pictures of an RTSP server; an error where that takes too long or fails. What fails once they are
    all there, when it takes leave of the server, does not count."""
    play = ["gst-launch-1.0", "-v", "rtspsrc", f"location={url}", f"protocols={protocols}", "!", "rtph264depay", "!",
            "h264parse", "!", "avdec_h264", "!", "fakesink", f"num-buffers={frames}", "sync=false", "silent=false"]
    result = subprocess.run(play, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40)
    pictures = result.stdout.count("last-message = chain")
    if pictures < frames:
        raise RuntimeError(f"{pictures} of {frames} pictures came: {' '.join(play)}\n{result.stderr[-3000:]}")


def decode(path, *options):
    """Decodes a file to its end (or with "-t", SECONDS); an error where anything in it is damaged or missing."""
    run([*FFMPEG, "-v", "error", "-xerror", "-i", path, *options, "-f", "null", "-"], timeout=60)
