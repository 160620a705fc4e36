"""What is measured, with how much load, and how a sample becomes one number."""
import dataclasses

CBC = "ECDHE-ECDSA-AES128-SHA256"
GCM = "ECDHE-ECDSA-AES128-GCM-SHA256"
PSK = "PSK-AES128-CBC-SHA256"


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
    value: str = "cpu"  # cpu: us of CPU for one; p99: us; rate: MB for a second of CPU
    peers: tuple = ("nginx", "haproxy", "hitch", "stunnel")

    @property
    def credential(self):
        return "psk" if self.suite == PSK else "certificate"

    @property
    def unit(self):
        return {"cpu": "us CPU", "p99": "us p99", "rate": "MB/CPU-s"}[self.value]

    def number(self, sample):
        if self.value == "cpu":
            return sample["cpu_seconds"] * 1e6 / sample["right"]
        if self.value == "p99":
            return sample["p99_us"]
        return sample["bytes"] / 1e6 / sample["cpu_seconds"]


MIB = 1 << 20
HTTP_PEERS = ("nginx", "haproxy")
ROWS = (
    Row("handshake-cbc", "handshake + GET + close, mutual ECDSA, CBC_SHA256", "handshake", CBC, 8, 2000, 100),
    Row("handshake-gcm", "handshake + GET + close, mutual ECDSA, GCM", "handshake", GCM, 8, 2000, 100),
    Row("handshake-psk", "handshake + GET + close, PSK, CBC_SHA256", "handshake", PSK, 8, 4000, 200),
    Row("request-1-cbc", "keep-alive GET, 1 connection, CBC_SHA256", "request", CBC, 1, 15000, 500),
    Row("request-32-cbc", "keep-alive GET, 32 connections, CBC_SHA256", "request", CBC, 32, 40000, 1000),
    Row("request-32-gcm", "keep-alive GET, 32 connections, GCM", "request", GCM, 32, 40000, 1000),
    Row("p99-5000-cbc", "p99 at 5,000 GET/s offered, 32 connections, CBC_SHA256", "request", CBC, 32, 15000, 1000,
        ("--rate", "5000"), "p99", HTTP_PEERS),
    Row("download-gcm", "1 MiB answers, 4 connections, GCM", "request", GCM, 4, 600, 16, ("--download", MIB), "rate"),
    Row("upload-gcm", "1 MiB requests, 4 connections, GCM", "request", GCM, 4, 600, 16, ("--upload", MIB), "rate"),
    Row("download-cbc", "1 MiB answers, 4 connections, CBC_SHA256", "request", CBC, 4, 300, 8, ("--download", MIB), "rate"),
    Row("upload-cbc", "1 MiB requests, 4 connections, CBC_SHA256", "request", CBC, 4, 300, 8, ("--upload", MIB), "rate"),
)
IDLE_STEPS = (1000, 5000)
IDLE_QUICK = (100, 200)
IDLE_SUITES = (("idle-cert", "idle association, certificates", GCM), ("idle-psk", "idle association, PSK", PSK))
