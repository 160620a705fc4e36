"""A fleet that comes back at once."""
from . import load, rows
from .servers import Saproxy

CONNECTIONS, QUICK_CONNECTIONS = 10000, 100


def for_a_crowd(bench, server):
    """As the peers, whose limits in bench/peers are wide: by default saproxy drops the oldest handshake above 2,000 and
    answers 5103 when more than 1,024 requests wait for the CSE."""
    if server.name != "saproxy":
        return server
    return Saproxy(bench, handshakes=CONNECTIONS, handshake_timeout="1m", waiting=CONNECTIONS)


def measure(bench, servers, results):
    count = QUICK_CONNECTIONS if bench.quick else CONNECTIONS
    text = f"{count:,} connections at once, each handshake + GET + close, CBC_SHA256"
    chosen = [for_a_crowd(bench, server) for server in servers
              if "handshake" in server.modes and "certificate" in server.credentials]
    for turn in range(bench.rounds if bench.wants("burst") else 0):
        for server in chosen:
            bench.progress(f"round {turn + 1}: burst {server.name}")
            with bench.running([server]):
                sample = load.measure(bench, server, "handshake", rows.CBC, count, count, failures_allowed=True)
            results.add("burst-cpu", f"{text}: CPU", "us CPU each", server.name, turn, sample["cpu_seconds"] * 1e6 / sample["right"], sample)
            results.add("burst-time", f"{text}: until the last answer", "s", server.name, turn, sample["seconds"])
            results.add("burst-answered", f"{text}: answered", "%", server.name, turn, 100 * sample["right"] / sample["started"])
