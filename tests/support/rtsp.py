"""The RTSP server of rtsp_server.py as a child process."""

import pathlib
from urllib.parse import quote

from support.process import Process

SCRIPT = pathlib.Path(__file__).with_name("rtsp_server.py")


class RtspServer(Process):
    """Serves /test, /h265, /mjpeg, and `clip` (H.264 in MP4; with `sound`: and AAC) as /file; to everyone, or to `user`
    with `password`.

    H.264 pushed to /in is played at /out, by way of the UDP port `pass_on`.
    """

    def __init__(self, tmp, port, clip=None, user=None, password=None, digest=False, pass_on=None, sound=False):
        self.port = port
        self.user = user
        self.password = password
        args = ["/usr/bin/python3", SCRIPT, port]
        if clip:
            args += ["--clip", clip]
        if sound:
            args += ["--sound"]
        if pass_on:
            args += ["--pass-on", pass_on]
        if user:
            args += [f"--user={user}", f"--password={password}"]
        if digest:
            args += ["--digest"]
        super().__init__(args, tmp, name="rtsp-server")
        self.wait_line("listening", timeout=20)

    def url(self, path="/test", password=None):
        """With user and password where the server wants them; `password` gives another one."""
        login = ""
        if self.user:
            login = f"{quote(self.user, safe='')}:{quote(password or self.password, safe='')}@"
        return f"rtsp://{login}127.0.0.1:{self.port}{path}"
