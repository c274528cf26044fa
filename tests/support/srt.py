"""An SRT server for one client after another: ffmpeg loops a clip over UDP, srt-live-transmit passes it on."""

from support.ports import free_port
from support.process import Process
from support.senders import UdpSender


class SrtServer(Process):
    """Sends an MPEG-TS clip over and over, in real time, to whoever calls srt://127.0.0.1:port."""

    def __init__(self, tmp, port, clip):
        self.url = f"srt://127.0.0.1:{port}"
        udp_port = free_port()
        self._sender = UdpSender(tmp, udp_port, clip)
        super().__init__(["srt-live-transmit", "-loglevel:note", f"udp://127.0.0.1:{udp_port}",
                          f"{self.url}?mode=listener"], tmp, name="srt-server")
        self.wait_port(port, "udp")

    def stop(self, timeout=5):
        super().stop(timeout)
        self._sender.stop(timeout)
