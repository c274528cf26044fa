"""Servers of this process that say what they are told: HTTP with a body for each path, TCP with the same words for all."""

import http.server
import socket
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        body = self.server.bodies.get(self.path.split("?")[0])
        if isinstance(body, str):
            self.send_response(302)
            self.send_header("Location", body)
            body = b""
        else:
            self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


class HttpContent:
    """Use it in a `with`. `bodies` is {"/path": bytes, "/other": "where it is"}, `requests` lists the paths asked for."""

    def __init__(self, bodies):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.bodies, self._server.requests = bodies, []
        self.requests, self.port = self._server.requests, self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class TcpContent:
    """Use it in a `with`. Each client gets `words`, then the end."""

    def __init__(self, words):
        self._words = words
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                client.sendall(self._words)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._thread.join()
        self._listener.close()
