"""An SFTP server (OpenSSH) on loopback, with its own host key, for the user who runs the tests.

Login is by key alone, since a password would have to be one of a system user: FFmpeg takes the key as the option
`private_key` of the sftp protocol (`ffprobe -private_key FILE sftp://...`), framebroker under `options:`.
"""

import getpass
import os
import pathlib

from support.process import Process, run

CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
"""


class SftpServer(Process):
    """Paths in its URLs are those of the machine; `private_key` opens it, `foreign_key` is refused."""

    def __init__(self, tmp, port):
        self.port = port
        folder = pathlib.Path(tmp) / "sftp"
        folder.mkdir(exist_ok=True)
        for name in ("host_key", "user_key", "foreign_key"):
            if not (folder / name).exists():
                # PEM, because the libssh in Debian reads it in every version
                run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", folder / name])
        self.private_key = folder / "user_key"
        self.foreign_key = folder / "foreign_key"
        config = folder / "sshd_config"
        config.write_text(CONFIG.format(port=port, folder=folder))
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # sshd insists; the service would have made it
        super().__init__(["/usr/sbin/sshd", "-D", "-e", "-f", config], tmp, name="sftp-server")
        self.wait_port(port)

    def url(self, path):
        return f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}{pathlib.Path(path).resolve()}"
