"""One request over a connection of its own: notifications and forwarded requests."""

import asyncio
import re
from urllib.parse import urlsplit

MAX_ANSWER = 1024 * 1024
_CLEAN_URL = re.compile(r"[\x21-\x7e]{1,2000}")


class Unreachable(Exception):
    """No usable answer: bad address, no connection, no answer in time, not HTTP."""


class Reply:
    __slots__ = ("status", "fields", "body", "segments")

    def __init__(self, status, fields, body, segments):
        self.status = status
        self.fields = fields
        self.body = body
        self.segments = segments


async def post(url, headers, body, timeout, target=None):
    """POSTs to an http:// URL within `timeout` seconds; `target` overrides the URL's path and query."""
    return await request("POST", url, headers, body, timeout, target)


async def request(method, url, headers, body, timeout, target=None):
    """The same with any method."""
    host, port, path = _split(url)
    head = f"{method} {target or path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    if body or method in ("POST", "PUT"):
        head += f"Content-Length: {len(body)}\r\n"
    head += "Connection: close\r\n\r\n"
    data = head.encode("latin-1", "replace") + body
    try:
        return await asyncio.wait_for(_exchange(host.strip("[]"), port, data), timeout)
    except (OSError, ValueError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
        raise Unreachable(f"{host}:{port}: {type(error).__name__} {error}") from None


def _split(url):
    if not _CLEAN_URL.fullmatch(url):
        raise Unreachable("the address is no URL")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        raise Unreachable("the address is no URL") from None
    if parts.scheme != "http" or not host:
        raise Unreachable(f"scheme {parts.scheme or 'missing'} is not spoken here")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return (f"[{host}]" if ":" in host else host), port, path


async def _exchange(host, port, data):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(data)
        return await _read_reply(reader)
    finally:
        writer.transport.abort()


async def _read_reply(reader):
    received, segments = b"", 0
    while True:
        piece = await reader.read(65536)
        received += piece
        segments += bool(piece)
        reply = _parse(received, segments, at_end=not piece)
        if reply is not None:
            return reply
        if not piece or len(received) > MAX_ANSWER:
            raise ValueError("incomplete or overlong answer")


def _parse(received, segments, at_end):
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lines = head.decode("latin-1").split("\r\n")
    status = re.fullmatch(r"HTTP/1\.[01] (\d{3})(?: .*)?", lines[0])
    if not status:
        raise ValueError("not HTTP")
    if status[1].startswith("1"):
        return _parse(body, segments, at_end)
    pairs = (line.partition(":") for line in lines[1:])
    fields = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "content-length" in fields:
        length = int(fields["content-length"])
        if len(body) < length:
            return None
        body = body[:length]
    elif not at_end and status[1] != "204":
        return None
    return Reply(int(status[1]), fields, body, segments)
