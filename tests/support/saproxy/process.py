"""saproxy as a child process."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error: |SUMMARY: \w+Sanitizer")
_SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def binary():
    """The program under test; ctest names it."""
    path = os.environ.get("SAPROXY_BINARY", "")
    if not os.access(path, os.X_OK):
        raise RuntimeError("SAPROXY_BINARY must name the saproxy program")
    return path


def slowness():
    """How much longer everything may take: sanitizers and valgrind are slow."""
    return float(os.environ.get("SAPROXY_SLOW", "1"))


def sanitized():
    return os.environ.get("SAPROXY_SANITIZED") == "1"


def wait_until(condition, seconds=10.0, what="the condition"):
    """The first true value of `condition()`; looks often, and fails when `seconds` are over."""
    deadline = time.monotonic() + seconds * slowness()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)


class _AdminConnection(http.client.HTTPConnection):
    """To (host, port) or to "unix:/path"."""

    def __init__(self, endpoint):
        self._path = endpoint.removeprefix("unix:") if isinstance(endpoint, str) else None
        super().__init__("localhost" if self._path else endpoint[0], None if self._path else endpoint[1], timeout=10 * slowness())

    def connect(self):
        if self._path is None:
            return super().connect()
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Saproxy:
    """One process. `endpoint` gives the addresses it really listens on; log lines are kept."""

    def __init__(self, config, ready_file, wrapper=()):
        self.config = Path(config)
        self._ready_file = Path(ready_file)
        self._wrapper = list(wrapper)
        self.process = None
        self.endpoints = {}
        self.lines = []
        self._news = threading.Condition()
        self._reader = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self, wait=True):
        self._ready_file.unlink(missing_ok=True)
        command = [*self._wrapper, binary(), "run", "--config", str(self.config), "--ready-file", str(self._ready_file)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()
        if wait:
            self._read_endpoints()
        return self

    def _read_endpoints(self):
        def there():
            if self.process.poll() is not None:
                self._reader.join(5)
                raise AssertionError(f"saproxy ended with {self.process.returncode}:\n{self.text()}")
            return self._ready_file.exists()

        wait_until(there, 20, "the ready file")
        for line in self._ready_file.read_text().splitlines():
            name, address = line.split(" ", 1)
            if address.startswith("unix:"):
                self.endpoints[name] = address
            else:
                host, _, port = address.rpartition(":")
                self.endpoints[name] = (host.strip("[]").replace("0.0.0.0", "127.0.0.1"), int(port))

    def endpoint(self, name="https"):
        return self.endpoints[name]

    def send_signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=20):
        status = self.process.wait(seconds * slowness())
        self._reader.join(10)
        self.process.stderr.close()
        return status

    def stop(self, expect=0, seconds=20):
        """SIGTERM unless it has ended; fails on another exit code, and when a sanitizer has spoken."""
        if self.process.poll() is None:
            self.send_signal(signal.SIGTERM)
        try:
            status = self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait()
            raise AssertionError(f"saproxy did not end:\n{self.text()}") from None
        text = self.text()
        if SANITIZER_REPORT.search(text):
            raise AssertionError(f"a sanitizer has spoken:\n{text[-8000:]}")
        if expect is not None and status != expect:
            raise AssertionError(f"saproxy ended with {status} instead of {expect}:\n{text[-4000:]}")
        return status

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.wait()

    # -- log ----------------------------------------------------------------------------------------------------------

    def _collect(self):
        for raw in self.process.stderr:
            text = raw.decode("utf-8", "replace").rstrip("\n")
            try:
                line = json.loads(text)
            except ValueError:
                line = {"event": "text"}
            line["raw"] = text
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def text(self):
        with self._news:
            return "\n".join(line["raw"] for line in self.lines)

    def log(self, event=None, since=0, **fields):
        with self._news:
            kept = self.lines[since:]
        return [x for x in kept if event in (None, x.get("event")) and all(x.get(k) == v for k, v in fields.items())]

    def mark(self):
        """For `since`: what is logged from now on."""
        with self._news:
            return len(self.lines)

    def wait_for_log(self, event, since=0, seconds=10, **fields):
        found = wait_until(lambda: self.log(event, since, **fields), seconds, f"a log line {event} {fields}")
        return found[0]

    # -- admin --------------------------------------------------------------------------------------------------------

    def admin(self, path, method="GET", headers=None):
        """(status, body) of the admin listener."""
        connection = _AdminConnection(self.endpoints["admin"])
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        return Metrics(self.admin("/metrics")[1])

    def wait_for_metric(self, name, value, seconds=10, **labels):
        """Until the metric is at least `value`."""
        return wait_until(lambda: self.metrics().sum(name, **labels) >= value, seconds, f"{name} {labels} >= {value}")

    def wait_until_ready(self, seconds=10):
        wait_until(lambda: self.admin("/ready")[0] == 200, seconds, "/ready")
        return self

    # -- configuration ------------------------------------------------------------------------------------------------

    def reload(self, text=None, result="ok"):
        """Writes `text`, sends SIGHUP, waits until the reload has been counted with `result`."""
        if text is not None:
            self.write_config(text)
        before = self.metrics().sum("config_reloads_total", result=result)
        self.send_signal(signal.SIGHUP)
        self.wait_for_metric("config_reloads_total", before + 1, result=result)

    def write_config(self, text):
        partial = self.config.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_text(text)
        partial.rename(self.config)

    def resident_kib(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0


class Metrics:
    """One scrape of /metrics; names without the prefix saproxy_ are fine."""

    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = _SAMPLE.match(line).groups()
                self.samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def sum(self, name, **labels):
        return sum(value for found, having, value in self.samples
                   if found in (name, f"saproxy_{name}") and labels.items() <= having.items())

    def nonzero(self, name, label):
        """{value of `label`: count} of what has been counted."""
        return {having[label]: value for found, having, value in self.samples
                if found == f"saproxy_{name}" and label in having and value}
