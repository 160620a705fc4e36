"""A CSE that does what a test tells it, byte by byte; for what the small CSE has no mode for."""

import socket
import threading


class FakeCse:
    """`serve(connection)` runs on a thread for each connection; whatever it raises ends that connection."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._open = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)  # or the thread goes on accepting, and the next listener meets it
        self._accepting.join()
        self._listener.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # has ended before
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            self._serve(connection)
        except (OSError, EOFError):
            pass
        finally:
            connection.close()


def read_head(connection):
    """The head of a request and what has come behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise EOFError
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head, rest


def answer(body=b"{}", rsc=2000, more=b""):
    return b"HTTP/1.1 200 OK\r\nX-M2M-RSC: %d\r\nX-M2M-RI: 1\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b" % (
        rsc, more, len(body), body)
