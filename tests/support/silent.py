"""A TCP server that accepts, perhaps says a few words, and is silent ever after."""

import socket
import threading


class SilentServer:
    """Use it in a `with`. `words` are sent to each client before the silence; `accepted` is set by the first one."""

    def __init__(self, words=b""):
        self._words = words
        self._clients = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.accepted = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            client.sendall(self._words)
            self.accepted.set()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._thread.join()
        self._listener.close()
        for client in self._clients:
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
