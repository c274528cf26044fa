"""The broker of the build folder as a child process, with a configuration given as a dict."""

import json
import os
import pathlib

from support.process import Process

BUILD = pathlib.Path(os.environ.get("FRAMEBROKER_BUILD", pathlib.Path(__file__).parents[2] / "build"))
DAEMON = BUILD / "bin/framebrokerd"
COMMAND = BUILD / "bin/framebroker"


class Broker(Process):
    """framebrokerd on a socket of its own in `tmp`, as user `uid`. JSON is YAML. prefix: a command that runs it."""

    def __init__(self, tmp, config, *options, uid=None, prefix=()):
        self.config = pathlib.Path(tmp) / "framebroker.yaml"
        self.socket = pathlib.Path(tmp) / "framebroker.sock"
        self.write_config(config)
        user = ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--pdeathsig", "KILL"] if uid else []
        super().__init__([*prefix, *user, DAEMON, "--config", self.config, "--socket", self.socket, *options], tmp,
                         name="framebrokerd", cwd=tmp)
        self.wait_until(self.socket.exists, "no socket")

    def write_config(self, config):
        whole = self.config.with_suffix(".new")  # a broker that reads meanwhile sees one or the other
        whole.write_text(config if isinstance(config, str) else json.dumps(config, indent=1))
        whole.rename(self.config)

    def connect(self, timeout=10):
        import framebroker

        return framebroker.connect(self.socket, timeout=timeout)
