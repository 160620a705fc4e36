"""The servers that are compared, each started from its template in bench/peers."""
import getpass
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from . import processes

BENCH = pathlib.Path(__file__).resolve().parent.parent
SUITES = "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"
PSK_IDENTITY = "ae-psk@sp.example.com"
SBIN = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


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

    def __init__(self, bench):
        self.bench = bench
        self.process = None
        self.port = 0
        self.scratch = pathlib.Path(bench.scratch) / self.name

    @classmethod
    def installed(cls, _bench):
        return shutil.which(cls.program, path=SBIN)

    def version(self):
        raise NotImplementedError

    def command(self, config):
        raise NotImplementedError

    def prepare(self):
        pem = (self.bench.pki / "server.crt").read_text() + (self.bench.pki / "server.key").read_text()
        self.write("server.pem", pem)
        self.write("stunnel.psk", f"{PSK_IDENTITY}:{(self.bench.pki / 'ae-psk.psk').read_text()}")

    def write(self, name, text):
        path = self.scratch / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def fill(self):
        values = {"PORT": self.port, "ORIGIN": self.bench.origin_port, "PKI": self.bench.pki, "SCRATCH": self.scratch,
                  "SUITES": SUITES, "USER": getpass.getuser()}
        text = (BENCH / "peers" / self.template).read_text()
        return re.sub(r"@([A-Z]+)@", lambda match: str(values[match.group(1)]), text)

    def start(self):
        self.scratch.mkdir(mode=0o700, exist_ok=True)
        self.port = free_port()
        self.prepare()
        config = self.write(self.template, self.fill())
        with open(self.scratch / "log", "ab") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(self.bench.server_core), *self.command(config)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_ready()

    def wait_ready(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.fail()

    def fail(self):
        self.stop()
        raise RuntimeError(f"{self.name} did not start: " + (self.scratch / "log").read_text(errors="replace")[-2000:])

    def pids(self):
        return processes.descendants(self.process.pid)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


class Saproxy(Server):
    name = "saproxy"
    template = "saproxy.toml"
    credentials = ("certificate", "psk")

    @classmethod
    def installed(cls, bench):
        return str(bench.saproxy)

    def version(self):
        told = subprocess.run([self.bench.saproxy, "version"], capture_output=True, text=True).stdout
        return ", ".join(told.removeprefix("saproxy ").splitlines()[:2])

    def command(self, config):
        (self.scratch / "ready").unlink(missing_ok=True)
        return [self.bench.saproxy, "run", "--config", config, "--ready-file", self.scratch / "ready"]

    def wait_ready(self):
        deadline = time.monotonic() + 20
        ready = self.scratch / "ready"
        while time.monotonic() < deadline and self.process.poll() is None:
            if ready.exists() and ready.read_text().endswith("\n"):
                self.port = int(ready.read_text().split()[1].rsplit(":", 1)[1])
                return
            time.sleep(0.02)
        self.fail()


class Nginx(Server):
    name = program = "nginx"
    template = "nginx.conf"

    def version(self):
        return subprocess.run([self.installed(None), "-v"], capture_output=True, text=True).stderr.strip().split("/")[-1]

    def command(self, config):
        return [self.installed(None), "-p", self.scratch, "-c", config]


class Haproxy(Server):
    name = program = "haproxy"
    template = "haproxy.cfg"

    def version(self):
        return subprocess.run([self.installed(None), "-v"], capture_output=True, text=True).stdout.split()[2]

    def command(self, config):
        return [self.installed(None), "-db", "-q", "-f", config]


class Hitch(Server):
    name = program = "hitch"
    template = "hitch.conf"

    def version(self):
        return subprocess.run([self.installed(None), "--version"], capture_output=True, text=True).stdout.split()[-1]

    def command(self, config):
        return [self.installed(None), f"--config={config}"]


class Stunnel(Server):
    name = "stunnel"
    program = "stunnel4"
    template = "stunnel.conf"
    credentials = ("psk",)

    def version(self):
        text = subprocess.run([self.installed(None), "-version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return re.search(r"stunnel (\S+)", text.stdout + text.stderr).group(1)

    def command(self, config):
        return [self.installed(None), config]


PEERS = (Nginx, Haproxy, Hitch, Stunnel)
