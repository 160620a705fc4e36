"""Registrees as TLS servers: what SA2 leads to. Each records the requests that it gets and answers as a oneM2M entity does."""

import os
import queue
import socket
import ssl
import subprocess
import threading

from .process import slowness


class Request:
    """One that has come: `line`, `fields` (lower-case name -> value), `body`."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.body = body


def read_request(read, buffer):
    """Returns (request, rest), or (None, b"") at the end of the stream."""
    while b"\r\n\r\n" not in buffer:
        data = read()
        if not data:
            return None, b""
        buffer += data
    head, _, rest = buffer.partition(b"\r\n\r\n")
    request = Request(head, b"")
    length = int(request.fields.get("content-length", 0))
    while len(rest) < length:
        data = read()
        if not data:
            return None, b""
        rest += data
    request.body = rest[:length]
    return request, rest[length:]


def an_answer(request, rsc=2000, status="200 OK", body=b"", more=""):
    return (f"HTTP/1.1 {status}\r\nX-M2M-RSC: {rsc}\r\nX-M2M-RI: {request.fields.get('x-m2m-ri', '')}\r\n"
            f"Content-Length: {len(body)}\r\n{more}\r\n").encode() + body


class Registree:
    """A server that listens on a port of the kernel's choice. `answer(request)` makes the bytes of an answer; None hangs; an iterable
    of bytes is sent piece by piece, and the end of it is the end of the connection."""

    def __init__(self, answer=an_answer, port=0):
        self.requests = queue.Queue()
        self.failures = queue.Queue()  # handshakes that did not come about
        self.connections = 0  # that became sessions
        self.accepted = 0
        self.ended = 0
        self.answer = answer
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._open = set()
        self._over = threading.Event()

    @property
    def poa(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def open_connections(self):
        return len(self._open)

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._over.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.end_connections()
        self._thread.join(10)

    def end_connections(self):
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def next(self, seconds=10):
        return self.requests.get(timeout=seconds * slowness())

    def _accept(self):
        while not self._over.is_set():
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        with raw:
            self._open.add(raw)
            try:
                self.serve(raw)
            except (OSError, ValueError):
                pass
            finally:
                self._open.discard(raw)
                self.ended += 1

    def serve(self, raw):
        """One connection, from its first byte."""
        with self.secure(raw) as channel:
            self._open.discard(raw)  # its descriptor went to the channel
            self._open.add(channel)
            self.connections += 1
            try:
                self.talk(channel)
            finally:
                self._open.discard(channel)

    def talk(self, channel):
        buffer = b""
        while True:
            request, buffer = read_request(lambda: channel.recv(65536), buffer)
            if request is None:
                return
            self.requests.put(request)
            answer = self.answer(request)
            if isinstance(answer, bytes):
                channel.sendall(answer)
            elif answer is None:
                return self.hang(channel)
            else:
                for piece in answer:
                    channel.sendall(piece)
                return

    def hang(self, channel):
        """Says nothing until the peer has given up."""
        while channel.recv(65536):
            pass

    def secure(self, raw):
        return raw


def server_context(chain, key, trust, ask=ssl.CERT_REQUIRED, version=ssl.TLSVersion.TLSv1_2):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    if version == ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")
    context.load_cert_chain(chain, key)
    context.load_verify_locations(trust)
    context.verify_mode = ask
    return context


class CertificateRegistree(Registree):
    """Shows a certificate of a demonstration PKI, and asks for one of ours; `context` are options of server_context."""

    def __init__(self, pki, name="ae-c", context=None, trust=None, **options):
        super().__init__(**options)
        self.context = server_context(*pki.files(name), (trust or pki).path("root.crt"), **(context or {}))
        self.peers = queue.Queue()  # certificates that clients have shown

    def secure(self, raw):
        try:
            channel = self.context.wrap_socket(raw, server_side=True)
        except (ssl.SSLError, OSError) as error:
            self.failures.put(str(error))
            raise
        self.peers.put(channel.getpeercert())
        return channel


class CommandRegistree:
    """A TLS server that nobody here wrote (openssl s_server, gnutls-serv): its plaintext is on its standard input and output."""

    def __init__(self, command, port, ready):
        self.port = port
        self.seen = b""  # all that it has said
        self.requests = queue.Queue()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._ready = ready

    @property
    def poa(self):
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        text = b""
        while self._ready not in text:
            data = self.process.stdout.read1(65536)
            if not data:
                raise RuntimeError(f"{self.process.args[0]}: {text.decode('latin-1')}")
            text += data
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self._thread.join(10)
        self.process.stdin.close()
        self.process.stdout.close()

    def next(self, seconds=10):
        return self.requests.get(timeout=seconds * slowness())

    def _read(self):
        data = self.process.stdout.read1(65536)
        self.seen += data
        return data

    def _talk(self):
        buffer = b""
        while True:
            start = buffer.find(b"POST ")
            if start < 0:
                data = self._read()
                if not data:
                    return
                buffer += data
                continue
            request, buffer = read_request(self._read, buffer[start:])
            if request is None:
                return
            self.requests.put(request)
            self.process.stdin.write(an_answer(request))
            self.process.stdin.flush()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def openssl_psk_registree(identity, key_hex, suite="PSK-AES128-CBC-SHA256"):
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-nocert", "-psk_identity", identity, "-psk", key_hex,
               "-cipher", f"{suite}:@SECLEVEL=0", "-tls1_2"]
    return CommandRegistree(command, port, b"ACCEPT")


def openssl_certificate_registree(pki, name):
    """Its output tells of the client's certificate, too; `-Verify` ends the handshake of a client without one."""
    port = free_port()
    chain, key = map(str, pki.files(name))
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", chain, "-key", key, "-cert_chain", chain, "-CAfile",
               str(pki.path("root.crt")), "-Verify", "5", "-verify_return_error", "-cipher",
               "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", "-tls1_2"]
    return CommandRegistree(command, port, b"ACCEPT")


def raw_key_registree(pki, name):
    """A server of ours, of one session: OpenSSL knows no raw public keys yet, and gnutls-serv no POST."""
    port = free_port()
    public, key = map(str, pki.files(name))
    command = [os.environ["SAPROXY_WOLFSSL_CLIENT"], "--listen", f"127.0.0.1:{port}", "--suites", "ECDHE-ECDSA-AES128-SHA256",
               "--raw-public-key", public, "--key", key]
    return CommandRegistree(command, port, b"listening")


class GnutlsRegistree:
    """gnutls-serv in its HTTP mode: it answers GET with a page about the session, and does not know POST."""

    PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-128-GCM:+SHA256:+PSK:+ECDHE-PSK"

    def __init__(self, *arguments, priority=""):
        self.port = free_port()
        self._command = ["gnutls-serv", "--http", "--port", str(self.port), "--priority", self.PRIORITY + priority, *map(str, arguments)]
        self.process = None

    @property
    def poa(self):
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        self.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = b""
        while b"listening on IPv4" not in text or not text.endswith(b"done\n"):
            data = self.process.stdout.read1(65536)
            if not data:
                raise RuntimeError(f"{self._command}: {text.decode('latin-1')}")
            text += data
        self._drain = threading.Thread(target=self._read, daemon=True)
        self.output = b""
        self._drain.start()
        return self

    def _read(self):
        while data := self.process.stdout.read1(65536):
            self.output += data

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self._drain.join(10)
        self.process.stdout.close()


def gnutls_certificate_registree(pki, name):
    chain, key = pki.files(name)
    return GnutlsRegistree("--x509certfile", chain, "--x509keyfile", key, "--x509cafile", pki.path("root.crt"), "--require-client-cert",
                           "--verify-client-cert")


def gnutls_psk_registree(folder, identity, key_hex):
    passwords = folder / "psk.txt"
    passwords.write_text(f"{identity}:{key_hex}\n")
    return GnutlsRegistree("--pskpasswd", passwords, "--noticket")


def gnutls_raw_key_registree(pki, name):
    public, key = pki.files(name)
    return GnutlsRegistree("--rawpkfile", public, "--rawpkkeyfile", key, "--require-client-cert",
                           priority=":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:-CTYPE-CLI-X509:-CTYPE-SRV-X509")
