"""One peer's connection to the oneM2M port: its requests, one after the other."""

import asyncio

from . import tinyiot_wire, wire
from .codes import Crash
from .failures import misbehave
from .wire import Answer, BadRequest, ChunkedBody

_PAUSE_READING_AT = 256 * 1024


class Connection(asyncio.Protocol):
    """Bytes of one peer. Requests are answered strictly in order; while one is under way, later bytes wait."""

    def __init__(self, server):
        self._server = server
        self.transport = None
        self.number = 0
        self.answered = 0
        self._buffer = b""
        self._scanned = 0
        self._request = None  # head that was read, body still to come
        self._body_start = 0
        self._chunks = None
        self._busy = None  # task of the answer under way
        self._early = False  # answered before the body was there
        self._closing = False
        self._eof = False  # the peer sends no more, but waits for its answer
        self._blocked = False  # the peer does not read its answers
        self._idle_timer = None

    # -- asyncio --------------------------------------------------------------------------------------------------

    def connection_made(self, transport):
        server = self._server
        self.transport = transport
        server.counters["connections"] += 1
        self.number = server.counters["connections"]
        server.connections.add(self)
        self._arm_idle_timer()

    def data_received(self, data):
        if self._closing:
            return
        if not self._buffer:
            self._buffer = data
        else:
            if type(self._buffer) is bytes:
                self._buffer = bytearray(self._buffer)
            self._buffer += data
        if self._busy is None and not self._blocked:
            self._advance()
        elif len(self._buffer) > _PAUSE_READING_AT:
            self.transport.pause_reading()

    def pause_writing(self):
        self._blocked = True

    def resume_writing(self):
        self._blocked = False
        if self._busy is None and not self.transport.is_closing():
            self.transport.resume_reading()
            self._advance()

    def eof_received(self):
        self._eof = True
        return self._busy is not None

    def connection_lost(self, error):
        self._server.connections.discard(self)
        if self._buffer and self._busy is None and not self._closing:
            self._record(self._request, bytes(self._buffer), "the peer closed before the request was complete", False)
        self._closing = True
        if self._busy is not None:
            self._busy.cancel()
        if self._idle_timer:
            self._idle_timer.cancel()

    # -- for failures -----------------------------------------------------------------------------------------------

    def write(self, data):
        self.transport.write(data)

    def close(self):
        self._closing = True
        self.transport.close()

    def is_idle(self):
        return self._busy is None and not self._buffer

    def close_when_idle(self, seconds):
        """For the answer that is just being written: closes after `seconds` unless another request has come."""
        asyncio.get_running_loop().call_later(seconds, self._close_if_still_at, self.answered + 1)

    # -- requests ---------------------------------------------------------------------------------------------------

    def _advance(self):
        try:
            while self._buffer and self._busy is None and not self._closing and not self._blocked:
                request = self._take_tinyiot() if self._server.quirks.single_recv else self._take()
                if request is None:
                    return
                if self._early:
                    self._early = False
                    self._record(request, request.raw)
                    continue
                self._serve(request)
        except BadRequest as bad:
            self._record(None, bytes(self._buffer), bad.text, False)
            self._server.counters["bad_requests"] += 1
            self.write(self._server.binding.bad_request(bad.status, bad.text).encode(self._server.quirks))
            self.close()
        except Crash as crash:
            self._crash(str(crash))

    def _take(self):
        """The next complete request out of the buffer, or None."""
        buffer, request = self._buffer, self._request
        if request is None:
            end = buffer.find(b"\r\n\r\n", self._scanned)
            if end < 0 or end > wire.MAX_HEAD:
                return self._check_incomplete_head()
            request = self._request = wire.parse_head(buffer[:end])
            self._body_start = end + 4
            if request.length > self._server.max_body:
                raise BadRequest(413, f"body larger than {self._server.max_body} bytes")
            self._chunks = ChunkedBody(end + 4, self._server.max_body) if request.chunked else None
            self._before_body(request)
        if self._chunks is not None:
            if not self._chunks.advance(buffer):
                return None
            end, request.body = self._chunks.end, self._chunks.body()
        else:
            end = self._body_start + request.length
            if len(buffer) < end:
                return None
            if request.length:
                request.body = bytes(buffer[self._body_start : end])
        request.raw = bytes(buffer[:end])
        self._buffer = bytes(buffer[end:])
        self._request, self._scanned = None, 0
        return request

    def _check_incomplete_head(self):
        buffer = self._buffer
        if len(buffer) > wire.MAX_HEAD:
            raise BadRequest(431, f"head larger than {wire.MAX_HEAD} bytes")
        if not 65 <= buffer[0] <= 90 or b"\n\n" in buffer or b"\0" in buffer:
            raise BadRequest(400, "this is no HTTP request")
        self._scanned = max(0, len(buffer) - 3)

    def _before_body(self, request):
        """Between head and body: the interim answer, or the early one."""
        if not request.chunked and len(self._buffer) >= self._body_start + request.length:
            return
        if self._server.failures.mode == "early":
            self._server.failures.take()
            self._early = True
            answer = self._server.binding.bad_request(400, "answered before the body was read")
            answer.close, answer.ri = False, request.fields.get("x-m2m-ri")
            self.write(answer.encode(self._server.quirks))
            if self._server.failures.options.get("close"):
                self.close()
            return
        expectation = request.fields.get("expect")
        if expectation is not None and request.version == "HTTP/1.1":
            if expectation.lower() != "100-continue":
                raise BadRequest(417, "unknown expectation")
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _take_tinyiot(self):
        """What came with one recv is the request; if that was the head alone, the next recv is its body."""
        if self._request is None:
            request = tinyiot_wire.parse_request(bytes(self._buffer))
            if request.length and not request.body:
                self._request = request
                return None
        else:
            request, self._request = self._request, None
            request.body = bytes(self._buffer)[len(request.raw) :]
            request.raw = bytes(self._buffer)
        self._buffer = b""
        return request

    def _serve(self, request):
        server = self._server
        server.counters["requests"] += 1
        if server.recorder.active:
            self._record(request, request.raw)
        result = server.binding.answer(request)
        keep = request.keep_alive and server.keep_alive
        mode = server.failures.take() if server.failures.mode != "none" else "none"
        if type(result) is Answer and mode == "none" and not server.delay and request.method != "HEAD":
            result.close = not keep
            self.transport.write(result.encode(server.quirks))
            self._finished(keep)
            return
        self._busy = asyncio.get_running_loop().create_task(self._answer_later(result, mode, keep, request.method))

    async def _answer_later(self, result, mode, keep, method):
        server = self._server
        try:
            answer = result if type(result) is Answer else await result
            if server.delay:
                await asyncio.sleep(server.delay)
            answer.close = not keep
            if method == "HEAD":
                answer.body = b""
            if mode == "none":
                self.write(answer.encode(server.quirks))
            else:
                await misbehave(mode, self, answer, server.quirks, server.failures.options)
        except Crash as crash:
            self._crash(str(crash))
            return
        self._busy = None
        if self.transport.is_closing():
            return
        self._finished(keep)
        self.transport.resume_reading()
        self._advance()

    def _finished(self, keep):
        self.answered += 1
        self._server.counters["answers"] += 1
        if not keep or self._eof:
            self.close()
        elif self._idle_timer:
            self._arm_idle_timer()

    def _crash(self, why):
        if self._buffer:
            self._record(None, bytes(self._buffer), "crash: " + why, False)
        self._server.counters["crashes"] += 1
        self._closing = True
        self.transport.abort()

    def _record(self, request, raw, error=None, complete=True):
        if self._server.recorder.active:
            self._server.recorder.add(self.number, request, raw, error, complete)

    def _arm_idle_timer(self):
        if self._idle_timer:
            self._idle_timer.cancel()
        if self._server.idle_seconds:
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(self._server.idle_seconds, self._on_idle)

    def _close_if_still_at(self, answered):
        if self.answered == answered and self.is_idle():
            self.transport.close()

    def _on_idle(self):
        if self.is_idle():
            self.transport.close()
        else:
            self._arm_idle_timer()
