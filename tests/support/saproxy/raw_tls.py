"""TLS 1.2 handshake messages by hand, up to the point where the first encrypted one would have to be right."""

import base64
import os
import re
import socket
import time

from .process import slowness

CLIENT_HELLO, CERTIFICATE, SERVER_HELLO_DONE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED = 1, 11, 14, 15, 16, 20
ALERT, HANDSHAKE, APPLICATION_DATA, CHANGE_CIPHER_SPEC = 21, 22, 23, 20
PSK_SUITES = (0x00AE,)
CERTIFICATE_SUITES = (0xC023,)
_MAX_RECORD = 16384
# The base point of P-256: a public key as good as any where nobody has to know the private one.
_BASE_POINT = bytes.fromhex("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")


def vector(size, data):
    """Data behind its length in `size` bytes."""
    return len(data).to_bytes(size, "big") + data


def extension(number, data):
    return number.to_bytes(2, "big") + vector(2, data)


def client_hello_body(suites, server_name=b"cse1.sp.example.com", more=b""):
    extensions = extension(0, vector(2, b"\0" + vector(2, server_name))) if server_name else b""
    extensions += extension(10, vector(2, b"\0\x17")) + extension(11, vector(1, b"\0")) + extension(13, vector(2, b"\x04\x03"))
    extensions += extension(23, b"") + extension(0xFF01, b"\0") + more
    listed = b"".join(suite.to_bytes(2, "big") for suite in suites)
    return b"\x03\x03" + os.urandom(32) + vector(1, b"") + vector(2, listed) + vector(1, b"\0") + vector(2, extensions)


def message(kind, body):
    return bytes([kind]) + vector(3, body)


def record(kind, data, version=b"\x03\x03"):
    return bytes([kind]) + version + vector(2, data)


def records(kind, data, size=_MAX_RECORD):
    return b"".join(record(kind, data[at: at + size]) for at in range(0, len(data), size))


def client_hello(suites, **options):
    return records(HANDSHAKE, message(CLIENT_HELLO, client_hello_body(suites, **options)))


def psk_body(identity):
    return vector(2, identity)


def ecdhe_body():
    return vector(1, _BASE_POINT)


def certificate_body(chain):
    return vector(3, b"".join(vector(3, der) for der in chain))


def der_of_pem(text):
    return [base64.b64decode(found) for found in re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.S)]


def last_psk_flight(identity):
    """ClientKeyExchange, ChangeCipherSpec, and in place of Finished what a client with another key would send."""
    return (records(HANDSHAKE, message(CLIENT_KEY_EXCHANGE, psk_body(identity))) + record(CHANGE_CIPHER_SPEC, b"\x01")
            + record(HANDSHAKE, os.urandom(80)))


class RawTls:
    """A connection that reads records and sends what it is told."""

    def __init__(self, connection):
        self.socket = connection
        self._buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def send_record(self, kind, data):
        self.send(record(kind, data))

    def send_handshake(self, kind, body):
        try:
            self.send(records(HANDSHAKE, message(kind, body)))
        except (ConnectionResetError, BrokenPipeError):
            pass  # refused already

    def send_client_hello(self, suites, **options):
        self.send(client_hello(suites, **options))

    def send_change_cipher_spec(self):
        try:
            self.send_record(CHANGE_CIPHER_SPEC, b"\x01")
        except (ConnectionResetError, BrokenPipeError):
            pass

    def read_record(self, seconds=10):
        """(type, content), or None at the end of the stream."""
        deadline = time.monotonic() + seconds * slowness()
        while len(self._buffer) < 5 or len(self._buffer) < 5 + int.from_bytes(self._buffer[3:5], "big"):
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self._buffer += more
        size = int.from_bytes(self._buffer[3:5], "big")
        kind, content = self._buffer[0], self._buffer[5: 5 + size]
        self._buffer = self._buffer[5 + size:]
        return kind, content

    def read_server_flight(self):
        """Up to ServerHelloDone; fails when the server refuses."""
        content = b""
        while True:
            found = self.read_record()
            if found is None or found[0] != HANDSHAKE:
                raise AssertionError(f"no ServerHelloDone but {found}")
            content += found[1]
            if content.endswith(message(SERVER_HELLO_DONE, b"")):
                return content

    def read_to_end(self, seconds=10):
        """The bytes until the server closes."""
        data, self._buffer = self._buffer, b""
        deadline = time.monotonic() + seconds * slowness()
        while True:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more


def psk_attempt(address, identity, suites=PSK_SUITES):
    """A handshake with that identity and no right key: (the server's last bytes, seconds it took for them)."""
    with socket.create_connection(address, timeout=10 * slowness()) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = RawTls(connection)
        tls.send_client_hello(suites)
        tls.read_server_flight()
        flight = last_psk_flight(identity)
        began = time.perf_counter()
        try:
            tls.send(flight)
        except (ConnectionResetError, BrokenPipeError):
            pass
        first = connection.recv(4096)
        took = time.perf_counter() - began
        try:
            rest = tls.read_to_end()
        except OSError:
            rest = b""
        return first + rest, took
