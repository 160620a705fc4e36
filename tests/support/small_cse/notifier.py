"""Notifications: events of subscribed resources, verification of new subscriptions, requests to an AE (TS-0004 7.5)."""

import asyncio
import itertools
from collections import deque

from . import codes, http_client, resource_types as rt
from .codes import Refused
from .content import encode
from .http_client import Unreachable

UPDATED, DELETED, CHILD_CREATED, CHILD_DELETED = 1, 2, 3, 4
MAX_QUEUED = 1000


class Notifier:
    """Sends in the background, in order for each subscription; what does not fit is dropped and counted."""

    def __init__(self, identity, tree, remotes, quirks, counters, timeout):
        self._identity = identity
        self._remotes = remotes
        self._tree = tree
        self._quirks = quirks
        self._counters = counters
        self._timeout = timeout
        self._queues = {}
        self._tasks = set()
        self._numbers = itertools.count(1)

    def event(self, resource, net, node, modified=None):
        """Notifies the subscribers of `resource` that `net` happened to `node`; returns what can be waited for."""
        waits = []
        for subscription in resource.subscriptions:
            attributes = subscription.attributes
            if subscription is node or net not in attributes.get("enc", {}).get("net", (UPDATED,)):
                continue
            rep = self._event_content(attributes.get("nct", 1), node, modified)
            sgn = {"nev": {"net": net, "rep": rep}, "sur": self._identity.cse_id + "/" + subscription.path}
            done = self._enqueue(subscription.ri, attributes["nu"], {"m2m:sgn": sgn})
            waits.append(done)
        return waits

    def subscription_deleted(self, subscription):
        if "su" in subscription.attributes:
            sgn = {"sud": True, "sur": self._identity.cse_id + "/" + subscription.path}
            self._enqueue(subscription.ri, [subscription.attributes["su"]], {"m2m:sgn": sgn})

    async def verify(self, attributes, parent, originator):
        """Asks every target but the originator itself whether it wants the notifications; raises Refused."""
        sur = f"{self._identity.cse_id}/{parent.path}/{attributes.get('rn', '')}".rstrip("/")
        body = encode({"m2m:sgn": {"vrq": True, "sur": sur, "cr": originator}}, self._quirks.numbers_as_doubles)
        for nu in attributes["nu"]:
            if self._identity.local_originator(nu) == originator:
                continue
            target = parent.path if self._quirks.tinyiot_notifications else None
            if not await self._send_to(nu, body, target):
                raise Refused(codes.VERIFICATION_FAILED, f"{nu[:100]} did not accept the verification request")

    async def retarget(self, ae, primitive):
        """Hands a NOTIFY to the AE's points of access, in order; returns its answer's code and content as bytes."""
        headers = self._headers(primitive.fr, primitive.ri, primitive.rvi)
        for url in self._reachable(ae):
            try:
                reply = await http_client.post(url, headers, primitive.body, self._timeout)
            except Unreachable:
                continue
            rsc = reply.fields.get("x-m2m-rsc", "")
            return (int(rsc) if rsc.isdigit() and len(rsc) == 4 else codes.INTERNAL_SERVER_ERROR), reply.body
        raise Refused(codes.TARGET_NOT_REACHABLE, "the AE has no point of access that answers")

    def stop(self):
        for task in self._tasks:
            task.cancel()

    @staticmethod
    def _event_content(content_type, node, modified):
        if content_type == 3:
            return {"m2m:uri": node.path}
        if content_type == 2 and modified is not None:
            return {rt.WRAPPER[node.ty]: modified}
        return node.representation()

    def _enqueue(self, key, targets, content):
        body = encode(content, self._quirks.numbers_as_doubles)
        done = asyncio.get_running_loop().create_future()
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
            task = asyncio.create_task(self._drain(key, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(queue) >= MAX_QUEUED:
            self._counters["notifications_dropped"] += 1
            done.set_result(False)
        else:
            queue.append((targets, body, done))
        return done

    async def _drain(self, key, queue):
        while queue:
            targets, body, done = queue.popleft()
            for nu in targets:
                await self._send_to(nu, body)
            if not done.done():
                done.set_result(True)
        del self._queues[key]

    async def _send_to(self, nu, body, target=None):
        """True when one of the addresses behind `nu` took it."""
        for url in self._addresses(nu):
            self._counters["notifications_sent"] += 1
            try:
                if await self._send(url, body, target):
                    self._counters["notifications_delivered"] += 1
                    return True
            except Unreachable:
                pass
        self._counters["notifications_failed"] += 1
        return False

    async def _send(self, url, body, target):
        request_id = "notify" if self._quirks.tinyiot_notifications else f"ntfy-{next(self._numbers)}"
        headers = self._headers(self._identity.cse_id, request_id, "3")
        reply = await http_client.post(url, headers, body, self._timeout, target)
        if self._quirks.tinyiot_notifications:
            if reply.segments > 1:
                self._counters["crashes"] += 1
            return reply.segments == 1 and reply.fields.get("x-m2m-rsc", "").startswith("2")
        return reply.fields.get("x-m2m-rsc", "").startswith("2") and reply.fields.get("x-m2m-ri") == request_id

    @staticmethod
    def _headers(originator, request_id, release):
        headers = [("X-M2M-Origin", originator), ("X-M2M-RI", request_id), ("Content-Type", "application/json")]
        return headers + ([("X-M2M-RVI", release)] if release else [])

    def _addresses(self, nu):
        if "://" in nu:
            return [nu]
        local = self._identity.local_target(nu)
        resource = self._tree.find(local) if local is not None else None
        if resource is not None:
            return self._reachable(resource)
        return self._remotes.urls(nu)

    @staticmethod
    def _reachable(resource):
        if resource.ty not in (rt.AE, rt.CSR) or not resource.attributes.get("rr"):
            return []
        return [url for url in resource.attributes.get("poa", ()) if url.startswith("http://")]
