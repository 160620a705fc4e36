"""The control port: how a test looks into the CSE and makes it fail. One GET a connection, JSON answers.

  /recorded[?since=SEQ]   list of records, format as in recorder.py (kept in memory whenever there is a control port)
  /reset                  forgets the records, zeroes the counters, ends the failure mode and the delay
  /stats                  {connections, open, requests, answers, bad_requests, crashes, resources, mode,
                           notifications_sent, _delivered, _failed, _dropped}
  /register?url=URL&id=/CSE-ID&name=CSEBASE[&dcse=/CSE-ID]
                          registers there and looks at its CSEBase: {created, csr, retrieved, base}; /deregister?url&name,
                          /update?url&name&poa=URL likewise; codes are those of the answers
  /delay?ms=N             every later answer waits N milliseconds
  /fail?mode=MODE[&count=N][&ms=N][&size=N][&close=1]
                          the next N requests (without count: all) meet the mode:
    none                none
    refuse              listener and all connections closed, until another mode is set (same port again)
    hang                request read, never answered
    cut-head, cut-body  half a head, or half a body (always with a Content-Length), then close
    no-length           answer delimited by close
    chunked             chunked answer in pieces of `size` (7)
    surplus             CRLF after the body, outside Content-Length; connection stays open unless close=1
    slow-body, slow-head   one byte every `ms` (20)
    huge-header         a header of `size` (262144) bytes
    smuggle             Content-Length and Transfer-Encoding together, with a second answer inside
    early               refused once the head is there, then the body is read and dropped; close=1: closed at once
    close-after-answer  closed without `Connection: close`
    drop-idle           idle connections closed now, and every connection `ms` (50) after its answer
    reset-reused        second and later requests of a connection meet a reset; the record has them
    no-rsc, wrong-ri    answer without X-M2M-RSC, with a foreign X-M2M-RI
    garbage             no HTTP
    interim             100 and 103 before the answer
"""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

from .http_client import Unreachable


class Control:
    """Serves the control port."""

    def __init__(self, server, recorder, counters, tree, remotes):
        self._server = server
        self._recorder = recorder
        self._counters = counters
        self._tree = tree
        self._remotes = remotes
        self._paths = {
            "/recorded": self._recorded,
            "/reset": self._reset,
            "/stats": self._stats,
            "/fail": self._fail,
            "/delay": self._delay,
            "/register": self._register,
            "/update": self._update,
            "/deregister": self._deregister,
        }

    async def listen(self, host, port):
        listener = await asyncio.start_server(self._serve, host, port)
        return listener.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            status, value = await self._answer(head.split(b" ")[1].decode("latin-1"))
            body = json.dumps(value).encode() + b"\n"
            writer.write(
                b"HTTP/1.1 %d \r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
                % (status, len(body), body)
            )
            await writer.drain()
        except (OSError, EOFError, IndexError, asyncio.TimeoutError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _answer(self, target):
        parts = urlsplit(target)
        handler = self._paths.get(parts.path)
        if handler is None:
            return 404, {"error": f"there are {', '.join(self._paths)}"}
        try:
            return 200, await handler(dict(parse_qsl(parts.query)))
        except (ValueError, KeyError, Unreachable) as error:
            return 400, {"error": str(error)}

    async def _recorded(self, options):
        return self._recorder.entries(int(options.get("since", 0)))

    async def _reset(self, options):
        self._recorder.reset()
        for name in self._counters:
            self._counters[name] = 0
        self._server.delay = 0
        return await self._fail({"mode": "none"})

    async def _stats(self, options):
        server = self._server
        state = {"open": len(server.connections), "resources": len(self._tree), "mode": server.failures.mode}
        return {**self._counters, **state}

    async def _fail(self, options):
        mode = options.pop("mode")
        self._server.failures.set(mode, options)
        if mode == "refuse":
            self._server.refuse()
        else:
            await self._server.resume()
        if mode == "drop-idle":
            self._server.drop_connections(only_idle=True)
        return {"mode": mode}

    async def _delay(self, options):
        self._server.delay = int(options["ms"]) / 1000
        return {"ms": int(options["ms"])}

    async def _register(self, options):
        dcse = [options["dcse"]] if "dcse" in options else []
        return await self._remotes.register(options["url"], options["id"], options["name"], dcse)

    async def _update(self, options):
        return await self._remotes.update(options["url"], options["name"], {"poa": [options["poa"]]})

    async def _deregister(self, options):
        return await self._remotes.deregister(options["url"], options["name"])
