"""A server that takes MPEG-TS over TCP from one sender and knows when each picture came."""

import socket
import threading
import time

from support.ports import free_port

PACKET = 188


class Arrivals:
    """Listens on `url`. `pictures()`: (when it came, its dts), in seconds, of each picture that has begun to come;
    `data()`: all that came."""

    def __init__(self, port=None):
        port = port or free_port()
        self.url = f"tcp://127.0.0.1:{port}"
        self._listening = socket.create_server(("127.0.0.1", port))
        self._connection = None
        self._chunks = []  # (time, bytes)
        self._thread = threading.Thread(target=self._receive)

    def _receive(self):
        try:
            self._connection, _ = self._listening.accept()
            while data := self._connection.recv(1 << 16):
                self._chunks.append((time.monotonic(), data))
        except OSError:
            pass

    def pictures(self):
        found, rest = [], b""
        for came, data in list(self._chunks):
            rest += data
            whole = len(rest) // PACKET * PACKET
            stamps = (picture_dts(rest[at:at + PACKET]) for at in range(0, whole, PACKET))
            found += [(came, dts) for dts in stamps if dts is not None]
            rest = rest[whole:]
        return found

    def data(self):
        return b"".join(data for _, data in self._chunks)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        for each in filter(None, (self._listening, self._connection)):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the sender has gone
            each.close()
        self._thread.join()


def picture_dts(packet):
    """The dts of the picture that begins in a packet of a transport stream, in seconds; None: none begins there."""
    assert packet[0] == 0x47
    begins, adaptation, payload = packet[1] & 0x40, packet[3] & 0x20, packet[3] & 0x10
    pes = packet[4 + (1 + packet[4] if adaptation else 0):]
    if not begins or not payload or pes[:3] != b"\0\0\1" or not 0xE0 <= pes[3] <= 0xEF:
        return None
    at = 14 if pes[7] & 0x40 else 9  # dts, or pts where they are the same
    ticks = (pes[at] >> 1 & 7) << 30 | pes[at + 1] << 22 | pes[at + 2] >> 1 << 15 | pes[at + 3] << 7 | pes[at + 4] >> 1
    return ticks / 90000
