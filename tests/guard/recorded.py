"""costs.json: the figures that costs.py compares with.

    "processors"    {what processor.key() says: {kind: {"instructions", "allocations of libraries", "functions"}}}
    "system_calls"  {kind: {"recvfrom client": times for each request, ...}}
"""
import json
from pathlib import Path

FILE = Path(__file__).with_name("costs.json")
LIMIT = 1.05
KEPT_FUNCTIONS = 12  # for saying where a growth comes from
SHOWN_FUNCTIONS = 5


def load():
    return json.loads(FILE.read_text()) if FILE.exists() else {"processors": {}, "system_calls": {}}


def save(figures):
    FILE.write_text(json.dumps(figures, indent=1, sort_keys=False) + "\n")


def of_cost(cost):
    return {"instructions": round(cost.instructions), "allocations of libraries": round(sum(cost.allocated_by("library").values()), 2),
            "functions": {name: round(number) for name, number in list(cost.functions.items())[:KEPT_FUNCTIONS]}}


def growth(now, before, slack=0.0):
    """By how many percent `now` lies over `before`, when that is too much; None otherwise."""
    if now <= before * LIMIT + slack:
        return None
    return (now / before - 1) * 100 if before else float("inf")


def grown_functions(cost, before):
    """Lines for the functions that grew most. One that is not recorded took less than any that is."""
    known = before["functions"]
    least = min(known.values(), default=0)
    added = {name: number - known.get(name, least) for name, number in cost.functions.items()}
    dearest = [name for name in sorted(added, key=added.get, reverse=True) if added[name] > 0][:SHOWN_FUNCTIONS]
    return "\n".join(f"  {cost.functions[name]:12,.0f}  {name[:120]} (was {known[name]:,})" if name in known else
                     f"  {cost.functions[name]:12,.0f}  {name[:120]} (was at most {least:,})" for name in dearest)
