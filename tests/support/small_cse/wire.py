"""HTTP/1.1 as bytes: request heads, chunked bodies, answers. No socket."""

import re

from . import codes

MAX_HEAD = 32 * 1024
MAX_HEADERS = 100

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(r"[\x21-\x7e]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_known_names = {}  # spelling -> lower case, of header names already found to be tokens; bounded


class BadRequest(Exception):
    """The bytes are no request that can be answered otherwise than by `status` and a close."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status
        self.text = text


class Request:
    """One request as it arrived. `headers` keeps order and spelling; `fields` joins duplicates with ', '."""

    __slots__ = ("method", "target", "version", "headers", "fields", "length", "chunked", "keep_alive", "body", "raw")

    def __init__(self, method, target, version, headers, fields):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.fields = fields
        self.length = 0
        self.chunked = False
        self.keep_alive = version == "HTTP/1.1"
        self.body = b""
        self.raw = b""


def parse_head(head):
    """Bytes up to, not including, the empty line -> Request. Strict: what is doubtful raises BadRequest."""
    text = head.decode("latin-1")
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    if text.count("\r") != breaks or text.count("\n") != breaks or _CONTROL.search(text):
        raise BadRequest(400, "bare CR, bare LF or control character in the head")
    if breaks > MAX_HEADERS:
        raise BadRequest(431, f"more than {MAX_HEADERS} header lines")
    method, target, version = _parse_request_line(lines[0])
    headers, fields = [], {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = _known_names.get(name) or _checked_name(name)
        if not colon:
            raise BadRequest(400, "header line without colon")
        value = value.strip(" \t")
        headers.append((name, value))
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    request = Request(method, target, version, headers, fields)
    _read_framing(request)
    return request


def _parse_request_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]) or not _TARGET.fullmatch(parts[1]):
        raise BadRequest(400, "malformed request line")
    if parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequest(505 if parts[2].startswith("HTTP/") else 400, "HTTP/1.1 is spoken here")
    return parts


def _checked_name(name):
    if not _TOKEN.fullmatch(name):
        raise BadRequest(400, "malformed header name")
    lower = name.lower()
    if len(_known_names) < 1000:
        _known_names[name] = lower
    return lower


def _read_framing(request):
    fields = request.fields
    if request.version == "HTTP/1.1" and "host" not in fields:
        raise BadRequest(400, "Host is missing")
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise BadRequest(400, "both Content-Length and Transfer-Encoding")
        if request.version == "HTTP/1.0" or coding.lower() != "chunked":
            raise BadRequest(501, "the only transfer coding is chunked")
        request.chunked = True
    elif length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise BadRequest(400, "malformed Content-Length")
        request.length = int(length)
    connection = fields.get("connection")
    if connection is not None:
        options = connection.lower()
        request.keep_alive = "keep-alive" in options if request.version == "HTTP/1.0" else "close" not in options


class ChunkedBody:
    """Decoder of a chunked body that grows in a buffer. `end` is where it ends, -1 while it is incomplete."""

    _SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t\x20-\x7e]*)?")

    def __init__(self, start, max_body):
        self._at = start
        self._max = max_body
        self._parts = []
        self._size = 0
        self._in_trailer = False
        self._trailer_start = 0
        self.end = -1

    def advance(self, buffer):
        """Looks at the buffer again; returns True when the body is complete."""
        while self.end < 0:
            line_end = buffer.find(b"\r\n", self._at)
            if line_end < 0:
                if len(buffer) - self._at > 256 + self._in_trailer * MAX_HEAD:
                    raise BadRequest(400, "overlong chunk size or trailer line")
                return False
            if self._in_trailer:
                self._trailer_line(bytes(buffer[self._at : line_end]), line_end + 2)
            elif not self._chunk(buffer, line_end):
                return False
        return True

    def body(self):
        return b"".join(self._parts)

    def _chunk(self, buffer, line_end):
        match = self._SIZE.fullmatch(bytes(buffer[self._at : line_end]))
        if not match:
            raise BadRequest(400, "malformed chunk size")
        size = int(match[1], 16)
        if self._size + size > self._max:
            raise BadRequest(413, "body too large")
        if size == 0:
            self._in_trailer = True
            self._at = self._trailer_start = line_end + 2
            return True
        start = line_end + 2
        if len(buffer) < start + size + 2:
            return False
        if buffer[start + size : start + size + 2] != b"\r\n":
            raise BadRequest(400, "chunk does not end with CRLF")
        self._parts.append(bytes(buffer[start : start + size]))
        self._size += size
        self._at = start + size + 2
        return True

    def _trailer_line(self, line, next_line):
        if not line:
            self.end = next_line
        elif b":" not in line or next_line - self._trailer_start > MAX_HEAD:
            raise BadRequest(400, "malformed or overlong trailer")
        self._at = next_line


class Answer:
    """What goes back: status, oneM2M parameters and serialised content."""

    __slots__ = ("status", "rsc", "ri", "rvi", "body", "close")

    def __init__(self, status, rsc, ri=None, rvi=None, body=b""):
        self.status = status
        self.rsc = rsc
        self.ri = ri
        self.rvi = rvi
        self.body = body
        self.close = False

    def head(self, quirks):
        """Status line and header lines, without length, without connection, without the empty line."""
        lines = f"HTTP/1.1 {self.status} {codes.REASON_PHRASE.get(self.status, '')}\r\n"
        if self.body:
            lines += "Content-Type: application/json\r\n"
        if self.rsc is not None:
            lines += f"X-M2M-RSC: {self.rsc}\r\n"
        if self.ri is not None:
            lines += f"X-M2M-RI: {self.ri}\r\n"
        if self.rvi is not None:
            lines += f"X-M2M-RVI: {self.rvi}\r\n"
        if quirks.lower_case_headers:
            lines = re.sub(r"^X-M2M-\w+:", lambda name: name[0].lower(), lines, flags=re.MULTILINE)
        return lines.encode("latin-1", "replace") + quirks.headers

    def encode(self, quirks):
        """The whole answer as one piece of bytes."""
        head = self.head(quirks)
        if self.body or quirks.length_without_body:
            head += b"Content-Length: %d\r\n" % len(self.body)
        if self.close and b"onnection: " not in quirks.headers:
            head += b"Connection: close\r\n"
        return head + b"\r\n" + self.body + (quirks.surplus if self.body else b"")
