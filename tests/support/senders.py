"""ffmpeg as the sending side: a clip over and over in real time, or a live test picture."""

from support.process import Process

FFMPEG = ["ffmpeg", "-hide_banner", "-nostdin"]


def _loop(clip):
    return [*FFMPEG, "-re", "-stream_loop", "-1", "-i", clip, "-c", "copy"]


class TcpSender(Process):
    """MPEG-TS to the first who connects to tcp://127.0.0.1:port; ends when that client goes."""

    def __init__(self, tmp, port, clip):
        self.url = f"tcp://127.0.0.1:{port}"
        super().__init__([*_loop(clip), "-f", "mpegts", f"{self.url}?listen=1"], tmp, name="tcp-sender")
        self.wait_port(port)


class UdpSender(Process):
    """MPEG-TS to udp://127.0.0.1:port, whether anybody listens or not."""

    def __init__(self, tmp, port, clip):
        self.url = f"udp://127.0.0.1:{port}"
        super().__init__([*_loop(clip), "-f", "mpegts", f"{self.url}?pkt_size=1316"], tmp, name="udp-sender")


class RtmpPusher(Process):
    """Pushes a live test picture (H.264, 25 fps, a key frame each second) with a tone (AAC) to an RTMP URL."""

    def __init__(self, tmp, url):
        super().__init__([*FFMPEG, "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25",
                          "-f", "lavfi", "-i", "sine=sample_rate=48000",
                          "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p",
                          "-g", "25", "-c:a", "aac", "-f", "flv", url], tmp, name="rtmp-pusher")
        self.wait_line("frame=", timeout=20)
