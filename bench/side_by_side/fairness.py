"""Established keep-alive requests at a fixed rate: alone, while handshakes press, while one client uploads without end."""
import time

from . import load, rows

CONNECTIONS = 32
RATE = 1000
COUNT, QUICK_COUNT = 6000, 200
OFFERED = 2000  # handshakes a second
OUTSTANDING = 4000  # handshakes that may be unfinished before no more are offered
UPLOAD = 32 << 20
TEXT = f"{RATE:,} GET/s on {CONNECTIONS} connections"


def open_probe(bench, server):
    count = QUICK_COUNT if bench.quick else COUNT
    return load.Held(bench, server, "request", rows.CBC, CONNECTIONS, "--count", count, "--rate", RATE)


def under(bench, server, *pressure):
    """The same requests, on connections that stood before the pressure began."""
    probe = open_probe(bench, server)
    with load.Pressure(bench, server, *pressure) as other:
        time.sleep(0.1 if bench.quick else 1)  # until queues are as long as they get
        sample = load.sample(probe)
    return sample | {"pressure": other.result}


def one_round(bench, server, turn, results):
    def add(key, text, unit, number, sample=None):
        results.add(f"fair-{key}", text, unit, server.name, turn, number, sample)

    quiet = load.sample(open_probe(bench, server))
    add("quiet", f"{TEXT}, CBC_SHA256: p99 in quiet", "us", quiet["p99_us"], quiet)
    flooded = under(bench, server, "handshake", rows.CBC, OUTSTANDING, "--rate", OFFERED)
    add("handshakes", f"p99 while {OFFERED:,} handshakes/s are offered", "x quiet", flooded["p99_us"] / quiet["p99_us"], flooded)
    for key, text in (("started", "offered"), ("right", "done")):
        flood = flooded["pressure"]
        add(f"handshakes-{text}", f"handshakes {text} meanwhile", "/s", flood[key] / flood["seconds"])
    uploading = under(bench, server, "request", rows.CBC, 1, "--upload", UPLOAD)
    add("upload", "p99 while one client uploads without end", "x quiet", uploading["p99_us"] / quiet["p99_us"], uploading)


def measure(bench, servers, results):
    if not bench.wants("fair"):
        return
    fitting = [server for server in servers if server.name != "bare" and "certificate" in server.credentials]
    with bench.running(fitting):
        for turn in range(bench.rounds):
            for server in fitting:
                bench.progress(f"round {turn + 1}: fairness {server.name}")
                one_round(bench, server, turn, results)
