"""Raw rows to a file, ratios to a table."""
import json
import statistics


class Results:
    """Numbers by row, server and round. Each one is written down with its raw sample as soon as it is there."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8") if path else None
        self.rows = {}  # key -> (text, unit, {server -> {round -> number}})
        self.remarks = []

    def note(self, record):
        if self.file:
            self.file.write(json.dumps(record) + "\n")
            self.file.flush()

    def add(self, key, text, unit, server, turn, number, sample=None):
        sample = sample or {}
        self.rows.setdefault(key, (text, unit, {}))[2].setdefault(server, {})[turn] = number
        self.note({"row": key, "unit": unit, "server": server, "round": turn, "value": round(number, 3), **sample})
        if sample.get("failed"):
            self.remarks.append(f"{key}, {server}, round {turn + 1}: {sample['failed']} of {sample['started']} failed")

    def close(self):
        if self.file:
            self.file.close()


def ratios(ours, theirs):
    """Taken round by round: neighbours in time share their disturbances."""
    return [ours[turn] / theirs[turn] for turn in sorted(ours) if theirs.get(turn)]


def span(numbers, form="{:.2f}"):
    """The median and, in brackets, the smallest and the largest."""
    if not numbers:
        return "-"
    middle, least, most = (form.format(number) for number in (statistics.median(numbers), min(numbers), max(numbers)))
    return middle if len(numbers) == 1 else f"{middle} ({least}-{most})"


def table(results, peers):
    """Markdown. Below 1 saproxy needs less; for MB per CPU-second above 1 is better."""
    lines = [f"| | saproxy | {' | '.join('/ ' + peer for peer in peers)} |", "| --- " * (len(peers) + 2) + "|"]
    for text, unit, servers in results.rows.values():
        ours = servers.get("saproxy")
        if not ours:
            continue
        middle = statistics.median(ours.values())
        # What compares saproxy with itself is a ratio already, and its span matters.
        own = span(list(ours.values())) if unit.startswith("x ") else f"{middle:.{1 if middle < 100 else 0}f}"
        cells = [span(ratios(ours, servers.get(peer, {}))) for peer in peers]
        lines.append(f"| {text} | {own} {unit} | {' | '.join(cells)} |")
    return "\n".join(lines)
