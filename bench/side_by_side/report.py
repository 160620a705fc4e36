"""Raw rows to a file, ratios to a table."""
import json
import statistics


class Results:
    """Numbers by row, server and round. Each one is written down with its raw sample as soon as it is there."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8") if path else None
        self.rows = {}  # key -> (text, unit, {server -> {round -> number}})

    def note(self, record):
        if self.file:
            self.file.write(json.dumps(record) + "\n")
            self.file.flush()

    def add(self, key, text, unit, server, turn, number, sample=None):
        self.rows.setdefault(key, (text, unit, {}))[2].setdefault(server, {})[turn] = number
        self.note({"row": key, "unit": unit, "server": server, "round": turn, "value": round(number, 3), **(sample or {})})

    def close(self):
        if self.file:
            self.file.close()


def ratio(ours, theirs):
    """Median and span of our number over theirs, taken round by round: neighbours in time share their disturbances."""
    ratios = [ours[turn] / theirs[turn] for turn in sorted(ours) if theirs.get(turn)]
    if not ratios:
        return "-"
    middle = statistics.median(ratios)
    return f"{middle:.2f}" if len(ratios) == 1 else f"{middle:.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def table(results, peers):
    """Markdown. Below 1 saproxy needs less; for MB per CPU-second above 1 is better."""
    lines = [f"| | saproxy | {' | '.join('/ ' + peer for peer in peers)} |", "| --- " * (len(peers) + 2) + "|"]
    for text, unit, servers in results.rows.values():
        ours = servers.get("saproxy", {})
        if not ours:
            continue
        middle = statistics.median(ours.values())
        cells = [ratio(ours, servers[peer]) if peer in servers else "-" for peer in peers]
        lines.append(f"| {text} | {middle:.{1 if middle < 100 else 0}f} {unit} | {' | '.join(cells)} |")
    return "\n".join(lines)
