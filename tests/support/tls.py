"""TLS in front of a server that has none: rtsps, rtmps and https for the servers of this folder."""

import contextlib
import socket
import ssl
import threading

from support.process import run


class TlsFront:
    """Use it in a `with`. Takes TLS connections at `port`, with a certificate of its own, and passes them on to `target`."""

    def __init__(self, tmp, target):
        self._target = target
        certificate, key = tmp / "tls.crt", tmp / "tls.key"
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout",
             key, "-out", certificate])
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), self._context.wrap_socket(client, server_side=True) as front, \
                socket.create_connection(("127.0.0.1", self._target)) as back:
            # an SSL socket is no two threads': both ways in one, woken often enough
            front.settimeout(0.01)
            back.settimeout(0.01)
            while True:
                for one, other in ((front, back), (back, front)):
                    with contextlib.suppress(TimeoutError, ssl.SSLWantReadError):
                        data = one.recv(65536)
                        if not data:
                            return
                        other.settimeout(10)
                        other.sendall(data)
                        other.settimeout(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
