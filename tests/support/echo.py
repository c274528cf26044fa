"""An HTTP server that says everything it is asked again: in the status line, in headers, in the body, in redirects."""

import http.server
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = int(self.path.split("/")[1])
        login = self.headers.get("Authorization", "")
        self.send_response(status, f"no {self.path} {login}")
        self.send_header("X-Asked", f"{self.path} {login}")
        if status == 401:
            self.send_header("WWW-Authenticate", f'Basic realm="{self.path}"')
        if status == 302:
            self.send_header("Location", self.path.replace("/302/", "/404/"))
        body = f"<html>{self.path} {login} {self.headers}</html>".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_PUT = do_POST = do_GET

    def log_message(self, *_):
        pass


class EchoServer:
    """Use it in a `with`. Answers with the status that a path begins with."""

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
