"""HTTP/1.1 over a channel: writes what it is told, reads strictly."""

import json
import time

from .process import slowness


class ConnectionEnded(Exception):
    """The peer closed before the answer was complete."""


class Answer:
    def __init__(self, status, version, headers, body=b""):
        self.status = status
        self.version = version
        self.headers = headers  # [(name, value)] as received
        self.body = body

    def values(self, name):
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def header(self, name):
        found = self.values(name)
        return found[0] if found else None

    @property
    def rsc(self):
        text = self.header("X-M2M-RSC")
        return int(text) if text else None

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} RSC {self.rsc} {self.body[:200]!r}>"


class HttpConnection:
    """Requests over a channel (`send`, `recv(timeout)`, `close`)."""

    def __init__(self, channel):
        self.channel = channel
        self._buffer = b""
        self._requests = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def send(self, data):
        self.channel.send(data)

    def request(self, method="GET", target="/cse-in", origin=None, headers=(), body=None, ty=None, seconds=10, chunked=False):
        """Sends one request and reads its answer. `origin` None: no X-M2M-Origin. `body`: bytes, a dictionary for JSON, or chunks."""
        self.send(self.encode(method, target, origin, headers, body, ty, chunked))
        return self.read(seconds, method)

    def encode(self, method="GET", target="/cse-in", origin=None, headers=(), body=None, ty=None, chunked=False):
        self._requests += 1
        lines = [f"{method} {target} HTTP/1.1", "Host: cse1.sp.example.com"]
        names = {name.lower() for name, _ in headers}
        if origin is not None:
            lines.append(f"X-M2M-Origin: {origin}")
        if "x-m2m-ri" not in names:
            lines.append(f"X-M2M-RI: r{self._requests}")
        if "x-m2m-rvi" not in names:
            lines.append("X-M2M-RVI: 3")
        lines += [f"{name}: {value}" for name, value in headers]
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        if ty is not None:
            lines.append(f"Content-Type: application/json;ty={ty}")
        elif body is not None and "content-type" not in names:
            lines.append("Content-Type: application/json")
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if chunked:
            return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body or ()) if piece) + b"0\r\n\r\n"
        return head + (body or b"")

    def read(self, seconds=10, method="GET"):
        """The next answer that is not an interim one."""
        deadline = time.monotonic() + seconds * slowness()
        while True:
            answer = self._read_head(deadline)
            if answer.status >= 200:
                break
        answer.body = self._read_body(answer, method, deadline)
        return answer

    def read_interim(self, seconds=10):
        return self._read_head(time.monotonic() + seconds * slowness())

    def ended(self, seconds=10):
        """True when the peer closes without another byte."""
        deadline = time.monotonic() + seconds * slowness()
        return not self._buffer and not self.channel.recv(max(0.0, deadline - time.monotonic()))

    def read_to_end(self, seconds=10):
        """All bytes until the peer closes."""
        deadline = time.monotonic() + seconds * slowness()
        data, self._buffer = self._buffer, b""
        while True:
            more = self.channel.recv(max(0.0, deadline - time.monotonic()))
            if not more:
                return data
            data += more

    def _fill(self, deadline):
        more = self.channel.recv(max(0.0, deadline - time.monotonic()))
        if not more:
            raise ConnectionEnded(f"after {self._buffer[:300]!r}")
        self._buffer += more

    def _read_until(self, mark, deadline):
        while mark not in self._buffer:
            self._fill(deadline)
        found, self._buffer = self._buffer.split(mark, 1)
        return found

    def _read_exactly(self, size, deadline):
        pieces, have = [self._buffer], len(self._buffer)
        while have < size:
            more = self.channel.recv(max(0.0, deadline - time.monotonic()))
            if not more:
                raise ConnectionEnded(f"{have} of {size} bytes")
            pieces.append(more)
            have += len(more)
        data = b"".join(pieces)
        self._buffer = data[size:]
        return data[:size]

    def _read_head(self, deadline):
        head = self._read_until(b"\r\n\r\n", deadline).decode("latin-1").split("\r\n")
        version, status, _ = (head[0] + "  ").split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise AssertionError(f"not an answer: {head[0]!r}")
        return Answer(int(status), version, [tuple(part.strip() for part in line.split(":", 1)) for line in head[1:]])

    def _read_body(self, answer, method, deadline):
        if method == "HEAD" or answer.status in (204, 304):
            return b""
        if (answer.header("Transfer-Encoding") or "").lower() == "chunked":
            return self._read_chunks(deadline)
        length = answer.header("Content-Length")
        if length is not None:
            return self._read_exactly(int(length), deadline)
        body, self._buffer = self._buffer, b""
        while True:
            more = self.channel.recv(max(0.0, deadline - time.monotonic()))
            if not more:
                return body
            body += more

    def _read_chunks(self, deadline):
        body = []
        while True:
            size = int(self._read_until(b"\r\n", deadline), 16)
            if size == 0:
                if self._read_until(b"\r\n", deadline):
                    raise AssertionError("trailer fields")
                return b"".join(body)
            body.append(self._read_exactly(size, deadline))
            if self._read_exactly(2, deadline) != b"\r\n":
                raise AssertionError("chunk without its end")
