"""What all servers of the comparison have in common, and the two of ours: saproxy and the bare loop."""
import getpass
import pathlib
import re
import signal
import socket
import subprocess
import time

from . import processes

BENCH = pathlib.Path(__file__).resolve().parent.parent
SUITES = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
PSK_IDENTITY = "ae-psk@sp.example.com"
PATIENCE = 90  # seconds to start or to end: a build with sanitizers takes its time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One program under measurement, pinned to one core, with its own scratch folder."""

    name = ""
    template = ""
    program = ""
    credentials = ("certificate",)
    modes = ("handshake", "request", "idle")
    most_connections = 19000  # of the 20,000 descriptors that a process may open

    def __init__(self, bench):
        self.bench = bench
        self.process = None
        self.port = 0
        self.cores = str(bench.server_core)
        self.scratch = pathlib.Path(bench.scratch) / type(self).__name__

    def version(self):
        raise NotImplementedError

    def command(self, config):
        raise NotImplementedError

    def prepare(self):
        """Writes what the command needs; the path of the configuration."""
        pem = (self.bench.pki / "server.crt").read_text() + (self.bench.pki / "server.key").read_text()
        self.write("server.pem", pem)
        self.write("stunnel.psk", f"{PSK_IDENTITY}:{(self.bench.pki / 'ae-psk.psk').read_text()}")
        return self.write(self.template, self.fill())

    def write(self, name, text):
        path = self.scratch / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def values(self):
        return {"PORT": self.port, "ORIGIN": self.bench.origin_port, "PKI": self.bench.pki, "SCRATCH": self.scratch,
                "SUITES": SUITES, "USER": getpass.getuser()}

    def fill(self):
        values = self.values()
        text = (BENCH / "peers" / self.template).read_text()
        return re.sub(r"@([A-Z]+)@", lambda match: str(values[match.group(1)]), text)

    def start(self):
        self.scratch.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port()
        config = self.prepare()
        with open(self.scratch / "log", "wb") as log:
            self.process = subprocess.Popen(["taskset", "-c", self.cores, *map(str, self.command(config))],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{self.name} did not start: {self.last_words()}")
            time.sleep(0.02)

    def is_ready(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def last_words(self):
        return (self.scratch / "log").read_text(errors="replace")[-3000:]

    def pids(self):
        return processes.descendants(self.process.pid)

    def stop(self):
        """Whatever state it is in; the exit status, or None if it does not run."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def end(self):
        self.stop()


class Saproxy(Server):
    name = "saproxy"
    template = "saproxy.toml"
    credentials = ("certificate", "psk")

    def __init__(self, bench, workers=1, handshakes=2000, handshake_timeout="10s", waiting=1024):
        super().__init__(bench)
        self.settings = {"WORKERS": workers, "HANDSHAKES": handshakes, "HANDSHAKETIMEOUT": handshake_timeout, "WAITING": waiting}
        self.scratch = self.scratch.with_name(f"saproxy-{id(self)}")

    @classmethod
    def installed(cls, bench):
        return str(bench.saproxy)

    def version(self):
        told = subprocess.run([self.bench.saproxy, "version"], capture_output=True, text=True).stdout
        return ", ".join(told.removeprefix("saproxy ").splitlines()[:2])

    def values(self):
        return super().values() | self.settings

    def command(self, config):
        (self.scratch / "ready").unlink(missing_ok=True)
        return [self.bench.saproxy, "run", "--config", config, "--ready-file", self.scratch / "ready"]

    def is_ready(self):
        ready = self.scratch / "ready"
        if not ready.exists() or not ready.read_text().endswith("\n"):
            return False
        self.port = int(ready.read_text().split()[1].rsplit(":", 1)[1])
        return True

    def end(self):
        """An orderly end is part of what is checked: sanitizers report by the exit status."""
        status = self.stop()
        if status not in (0, None):
            raise RuntimeError(f"saproxy ended with status {status}: {self.last_words()}")


class BareHandshake(Server):
    name = "bare"
    credentials = ("certificate", "psk")
    modes = ("handshake",)

    @classmethod
    def installed(cls, bench):
        return str(bench.bare)

    def version(self):
        return "wolfSSL as in saproxy"

    def prepare(self):
        return None

    def command(self, _config):
        return [self.bench.bare, "handshake", self.port, self.bench.pki]


class BareRelay(BareHandshake):
    modes = ("request", "idle")
    most_connections = 9000  # two descriptors each

    def command(self, _config):
        return [self.bench.bare, "relay", self.port, self.bench.pki, self.bench.origin_port]
