"""The other direction: the CSE in the clear on one side, registrees as TLS servers on the other, over SA2."""
import json
import socket
import ssl
import subprocess
import sys

from . import load, peers, rows, servers

sys.path.insert(0, str(servers.BENCH.parent / "tests" / "support"))
from small_cse.harness import SmallCse  # noqa: E402 (after the line above)

NODE = "34-urn:dev:ops:def010-NODE1-ADN1"
REGISTREES = 32
BODY = 512  # bytes of a notification
SUITES = (("cbc", "CBC_SHA256", rows.CBC), ("gcm", "GCM", rows.GCM), ("psk", "PSK, CBC_SHA256", rows.PSK))


class Registrees:
    """TLS servers of all registrees: one origin, because it is not what is measured."""

    def __init__(self, bench, suite):
        if suite == rows.PSK:
            credential = ["psk", suite, servers.PSK_IDENTITY, bench.pki / "ae-psk.psk"]
        else:
            credential = ["certificate", suite, bench.pki / "node-uri.crt", bench.pki / "node-uri.key", bench.pki / "root.crt"]
        self.process = subprocess.Popen(["taskset", "-c", str(bench.load_core), bench.origin_program, *credential],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Outwards:
    """What a server that faces registrees has besides: their port and suite, and what the CSE asks it for."""

    modes = ("notify",)

    def __init__(self, bench, suite, registrees):
        super().__init__(bench)
        self.suite, self.registrees = suite, registrees
        self.targets = ["/registree"]
        self.scratch = self.scratch.with_name(f"{type(self).__name__}-{registrees.port}")

    def values(self):
        return super().values() | {"ORIGIN": self.registrees.port, "SUITES": self.suite}


class Saproxy(Outwards, servers.Saproxy):
    template = "notify-saproxy.toml"
    cse = None

    def values(self):
        return super().values() | {"CSE": self.cse.port, "NODE": NODE, "PSKIDENTITY": servers.PSK_IDENTITY}

    def start(self):
        self.cse = SmallCse("--open-access").__enter__()
        try:
            super().start()
            self.register_all()
        except BaseException:
            self.stop()
            raise

    def is_ready(self):
        if not super().is_ready():
            return False
        lines = dict(line.split(" ", 1) for line in (self.scratch / "ready").read_text().splitlines())
        self.inside = self.port
        self.port = int(lines["egress"].rsplit(":", 1)[1])
        return True

    def register_all(self):
        """The points of access that the CSE was given in their place are where it sends to."""
        stem, channel = ("Cpsk", self.psk_channel) if self.suite == rows.PSK else ("Cnode1", self.certificate_channel)
        for number in range(REGISTREES):
            body = json.dumps({"m2m:ae": {"api": "NApp", "rr": True, "srv": ["3"], "rn": f"ae{number}",
                                          "poa": [f"https://127.0.0.1:{self.registrees.port}"]}}).encode()
            head = (f"POST /cse-in HTTP/1.1\r\nHost: cse1\r\nX-M2M-Origin: {stem}x{number}\r\nX-M2M-RI: {number}\r\nX-M2M-RVI: 3\r\n"
                    f"Content-Type: application/json;ty=2\r\nAccept: application/json\r\nConnection: close\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n")
            answer = channel(head.encode() + body)
            if b"X-M2M-RSC: 2001" not in answer:
                raise RuntimeError(f"a registree could not register: {answer!r}\n{self.last_words()}")
        stored = [json.loads(record["body"])["m2m:ae"]["poa"][0] for record in self.cse.recorded() if record["body"].startswith(b'{"m2m:ae"')]
        self.targets = ["/" + address.split("/", 3)[3] for address in stored]

    def certificate_channel(self, request):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{rows.CBC}:@SECLEVEL=0")
        context.load_verify_locations(self.bench.pki / "root.crt")
        context.load_cert_chain(self.bench.pki / "node-uri.crt", self.bench.pki / "node-uri.key")
        with socket.create_connection(("127.0.0.1", self.inside)) as raw:
            with context.wrap_socket(raw, server_hostname="cse1.sp.example.com") as channel:
                channel.sendall(request)
                return b"".join(iter(lambda: channel.recv(65536), b""))

    def psk_channel(self, request):
        """Python's own TLS knows no pre-shared keys yet."""
        key = (self.bench.pki / "ae-psk.psk").read_text().strip()
        command = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{self.inside}", "-psk_identity", servers.PSK_IDENTITY,
                   "-psk", key, "-cipher", f"{rows.PSK}:@SECLEVEL=0", "-tls1_2"]
        return subprocess.run(command, input=request, capture_output=True, timeout=30).stdout

    def stop(self):
        status = super().stop()
        if self.cse:
            self.cse.stop()
            self.cse = None
        return status


class Nginx(Outwards, peers.Nginx):
    template = "notify-nginx.conf"


class Haproxy(Outwards, peers.Haproxy):
    template = "notify-haproxy.cfg"


class Stunnel(Outwards, peers.Stunnel):
    template = "notify-stunnel.conf"


PEERS = {rows.CBC: (Nginx, Haproxy), rows.GCM: (Nginx, Haproxy), rows.PSK: (Stunnel,)}


def cpu_row(bench, server, key, text, turn, results, mode, connections, count, ending):
    """`ending`: how the origin is told whether to keep the connection."""
    targets = ",".join(target + ending for target in server.targets[:connections])
    sample = load.measure(bench, server, mode, load.PLAIN, connections, count, "--upload", BODY, "--target", targets)
    results.add(key, text, "us CPU", server.name, turn, sample["cpu_seconds"] * 1e6 / sample["right"], sample)


def rows_of(suite, name):
    return ((f"notify-1-{suite}", f"notification over SA2 that stands, 1 registree, {name}", "request", 1, 10000, 200, ""),
            (f"notify-32-{suite}", f"notification over SA2 that stands, 32 registrees, {name}", "request", 32, 30000, 500, ""),
            (f"notify-cold-{suite}", f"notification over a new SA2 each time, 8 at a time, {name}", "handshake", 8, 3000, 100, "/once"))


def measure_suite(bench, server_names, cipher, wanted, results):
    registrees = Registrees(bench, cipher)
    try:
        facing = [Saproxy(bench, cipher, registrees)]
        facing += [peer(bench, cipher, registrees) for peer in PEERS[cipher] if peer.name in server_names]
        with bench.running(facing):
            for turn in range(bench.rounds):
                for key, text, mode, connections, count, quick, ending in wanted:
                    for server in facing:
                        bench.progress(f"round {turn + 1}: {key} {server.name}")
                        cpu_row(bench, server, key, text, turn, results, mode, connections, quick if bench.quick else count, ending)
    finally:
        registrees.stop()


def measure(bench, chosen, results):
    """`chosen`: the servers of the rows in the other direction; who is not among them is not here either."""
    for suite, name, cipher in SUITES:
        wanted = [row for row in rows_of(suite, name) if bench.wants(row[0])]
        if wanted:
            measure_suite(bench, {server.name for server in chosen}, cipher, wanted, results)
