"""Result Content and discovery (TS-0004 6.3.4.2.7, TS-0001 10.2.6): which resources an answer shows, and how."""

from . import codes, resource_types as rt
from .access import DISCOVER, RETRIEVE
from .codes import Refused

MAX_RESULTS = 10_000
ATTRIBUTES, NOTHING = 1, 0
_WITH_ATTRIBUTES, _WITH_CHILDREN, _WITH_REFERENCES = {1, 4, 5}, {4, 8}, {5, 6}


class Filter:
    """The filter criteria of a request: type, label, level, limit, offset."""

    def __init__(self, query):
        self.types = {_whole(value, "ty") for value in _values(query, "ty")}
        self.labels = set(_values(query, "lbl"))
        self.level = _single(query, "lvl")
        self.limit = min(_single(query, "lim") or MAX_RESULTS, MAX_RESULTS)
        self.offset = _single(query, "ofst") or 1
        self.unstructured = _single(query, "drt") == 2

    def matches(self, resource):
        if self.types and resource.ty not in self.types:
            return False
        return not self.labels or not self.labels.isdisjoint(resource.attributes.get("lbl", ()))

    def select(self, resource, may_see):
        """Matching resources below, from the offset, up to the limit."""
        found, skip = [], self.offset - 1
        for node in resource.descendants(self.level):
            if self.matches(node) and may_see(node):
                if skip > 0:
                    skip -= 1
                    continue
                found.append(node)
                if len(found) >= self.limit:
                    break
        return found


def discover(resource, query, access, originator):
    """fu=1: the addresses of what matches and may be seen."""
    wanted = Filter(query)
    found = wanted.select(resource, lambda node: access.may(originator, node, DISCOVER))
    return {"m2m:uril": [node.ri if wanted.unstructured else node.path for node in found]}


def represent(resource, rcn, query, access, originator):
    """The answer to a RETRIEVE (or DELETE) with this Result Content; None for no content."""
    if rcn == NOTHING:
        return None
    if rcn == ATTRIBUTES:
        return resource.representation()
    if rcn not in (4, 5, 6, 8):
        raise Refused(codes.BAD_REQUEST, f"rcn={rcn} is not supported here")
    found = Filter(query).select(resource, lambda node: access.may(originator, node, RETRIEVE))
    if rcn == 6:
        return {"m2m:rrl": {"rrf": [_reference(node) for node in found]}}
    shown = dict(resource.attributes) if rcn in _WITH_ATTRIBUTES else {}
    if rcn in _WITH_REFERENCES:
        shown["ch"] = [_reference(node) for node in found]
    if rcn in _WITH_CHILDREN:
        _nest(resource, shown, found)
    return {rt.WRAPPER[resource.ty]: shown}


def _nest(root, shown, found):
    """Puts children into their parent's representation; a child whose parent is filtered out hangs under the root."""
    places = {root.ri: shown}
    for node in found:
        copy = dict(node.attributes)
        places[node.ri] = copy
        places.get(node.parent.ri, shown).setdefault(rt.WRAPPER[node.ty], []).append(copy)


def _reference(node):
    return {"nm": node.attributes["rn"], "typ": node.ty, "val": node.path}


def _values(query, name):
    return [part for value in query.get(name, ()) for part in value.split()]


def _single(query, name):
    values = query.get(name)
    return _whole(values[0], name) if values else None


def _whole(text, name):
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(codes.BAD_REQUEST, f"{name} must be a whole number")
    return int(text)
