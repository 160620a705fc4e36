"""The rows of one load on one server: what is measured, with how much load, and how a sample becomes numbers."""
import dataclasses

from . import load

CBC = "ECDHE-ECDSA-AES128-SHA256"
GCM = "ECDHE-ECDSA-AES128-GCM-SHA256"
PSK = "PSK-AES128-CBC-SHA256"


def credential_of(suite):
    return "psk" if suite == PSK else "certificate"


# end of the key, end of the text, unit, number out of a sample
CPU = (("", "", "us CPU", lambda sample: sample["cpu_seconds"] * 1e6 / sample["right"]),)
RATE = (("", "", "MB/CPU-s", lambda sample: sample["bytes"] / 1e6 / sample["cpu_seconds"]),)
LATENCY = (("-p50", ": p50", "us", lambda sample: sample["p50_us"]),
           ("-p99", ": p99", "us", lambda sample: sample["p99_us"]),
           ("-p999", ": p99.9", "us", lambda sample: sample["p999_us"]))



@dataclasses.dataclass(frozen=True)
class Row:
    key: str
    text: str
    mode: str
    suite: str
    connections: int
    count: int
    quick: int
    options: tuple = ()
    numbers: tuple = CPU

    def suits(self, server):
        return self.mode in server.modes and credential_of(self.suite) in server.credentials

    def measure(self, bench, server, turn, results):
        count = self.quick if bench.quick else self.count
        sample = load.measure(bench, server, self.mode, self.suite, min(self.connections, count), count, *self.options)
        for key, text, unit, number in self.numbers:
            results.add(self.key + key, self.text + text, unit, server.name, turn, number(sample), sample)


MIB = 1 << 20
ROWS = (
    Row("handshake-cbc", "handshake + GET + close, mutual ECDSA, CBC_SHA256", "handshake", CBC, 8, 2000, 100),
    Row("handshake-gcm", "handshake + GET + close, mutual ECDSA, GCM", "handshake", GCM, 8, 2000, 100),
    Row("handshake-psk", "handshake + GET + close, PSK, CBC_SHA256", "handshake", PSK, 8, 4000, 200),
    Row("request-1-cbc", "keep-alive GET, 1 connection, CBC_SHA256", "request", CBC, 1, 15000, 300),
    Row("request-32-cbc", "keep-alive GET, 32 connections, CBC_SHA256", "request", CBC, 32, 40000, 500),
    Row("request-256-cbc", "keep-alive GET, 256 connections, CBC_SHA256", "request", CBC, 256, 40000, 500),
    Row("request-1-gcm", "keep-alive GET, 1 connection, GCM", "request", GCM, 1, 15000, 300),
    Row("request-32-gcm", "keep-alive GET, 32 connections, GCM", "request", GCM, 32, 40000, 500),
    Row("request-256-gcm", "keep-alive GET, 256 connections, GCM", "request", GCM, 256, 40000, 500),
    Row("latency-1-cbc", "2,000 GET/s offered, 1 connection, CBC_SHA256", "request", CBC, 1, 8000, 200,
        ("--rate", 2000), LATENCY),
    Row("latency-32-cbc", "5,000 GET/s offered, 32 connections, CBC_SHA256", "request", CBC, 32, 20000, 500,
        ("--rate", 5000), LATENCY),
    Row("latency-256-cbc", "5,000 GET/s offered, 256 connections, CBC_SHA256", "request", CBC, 256, 20000, 500,
        ("--rate", 5000), LATENCY),
    Row("bulk-download-gcm", "1 MiB answers, 4 connections, GCM", "request", GCM, 4, 600, 16, ("--download", MIB), RATE),
    Row("bulk-upload-gcm", "1 MiB requests, 4 connections, GCM", "request", GCM, 4, 600, 16, ("--upload", MIB), RATE),
    Row("bulk-download-cbc", "1 MiB answers, 4 connections, CBC_SHA256", "request", CBC, 4, 300, 8, ("--download", MIB), RATE),
    Row("bulk-upload-cbc", "1 MiB requests, 4 connections, CBC_SHA256", "request", CBC, 4, 300, 8, ("--upload", MIB), RATE),
)


def measure(bench, servers, results):
    """Rounds A B C A B C: what drifts on the machine hits all alike."""
    chosen = [row for row in ROWS if bench.wants(row.key)]
    if not chosen:
        return
    with bench.running(servers):
        for turn in range(bench.rounds):
            for row in chosen:
                for server in servers:
                    if row.suits(server):
                        bench.progress(f"round {turn + 1}: {row.key} {server.name}")
                        row.measure(bench, server, turn, results)
