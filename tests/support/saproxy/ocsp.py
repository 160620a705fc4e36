"""An OCSP responder: OpenSSL's, behind a relay that counts questions and can hold answers up."""

import re
import socket
import subprocess
import threading
import time

from .fake_cse import FakeCse
from .stage import scratch_folder


def _stamp(days):
    return time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def serial_of(certificate):
    text = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-serial"], check=True, capture_output=True, text=True).stdout
    return text.strip().partition("=")[2]


class Responder:
    """Answers for the CA `ca` of a demonstration PKI. Certificates have the status that set() said, or are unknown."""

    def __init__(self, pki, ca="intermediate", signer=None):
        self.pki, self.ca, self.signer = pki, ca, signer or ca
        self.index = scratch_folder() / "index.txt"
        self.questions = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._states = {"77": "V"}
        self._write()
        self._process = None

    def __enter__(self):
        self._start()
        self._relay = FakeCse(self._serve).__enter__()
        self.url = self._relay.address
        return self

    def __exit__(self, *_):
        self.may_answer.set()
        self._relay.__exit__(*_)
        self._stop()

    def _start(self):
        signer = self.pki.path(f"{self.signer}.crt"), self.pki.path(f"{self.signer}.key")
        self._process = subprocess.Popen(
            ["openssl", "ocsp", "-port", "0", "-index", self.index, "-CA", self.pki.path(f"{self.ca}.crt"),
             "-rsigner", signer[0], "-rkey", signer[1], "-nmin", "60"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # A look at the port would not do: it waits for ever for the request of whoever has connected and left.
        self._port = int(re.search(rb"ACCEPT .*:(\d+)", self._process.stdout.readline())[1])

    def _stop(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def set(self, certificate, state):
        """V is valid, R revoked."""
        self._states[serial_of(certificate)] = state
        self._write()
        self._stop()  # it reads its index once
        self._start()

    def _write(self):
        lines = []
        for serial, state in self._states.items():
            revoked = _stamp(0) if state == "R" else ""
            lines.append("\t".join([state, _stamp(20), revoked, serial, "unknown", f"/CN={serial}"]) + "\n")
        self.index.write_text("".join(lines))

    def _connect(self):
        while True:  # it may just be starting again
            try:
                return socket.create_connection(("127.0.0.1", self._port), 10)
            except ConnectionRefusedError:
                time.sleep(0.01)

    def _serve(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += _some(connection)
        head, _, body = request.partition(b"\r\n\r\n")
        size = int([line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")][0].split(b":")[1])
        while len(body) < size:
            body += _some(connection)
        self.questions += 1
        self.may_answer.wait(60)
        with self._connect() as real:
            real.sendall(head + b"\r\n\r\n" + body)
            while part := real.recv(65536):
                connection.sendall(part)


def _some(connection):
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the client has ended")
    return part

