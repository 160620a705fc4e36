"""A bare client and a notification receiver for the tests of the small CSE."""

import json
import os
import queue
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from small_cse.harness import SmallCse  # noqa: E402, F401


class Reply:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    @property
    def rsc(self):
        return int(self.fields.get("x-m2m-rsc", 0))

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection; `send` writes bytes as they are, `reply` reads exactly one answer."""

    def __init__(self, port, path=None):
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.settimeout(10)
        try:
            self.socket.connect(path or ("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, *pieces):
        for piece in pieces:
            self.socket.sendall(piece)

    def head(self):
        """Status and headers of the next answer, interim ones included; None at the end of the connection."""
        line = self.file.readline()
        if not line:
            return None
        status, fields = int(line.split(b" ")[1]), {}
        while (line := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            fields[name.lower()] = value.strip()
        return status, fields

    def reply(self):
        head = self.head()
        if head is None:
            return None
        status, fields = head
        if "content-length" in fields:
            body = self.file.read(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.file.readline(), 16):
                body += self.file.read(size)
                self.file.readline()
            self.file.readline()
        else:
            body = self.file.read()
        return Reply(status, fields, body)

    def rest(self):
        """Everything up to the end of the connection."""
        return self.file.read()

    def ask(self, method, target, originator="CAdmin", ty=None, content=None, headers=()):
        self.send(request(method, target, originator, ty, content, headers))
        return self.reply()


def request(method, target, originator="CAdmin", ty=None, content=None, headers=()):
    """The bytes of one request."""
    body = b"" if content is None else json.dumps(content).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: cse", "X-M2M-RI: r1", "X-M2M-RVI: 3", *headers]
    if originator is not None:
        lines.append(f"X-M2M-Origin: {originator}")
    if content is not None:
        lines += ["Content-Type: application/json" + (f";ty={ty}" if ty else ""), f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def ask(cse, *arguments, **named):
    """One request on a connection of its own."""
    with Client(cse.port) as client:
        return client.ask(*arguments, **named)


def register(cse, stem, name=None, **attributes):
    content = {"m2m:ae": {"api": "Ntest", "rr": True, "rn": name or stem.lower(), **attributes}}
    return ask(cse, "POST", "/cse-in", stem, 2, content)


class Receiver:
    """An AE's HTTP server: `arrived` is a queue of (request line, fields, content)."""

    def __init__(self, rsc="2000", split=False):
        self.arrived = queue.Queue()
        self._rsc = rsc
        self._split = split
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def url(self, path="/n"):
        return f"http://127.0.0.1:{self.port}{path}"

    def next(self):
        return self.arrived.get(timeout=10)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as file:
                line, fields = file.readline().decode().strip(), {}
                while (header := file.readline()) not in (b"\r\n", b""):
                    name, _, value = header.decode().partition(":")
                    fields[name.lower()] = value.strip()
                body = file.read(int(fields.get("content-length", 0)))
                self.arrived.put((line, fields, json.loads(body)))
                answer = f"HTTP/1.1 200 OK\r\nX-M2M-RSC: {self._rsc}\r\nX-M2M-RI: {fields['x-m2m-ri']}\r\n"
                answer += "Content-Length: 0\r\n\r\n"
                if self._split:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for byte in answer.encode():
                        connection.sendall(bytes((byte,)))
                else:
                    connection.sendall(answer.encode())
