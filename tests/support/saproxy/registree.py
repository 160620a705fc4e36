"""Registrees as TLS servers: what SA2 leads to. Each records the requests that it gets and answers as a oneM2M entity does."""

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
    """A server that listens on a port of the kernel's choice; `answer(request)` makes the bytes of an answer, None hangs."""

    def __init__(self, answer=an_answer):
        self.requests = queue.Queue()
        self.failures = queue.Queue()  # handshakes that did not come about
        self.connections = 0
        self.answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = set()
        self._over = False

    @property
    def poa(self):
        return f"https://127.0.0.1:{self.port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._over = True
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
        while not self._over:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(raw)
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        try:
            self._talk(raw)
        except OSError:
            pass
        finally:
            self._open.discard(raw)
            raw.close()

    def _talk(self, raw):
        channel = self.secure(raw)
        if channel is None:
            return
        self.connections += 1
        buffer = b""
        while True:
            request, buffer = read_request(lambda: channel.recv(65536), buffer)
            if request is None:
                return
            self.requests.put(request)
            answer = self.answer(request)
            if answer is None:
                return threading.Event().wait(60)
            channel.sendall(answer)

    def secure(self, raw):
        return raw


class CertificateRegistree(Registree):
    """Shows a certificate of the demonstration PKI, and asks for one of ours."""

    def __init__(self, pki, name="ae-c", **options):
        super().__init__(**options)
        chain, key = pki.files(name)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")
        self.context.load_cert_chain(chain, key)
        self.context.load_verify_locations(pki.path("root.crt"))
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.peers = queue.Queue()  # certificates that clients have shown

    def secure(self, raw):
        try:
            channel = self.context.wrap_socket(raw, server_side=True)
        except (ssl.SSLError, OSError) as error:
            self.failures.put(str(error))
            return None
        self.peers.put(channel.getpeercert())
        return channel


class CommandRegistree:
    """A TLS server that nobody here wrote (openssl s_server, gnutls-serv): its plaintext is on its standard input and output."""

    def __init__(self, command, port, ready):
        self.port = port
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

    def _talk(self):
        buffer = b""
        while True:
            start = buffer.find(b"POST ")
            if start < 0:
                data = self.process.stdout.read1(65536)
                if not data:
                    return
                buffer += data
                continue
            request, buffer = read_request(lambda: self.process.stdout.read1(65536), buffer[start:])
            if request is None:
                return
            self.requests.put(request)
            self.process.stdin.write(an_answer(request))
            self.process.stdin.flush()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def openssl_psk_registree(identity, key_hex):
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-nocert", "-psk_identity", identity, "-psk", key_hex,
               "-cipher", "PSK-AES128-CBC-SHA256:@SECLEVEL=0", "-tls1_2"]
    return CommandRegistree(command, port, b"ACCEPT")
