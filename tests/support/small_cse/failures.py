"""Failures on demand: ways in which an answer goes wrong. `control.py` lists what each mode does."""

import asyncio
import socket
import struct

_SMUGGLED = b"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nX-Smuggled: yes\r\nContent-Length: 0\r\n\r\n"


class Failures:
    """The mode in force; `count` requests meet it, or all of them until the next change."""

    def __init__(self):
        self.mode = "none"
        self.options = {}
        self._left = None

    def set(self, mode, options):
        if mode != "none" and mode not in MODES:
            raise ValueError(f"unknown mode; there are none, {', '.join(MODES)}")
        numbers = {key: int(options[key]) for key in ("count", "ms", "size", "close") if key in options}
        self._left = numbers.pop("count", None)
        self.mode, self.options = mode, numbers

    def take(self):
        """The mode that the request at hand meets."""
        mode = self.mode
        if mode != "none" and self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.mode = "none"
        return mode


async def misbehave(mode, connection, answer, quirks, options):
    """Sends the answer the wrong way."""
    await MODES[mode](connection, answer, quirks, options)


async def _hang(connection, answer, quirks, options):
    await asyncio.Event().wait()


async def _cut_head(connection, answer, quirks, options):
    connection.write(answer.head(quirks)[:-9])
    connection.close()


async def _cut_body(connection, answer, quirks, options):
    body = answer.body or b'{"m2m:dbg":"filler"}'
    head = answer.head(quirks) + b"Content-Length: %d\r\n\r\n" % len(body)
    connection.write(head + body[: len(body) // 2])
    connection.close()


async def _no_length(connection, answer, quirks, options):
    connection.write(answer.head(quirks) + b"Connection: close\r\n\r\n" + answer.body)
    connection.close()


async def _chunked(connection, answer, quirks, options):
    body, size = answer.body, max(1, options.get("size", 7))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    connection.write(answer.head(quirks) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")


async def _surplus(connection, answer, quirks, options):
    head = answer.head(quirks) + b"Content-Length: %d\r\n\r\n" % len(answer.body)
    connection.write(head + answer.body + b"\r\n")
    if options.get("close"):
        connection.close()


async def _slow_body(connection, answer, quirks, options):
    connection.write(answer.head(quirks) + b"Content-Length: %d\r\n\r\n" % len(answer.body))
    for at in range(len(answer.body)):
        await asyncio.sleep(options.get("ms", 20) / 1000)
        connection.write(answer.body[at : at + 1])


async def _slow_head(connection, answer, quirks, options):
    data = answer.encode(quirks)
    for at in range(len(data)):
        await asyncio.sleep(options.get("ms", 20) / 1000)
        connection.write(data[at : at + 1])


async def _huge_header(connection, answer, quirks, options):
    filler = b"X-Filler: " + b"a" * options.get("size", 256 * 1024) + b"\r\n"
    connection.write(answer.head(quirks) + filler + b"Content-Length: %d\r\n\r\n" % len(answer.body) + answer.body)


async def _smuggle(connection, answer, quirks, options):
    body = b"0\r\n\r\n" + _SMUGGLED
    lengths = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(body)
    connection.write(answer.head(quirks) + lengths + body)


async def _close_after_answer(connection, answer, quirks, options):
    connection.write(answer.encode(quirks))
    connection.close()


async def _drop_idle(connection, answer, quirks, options):
    connection.write(answer.encode(quirks))
    connection.close_when_idle(options.get("ms", 50) / 1000)


async def _reset_reused(connection, answer, quirks, options):
    if connection.answered == 0:
        connection.write(answer.encode(quirks))
        return
    raw = connection.transport.get_extra_info("socket")
    if raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


async def _no_rsc(connection, answer, quirks, options):
    answer.rsc = None
    connection.write(answer.encode(quirks))


async def _wrong_ri(connection, answer, quirks, options):
    answer.ri = "somebody-elses-request"
    connection.write(answer.encode(quirks))


async def _garbage(connection, answer, quirks, options):
    connection.write(b"\x16\x03\x03 this is no HTTP\r\n\r\n")
    connection.close()


async def _interim(connection, answer, quirks, options):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Hint: a\r\n\r\n"
    connection.write(interim + answer.encode(quirks))


async def _plain(connection, answer, quirks, options):
    connection.write(answer.encode(quirks))


MODES = {
    "refuse": _plain,
    "hang": _hang,
    "cut-head": _cut_head,
    "cut-body": _cut_body,
    "no-length": _no_length,
    "chunked": _chunked,
    "surplus": _surplus,
    "slow-body": _slow_body,
    "slow-head": _slow_head,
    "huge-header": _huge_header,
    "smuggle": _smuggle,
    "early": _plain,
    "close-after-answer": _close_after_answer,
    "drop-idle": _drop_idle,
    "reset-reused": _reset_reused,
    "no-rsc": _no_rsc,
    "wrong-ri": _wrong_ri,
    "garbage": _garbage,
    "interim": _interim,
}
