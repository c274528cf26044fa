"""An FTP server (pyftpdlib of Debian's Python) for one folder and one user, who may read and write.

An upload by FFmpeg may lose its end: FFmpeg hangs up without waiting for the server's word, and pyftpdlib then drops
what it has not read yet. Reading is exact.
"""

from support.process import Process


class FtpServer(Process):
    def __init__(self, tmp, port, folder, user="cam", password="secret"):
        self.port = port
        self.user = user
        self.password = password
        super().__init__(["/usr/bin/python3", "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", port, "-d", folder, "-w",
                          "-u", user, "-P", password], tmp, name="ftp-server")
        self.wait_port(port)

    def url(self, name, password=None):
        return f"ftp://{self.user}:{password or self.password}@127.0.0.1:{self.port}/{name}"
