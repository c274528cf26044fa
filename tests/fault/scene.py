"""The scene of the fault tests: one broker with every kind of stream under load, the roles that faults befall, and
watchers that are left in peace.

        film, pattern (sources) -> readers of every mode, a pool (members) -> marked -> reader; sink
        made (a producer)       -> readers
        other (a source)        -> the bystander: nothing of the above may cost it a frame
"""

import socket
import subprocess

from fault.roles import PROGRAM, Core, Keeper, Role, Worker
from support.broker import Broker

RATE = 100
FILM = {"format": "rawvideo", "format_options": {"video_size": "64x48", "pixel_format": "gray", "framerate": RATE},
        "stream_loop": -1, "reconnect_delay": "20ms", "reconnect_delay_max": "100ms"}
PATTERN = {"format": "lavfi", "url": f"color=size=64x48:rate={RATE},format=gray,geq=lum='mod(N,251)'",
           "reconnect_delay": "20ms", "reconnect_delay_max": "100ms"}
RING = {"spare": 24, "lossless_timeout": "2s"}
LOSSLESS_NS = 1_500_000_000  # a stop shorter than that costs a lossless reader nothing


def configuration(folder, port, memory):
    film = {**FILM, "url": str(folder / "film.gray")}
    return {"broker": {"memory": memory},
            "sources": {"film": {**film, "outputs": {"film": RING}},
                        "pattern": {**PATTERN, "outputs": {"pattern": RING}},
                        "other": {**film, "outputs": {"other": {"spare": 60}}}},
            "streams": {"made": {"pixel_format": "gray", "width": 64, "height": 48, **RING},
                        "marked": {"like": "film", "max_writers": 4, "reorder_timeout": "500ms"}},
            "sinks": {"out": {"url": f"udp://127.0.0.1:{port}", "format": "mpegts", "reconnect_delay": "20ms",
                              "reconnect_delay_max": "100ms", "video": {"stream": "film", "codec": "mpeg4", "frame_rate": 25}}}}


class Scene:
    """Use it in a `with`. targets: what faults may befall; watchers: what they must not."""

    def __init__(self, folder, memory="auto"):
        self.folder = folder
        subprocess.run([PROGRAM, "film", folder / "film.gray", "1000"], check=True)
        self._receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._receiver.bind(("127.0.0.1", 0))
        self._memory = memory
        self.keeper = Keeper(self._start_broker(), self._start_broker)
        self.client = self.broker.connect()
        for stream in "film", "pattern", "other":
            self.client.wait(stream, timeout=20)
        self.workers = [Worker(self.client, "source", "film"), Worker(self.client, "source", "pattern"),
                        Worker(self.client, "sink", "out")]
        self.bystander, self.core = Worker(self.client, "source", "other"), Core(self.client)
        self.watchers = self.roles = self.targets = []

    def _start_broker(self):
        self.broker = Broker(self.folder, configuration(self.folder, self._receiver.getsockname()[1], self._memory))
        return self.broker.pid

    def enter(self):
        """The watchers and roles come."""
        self.watchers = [self._reader("watch-film", "film", "lossless"), self._reader("watch-pattern", "pattern", "uniform"),
                         self._reader("watch-made", "made", "lossless"), self._reader("watch-marked", "marked", "ordered"),
                         self._reader("bystander", "other", "lossless")]
        self.readers = [self._reader("latest", "film", "latest"), self._reader("ordered", "film", "ordered", 6),
                        self._reader("lossless", "film", "lossless", 3), self._reader("lossless-made", "made", "lossless"),
                        self._reader("ordered-marked", "marked", "ordered", 4), self._reader("uniform", "pattern", "uniform", 4)]
        self.members = [Role(self.folder, f"member-{i}", "member", self.broker.socket, "film", "marked") for i in range(3)]
        self.producer = Role(self.folder, "producer", "produce", self.broker.socket, "made")
        self.roles = [*self.readers, *self.members, self.producer]
        self.targets = [*self.roles, *self.workers, self.core, self.keeper]

    def _reader(self, name, stream, mode, hold=1):
        return Role(self.folder, name, "read", self.broker.socket, stream, mode, hold)

    def watcher(self, name):
        return next(one for one in self.watchers if one.name == name)

    def leave(self):
        """They all die."""
        for role in [*self.watchers, *self.roles]:
            role.stop()
        self.watchers = self.roles = self.targets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()
        self.client.close()
        self.broker.stop()
        self._receiver.close()
