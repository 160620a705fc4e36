"""Channels to saproxy: each has `send(bytes)`, `recv(seconds)` (b"" at the end of the stream) and `close()`."""

import os
import select
import socket
import ssl
import subprocess
import tempfile

from .http import HttpConnection
from .process import slowness


class TlsRefused(Exception):
    """The handshake did not come about; the text is what the client says."""


def certificate_context(chain, key, trust, version=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA256"):
    """A client context of Python's ssl module; `trust` None: the server is not checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    if version == ssl.TLSVersion.TLSv1_2 and ciphers:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.check_hostname = False
    if trust is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(trust)
    if chain is not None:
        context.load_cert_chain(chain, key)
    return context


class PlainChannel:
    """A bare TCP connection to (host, port), or one to "unix:/path"."""

    def __init__(self, address, seconds=10):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(address.removeprefix("unix:"))
        else:
            self.socket = socket.create_connection(address, timeout=seconds * slowness())
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data):
        self.socket.settimeout(20 * slowness())
        self.socket.sendall(data)

    def recv(self, seconds):
        self.socket.settimeout(max(seconds, 0.001))
        try:
            return self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return b""

    def close(self):
        self.socket.close()


class TlsChannel(PlainChannel):
    """Python's ssl over a socket of our own."""

    def __init__(self, address, context, server_name="cse1.sp.example.com", seconds=10, raw=None):
        raw = raw or socket.create_connection(address, timeout=seconds * slowness())
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(raw, server_hostname=server_name)
        except (ssl.SSLError, OSError) as error:
            raw.close()
            raise TlsRefused(str(error)) from error

    def recv(self, seconds):
        try:
            return super().recv(seconds)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""
        except ssl.SSLError as error:
            if "ALERT" in str(error).upper():
                raise TlsRefused(str(error)) from error
            raise


class CommandChannel:
    """A program that connects, sends its standard input and prints what comes."""

    def __init__(self, command):
        self.command = command
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)

    def send(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.process.stdin.fileno(), view):]

    def end_input(self):
        self.process.stdin.close()

    def recv(self, seconds):
        if not select.select([self.process.stdout], [], [], max(seconds, 0.001))[0]:
            raise TimeoutError(f"no byte from {self.command[0]} in {seconds:.1f} s: {self.errors()}")
        return os.read(self.process.stdout.fileno(), 65536)

    def errors(self):
        self._errors.seek(0)
        return self._errors.read().decode("latin-1")

    def close(self):
        """Ends the program, without waiting for what it would still have to say."""
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        self.process.terminate()
        return self.process.wait(10)

    def __del__(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._errors.close()


def join(address):
    return f"{address[0]}:{address[1]}"


def openssl_psk(address, identity, key_hex, suite="PSK-AES128-CBC-SHA256", more=("-tls1_2",)):
    return CommandChannel(["openssl", "s_client", "-connect", join(address), "-quiet", "-servername", "cse1.sp.example.com",
                           "-psk_identity", identity, "-psk", key_hex, "-cipher", f"{suite}:@SECLEVEL=0", *more])


def openssl_certificate(address, chain, key, trust, suite="ECDHE-ECDSA-AES128-SHA256", more=("-tls1_2",)):
    return CommandChannel(["openssl", "s_client", "-connect", join(address), "-quiet", "-servername", "cse1.sp.example.com",
                           "-cert", str(chain), "-key", str(key), "-cert_chain", str(chain), "-CAfile", str(trust),
                           "-verify_return_error", "-cipher", f"{suite}:@SECLEVEL=0", *more])


def gnutls(address, priority, *arguments):
    """Messages of gnutls-cli go to its log file, so that standard output is what the peer sent."""
    return CommandChannel(["gnutls-cli", "--logfile=/dev/stderr", "--priority", priority, "-p", str(address[1]), *arguments,
                           address[0]])


def wolfssl(address, *arguments):
    """The client in tests/support/wolfssl_client; ctest names it."""
    program = os.environ.get("SAPROXY_WOLFSSL_CLIENT", "")
    if not os.access(program, os.X_OK):
        raise RuntimeError("SAPROXY_WOLFSSL_CLIENT must name the wolfSSL client")
    return CommandChannel([program, "--connect", join(address), *arguments])


def http(channel):
    return HttpConnection(channel)
