"""The listening sockets of the oneM2M port, and what all its connections share."""

import asyncio
import os

from .connection import Connection
from .failures import Failures


class Server:
    """What all connections share: the binding, the record, the counters, the failure mode, the listening sockets."""

    def __init__(self, binding, recorder, quirks, counters, options):
        self.binding = binding
        self.recorder = recorder
        self.quirks = quirks
        self.counters = counters
        self.keep_alive = options.keep_alive and not quirks.always_close
        self.max_body = options.max_body
        self.delay = options.delay_ms / 1000
        self.idle_seconds = quirks.idle_seconds
        self.failures = Failures()
        self.connections = set()
        self._addresses = []
        self._listeners = []

    async def listen_tcp(self, host, port):
        """Returns the port that was bound; `resume` binds the same one."""
        port = await self._open((host, port))
        self._addresses.append((host, port))
        return port

    async def listen_unix(self, path):
        await self._open(path)
        self._addresses.append(path)

    def refuse(self):
        """As if the process were gone: no listener, no connections."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        self.drop_connections()

    async def resume(self):
        if not self._listeners:
            for address in self._addresses:
                await self._open(address)

    def drop_connections(self, only_idle=False):
        for connection in list(self.connections):
            if not only_idle or connection.is_idle():
                connection.transport.abort()

    async def _open(self, address):
        loop = asyncio.get_running_loop()
        if isinstance(address, str):
            if os.path.exists(address):
                os.unlink(address)
            listener = await loop.create_unix_server(lambda: Connection(self), address, backlog=4096)
        else:
            listener = await loop.create_server(lambda: Connection(self), *address, backlog=4096)
        self._listeners.append(listener)
        return None if isinstance(address, str) else listener.sockets[0].getsockname()[1]
