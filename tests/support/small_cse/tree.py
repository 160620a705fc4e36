"""The resources: one tree under the CSEBase, found by path, by identifier, and by their owner's identity."""

import heapq
import json
import secrets
import time
from collections import deque

from . import codes, resource_types as rt
from .codes import Refused

MAX_RESOURCES = 500_000
_LIFETIME_SECONDS = 10 * 365 * 86_400
_PREFIX = {rt.ACP: "acp", rt.AE: "ae", rt.CNT: "cnt", rt.CIN: "cin", rt.CSR: "csr", rt.SUB: "sub"}


class Clock:
    """oneM2M timestamps of one-second resolution, formatted once a second."""

    _second = 0
    _now = _far = ""

    @classmethod
    def now(cls):
        second = int(time.time())
        if second != cls._second:
            cls._second = second
            cls._now = time.strftime("%Y%m%dT%H%M%S", time.gmtime(second))
            cls._far = time.strftime("%Y%m%dT%H%M%S", time.gmtime(second + _LIFETIME_SECONDS))
        return cls._now

    @classmethod
    def far(cls):
        cls.now()
        return cls._far


class Resource:
    """One resource; `attributes` is what a RETRIEVE shows."""

    __slots__ = ("ty", "attributes", "parent", "children", "subscriptions", "instances", "creator", "path")

    def __init__(self, ty, attributes, parent, creator):
        self.ty = ty
        self.attributes = attributes
        self.parent = parent
        self.children = {}
        self.subscriptions = []
        self.instances = deque() if ty == rt.CNT else None
        self.creator = creator
        self.path = f"{parent.path}/{attributes['rn']}" if parent else attributes["rn"]

    @property
    def ri(self):
        return self.attributes["ri"]

    def representation(self):
        return {rt.WRAPPER[self.ty]: self.attributes}

    def descendants(self, depth=None):
        """All resources below, parents first."""
        level = [self]
        while level and depth != 0:
            level = [child for node in level for child in node.children.values()]
            yield from level
            depth = None if depth is None else depth - 1


class Tree:
    """Owns every resource. Everything that is removed goes through `remove`."""

    def __init__(self, base_name, base_attributes, creator):
        now = Clock.now()
        attributes = {"ty": rt.CB, "rn": base_name, "ct": now, "lt": now, **base_attributes}
        self.base = Resource(rt.CB, attributes, None, creator)
        self._by_id = {self.base.ri: self.base}
        self._expiring = []

    def __len__(self):
        return len(self._by_id)

    def by_id(self, ri):
        return self._by_id.get(ri)

    def find(self, path):
        """CSE-relative address, structured or not, without leading slash -> Resource or None."""
        first, _, rest = path.partition("/")
        node = self.base if first in (self.base.attributes["rn"], "-") else self._by_id.get(first)
        if rest:
            for name in rest.split("/"):
                if node is None:
                    return None
                node = self._virtual(node, name) if name in ("la", "ol") else node.children.get(name)
        return node

    def add(self, ty, given, parent, creator, ri=None):
        """Creates a resource out of checked attributes; raises Refused on a name that is taken."""
        if len(self._by_id) >= MAX_RESOURCES:
            raise Refused(codes.INTERNAL_SERVER_ERROR, "the store is full")
        if ri is None:
            ri = _PREFIX[ty] + secrets.token_hex(6)
        name = given.get("rn", ri)
        if name in parent.children:
            raise Refused(codes.CONFLICT, f"a resource named {name} exists already")
        now = Clock.now()
        expiry = given.get("et")
        if expiry is not None and expiry <= now:
            raise Refused(codes.BAD_REQUEST, "et is in the past")
        attributes = {"ty": ty, "ri": ri, "rn": name, "pi": parent.ri, "ct": now, "lt": now}
        attributes["et"] = expiry or Clock.far()
        attributes.update((key, value) for key, value in given.items() if key not in ("rn", "et"))
        resource = Resource(ty, attributes, parent, creator)
        if ty == rt.CNT:
            attributes.update(st=0, cni=0, cbs=0)
        elif ty == rt.CIN:
            attributes["cs"] = _content_size(parent, given["con"])
        parent.children[name] = resource
        self._by_id[ri] = resource
        if ty == rt.CIN:
            self._count_in(parent, resource)
        elif ty == rt.SUB:
            parent.subscriptions.append(resource)
        if expiry:
            self._note_expiry(resource)
        return resource

    def update(self, resource, changes):
        """Applies checked changes; returns the attributes that changed, as RETRIEVE shows them."""
        if changes.get("et") is not None and changes["et"] <= Clock.now():
            raise Refused(codes.BAD_REQUEST, "et is in the past")
        attributes = resource.attributes
        for name, value in changes.items():
            if value is None:
                attributes.pop(name, None)
            else:
                attributes[name] = value
        attributes["lt"] = Clock.now()
        if "st" in attributes:
            attributes["st"] += 1
        if "et" in changes:
            self._note_expiry(resource)
        if resource.ty == rt.CNT:
            self._evict(resource)
        return {**changes, "lt": attributes["lt"]}

    def remove(self, resource):
        """Removes the resource and everything below; returns what was removed, the resource first."""
        gone = [resource, *resource.descendants()]
        for node in gone:
            self._by_id.pop(node.ri, None)
        parent = resource.parent
        parent.children.pop(resource.attributes["rn"], None)
        if resource.ty == rt.SUB:
            parent.subscriptions.remove(resource)
        elif resource.ty == rt.CIN and resource in parent.instances:
            parent.instances.remove(resource)
            self._count_out(parent, resource)
        return gone

    def expired(self):
        """Resources whose expiration time has passed and that are still there."""
        now, due = Clock.now(), []
        while self._expiring and self._expiring[0][0] <= now:
            expiry, ri = heapq.heappop(self._expiring)
            resource = self._by_id.get(ri)
            if resource is not None and resource.attributes["et"] == expiry:
                due.append(resource)
        return due

    def _note_expiry(self, resource):
        heapq.heappush(self._expiring, (resource.attributes["et"], resource.ri))

    @staticmethod
    def _virtual(node, name):
        if node.ty != rt.CNT or not node.instances:
            return None
        return node.instances[-1 if name == "la" else 0]

    def _count_in(self, container, instance):
        holder = container.attributes
        holder["st"] += 1
        holder["cni"] += 1
        holder["cbs"] += instance.attributes["cs"]
        holder["lt"] = instance.attributes["ct"]
        instance.attributes["st"] = holder["st"]
        container.instances.append(instance)
        self._evict(container)

    def _evict(self, container):
        holder, instances = container.attributes, container.instances
        most, bytes_most = holder.get("mni"), holder.get("mbs")
        while instances and (
            (most is not None and len(instances) > most) or (bytes_most is not None and holder["cbs"] > bytes_most)
        ):
            oldest = instances.popleft()
            self._by_id.pop(oldest.ri, None)
            container.children.pop(oldest.attributes["rn"], None)
            self._count_out(container, oldest)

    @staticmethod
    def _count_out(container, instance):
        container.attributes["cni"] -= 1
        container.attributes["cbs"] -= instance.attributes["cs"]


def _content_size(container, content):
    """contentSize in bytes; raises Refused if the container could never hold it."""
    text = content if isinstance(content, str) else json.dumps(content)
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > container.attributes.get("mbs", size):
        raise Refused(codes.BAD_REQUEST, "content is larger than the container's mbs")
    return size
