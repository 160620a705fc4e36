"""Many registrees in one process of their own: TLS servers, each with its port and certificate, and some that fail on purpose.

    crowd.py FOLDER < lines of "KIND CERTIFICATE"     prints a port for each line; then, for each line "count", how many
                                                      requests each has had

Kinds: good; refuses (nobody listens); silent (accepts, says nothing); handshake (stops within it); answer (stops within it).
"""

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys

KINDS = ("refuses", "silent", "handshake", "answer")
ANSWER = "HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\nX-M2M-RI: {}\r\nContent-Length: 0\r\n\r\n"


class Crowd:
    """The process, as a test has it. `rows`: (kind, file of a certificate)."""

    def __init__(self, folder, rows):
        self._rows, self._folder = rows, folder

    def __enter__(self):
        self._process = subprocess.Popen([sys.executable, "-B", __file__, self._folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for kind, certificate in self._rows:
            self._process.stdin.write(f"{kind} {certificate}\n")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.ports = json.loads(self._process.stdout.readline())
        return self

    def requests(self):
        """How many each has had."""
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Member:
    def __init__(self, folder, kind, certificate):
        self.requests = 0
        self._kind = kind
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")
        self._context.load_cert_chain(certificate, f"{folder}/crowd.key")
        self._context.load_verify_locations(f"{folder}/root.crt")
        self._context.verify_mode = ssl.CERT_REQUIRED

    async def start(self):
        if self._kind == "refuses":
            return  # the port is taken, and nobody listens
        serve = {"silent": self.silent, "handshake": self.handshake}.get(self._kind, self.serve)
        secure = {"ssl": self._context} if serve == self.serve else {}
        await asyncio.start_server(serve, sock=self.socket, backlog=512, **secure)

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                await reader.readexactly(int(fields.get("content-length", 0)))
                self.requests += 1
                answer = ANSWER.format(fields["x-m2m-ri"]).encode()
                writer.write(answer[:20] if self._kind == "answer" else answer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def silent(reader, writer):
        await until_end(reader)
        writer.close()

    async def handshake(self, reader, writer):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = self._context.wrap_bio(incoming, outgoing, server_side=True)
        try:
            while outgoing.pending == 0:
                incoming.write(await reader.readexactly(1))
                try:
                    server.do_handshake()
                except ssl.SSLWantReadError:
                    pass
            flight = outgoing.read()
            writer.write(flight[:len(flight) // 2])
            await until_end(reader)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def until_end(reader):
    try:
        while await reader.read(65536):
            pass
    except OSError:
        pass


async def main():
    lines = iter(sys.stdin.readline, "\n")
    members = [Member(sys.argv[1], *line.split()) for line in lines]
    for member in members:
        await member.start()
    print(json.dumps([member.port for member in members]), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps([member.requests for member in members]), flush=True)
    os._exit(0)  # nobody needs to hear of connections that end with it


if __name__ == "__main__":
    asyncio.run(main())
