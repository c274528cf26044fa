"""serve(): a private broker in one line."""
import weakref

from ._broker import Broker
from ._daemon import Daemon


def serve(config):
    """A private broker (a str is a path): a child in its own session (Ctrl-C is not its signal), gone with this process."""
    return PrivateBroker(config)


class PrivateBroker(Broker):
    """A broker that ends when it is closed, when nobody refers to it or a reader of it, and with this process."""

    def __new__(cls, config):
        daemon = Daemon(config)
        try:
            self = super().__new__(cls, daemon.socket)
        except BaseException:
            daemon.end()
            raise
        self._end_daemon = weakref.finalize(self, daemon.end)
        return self

    def close(self):
        super().close()
        self._end_daemon()
