"""Request heads read the way tinyIoT reads them, so that what slips past a proxy shows in its effect.

Lines end at any CR or LF, a name ends at space, tab or colon, an empty value swallows the next line,
the first of several equal names counts.
"""

import re

from .codes import Crash
from .wire import BadRequest, Request

_LINE = re.compile(r"([^ \t:]*)[ \t:]*(.*)", re.DOTALL)
_METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
MAX_REQUEST_ID = 113  # longer ones overflow a buffer of 128 bytes in an answer's header line


def parse_request(raw):
    """One recv worth of bytes -> Request with whatever follows the head as its body."""
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end or len(raw) >= 65_535:
        raise Crash("head in more than one segment, or more than 65,535 bytes")
    lines = [line for line in re.split(r"[\r\n]+", head.decode("latin-1")) if line]
    parts = lines[0].split(" ") if lines else []
    if len(parts) != 3:
        raise BadRequest(400, "malformed request line")
    if parts[0] not in _METHODS:
        raise Crash(f"method {parts[0][:20]!r}")
    request = Request(*parts, *_read_headers(lines[1:]))
    request.keep_alive = False
    request.raw, request.body = raw, body
    length = request.fields.get("content-length", "0")
    request.length = int(length) if length.isascii() and length.isdigit() and len(length) < 10 else 0
    if len(request.fields.get("x-m2m-ri", "")) > MAX_REQUEST_ID:
        raise Crash("overlong X-M2M-RI")
    return request


def _read_headers(lines):
    headers, fields = [], {}
    pending = iter(lines)
    for line in pending:
        name, value = _LINE.fullmatch(line).groups()
        if not value:
            value = next(pending, None)
            if value is None:
                raise Crash("last header has an empty value")
        headers.append((name, value))
        fields.setdefault(name.lower(), value)
    return headers, fields
