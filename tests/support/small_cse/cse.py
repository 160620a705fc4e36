"""The operations: a primitive in, response status code and content out (TS-0004 7.2 to 7.4)."""

import secrets

from . import access as acl, codes, notifier as events, resource_types as rt, results
from .addressing import CSE_ID, STEM
from .codes import Crash, Refused

CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY = 1, 2, 3, 4, 5


class Primitive:
    """A request without its binding. `fr` is None when absent; `body` is the serialised content."""

    __slots__ = ("op", "to", "fr", "ri", "rvi", "ty", "pc", "body", "query", "request")


class Cse:
    """Answers primitives. `handle` returns (code, content), or a coroutine of it where it has to wait."""

    def __init__(self, identity, tree, access, notifier, remotes, quirks):
        self._identity = identity
        self._remotes = remotes
        self._tree = tree
        self._access = access
        self._notifier = notifier
        self._quirks = quirks
        self._operations = {RETRIEVE: self._retrieve, UPDATE: self._update, DELETE: self._delete, NOTIFY: self._notify}

    def handle(self, primitive):
        if primitive.fr and self._identity.local_target(primitive.to) is None and self._remotes.urls(primitive.to):
            return self._remotes.forward(primitive)
        if primitive.op == CREATE and primitive.ty == rt.AE:
            return self._register_ae(primitive, self._target(primitive))
        if not primitive.fr:
            raise Refused(codes.BAD_REQUEST, "originator (X-M2M-Origin) is missing")
        if primitive.op == CREATE and primitive.ty == rt.CSR:
            return self._register_cse(primitive, self._target(primitive))
        primitive.fr = self._identity.local_originator(primitive.fr)
        resource = self._target(primitive)
        if primitive.op == CREATE:
            return self._create(primitive, resource)
        return self._operations[primitive.op](primitive, resource)

    def expire(self):
        """Removes what has outlived its expiration time."""
        for resource in self._tree.expired():
            self._remove(resource)

    def _target(self, primitive):
        local = self._identity.local_target(primitive.to)
        resource = self._tree.find(local) if local is not None else None
        if resource is None:
            raise Refused(codes.NOT_FOUND, f"{primitive.to[:200]} does not exist here")
        return resource

    def _require(self, primitive, resource, operation):
        if not self._access.may(primitive.fr, resource, operation):
            raise Refused(codes.ORIGINATOR_HAS_NO_PRIVILEGE, "the originator may not do this to this resource")

    def _given(self, primitive, parent):
        """The checked attributes of a CREATE."""
        if primitive.ty not in rt.WRAPPER or primitive.ty == rt.CB:
            raise Refused(codes.BAD_REQUEST, f"resource type {primitive.ty} cannot be created")
        if primitive.ty not in rt.CHILDREN[parent.ty]:
            child, holder = rt.WRAPPER[primitive.ty], rt.WRAPPER[parent.ty]
            raise Refused(codes.INVALID_CHILD_RESOURCE_TYPE, f"{child} cannot be created under {holder}")
        given = rt.read_content(primitive.ty, primitive.pc)
        rt.check_create(primitive.ty, given)
        return given

    # -- registration ---------------------------------------------------------------------------------------------

    def _register_ae(self, primitive, parent):
        given = self._given(primitive, parent)
        stem = self._stem(primitive.fr)
        if self._tree.by_id(stem) is not None:
            raise Refused(codes.ORIGINATOR_HAS_ALREADY_REGISTERED, "an AE with this identifier is registered already")
        ae = self._tree.add(rt.AE, {**given, "aei": stem}, parent, stem, ri=stem)
        primitive.fr = stem
        return self._created(primitive, ae)

    def _stem(self, originator):
        """Spec: TS-0001 10.2.2.2 step 002. Absent, `C` and `S` ask for an assignment; anything else is a stem."""
        if originator is None or originator == "":
            if originator == "" and self._quirks.empty_originator_means_s:
                return self._assign("S")
            if self._quirks.originator_required:
                raise Refused(codes.BAD_REQUEST, "originator is mandatory")
            return self._assign("C")
        if originator in ("C", "S"):
            return self._assign(originator)
        if self._quirks.tinyiot_originators:
            if originator.startswith("//"):
                raise Crash("absolute originator on CREATE of an AE")
            if originator == self._identity.cse_id[1:]:
                raise Refused(codes.SECURITY_ASSOCIATION_REQUIRED, "originator is CSE-ID without secure context")
            if originator.startswith("/"):
                return self._assign("C")
        stem = self._identity.local_originator(originator)
        if not STEM.fullmatch(stem):
            raise Refused(codes.BAD_REQUEST, "originator must be absent, C, S, or an AE-ID that begins with C or S")
        return stem

    def _assign(self, letter):
        while True:
            stem = letter + secrets.token_hex(6)
            if self._tree.by_id(stem) is None:
                return stem

    def _register_cse(self, primitive, parent):
        given = self._given(primitive, parent)
        if STEM.fullmatch(primitive.fr):
            raise Refused(codes.OPERATION_NOT_ALLOWED, "an AE cannot create a remoteCSE")
        cse_id = primitive.fr
        if cse_id.startswith(self._identity.sp_id + "/"):
            cse_id = cse_id[len(self._identity.sp_id) :]
        if not CSE_ID.fullmatch(cse_id) or cse_id == self._identity.cse_id:
            raise Refused(codes.BAD_REQUEST, "originator must be the CSE-ID of another CSE, like /cse2")
        ri = "csr-" + cse_id[1:]
        if self._quirks.tinyiot_remote_cses:
            ri = cse_id[1:]
            given = {**given, "rn": ri}
        present = self._tree.by_id(ri)
        if present is not None and self._quirks.tinyiot_remote_cses:
            return self._created(primitive, present)
        if present is not None:
            raise Refused(codes.ORIGINATOR_HAS_ALREADY_REGISTERED, "a CSE with this CSE-ID is registered already")
        # Spec: TS-0001 10.2.2.7. The CSE-ID comes from the originator, whatever the content says.
        csr = self._tree.add(rt.CSR, {**given, "csi": cse_id}, parent, cse_id, ri=ri)
        primitive.fr = cse_id
        return self._created(primitive, csr)

    # -- operations -----------------------------------------------------------------------------------------------

    def _create(self, primitive, parent):
        self._require(primitive, parent, acl.CREATE)
        given = self._given(primitive, parent)
        if primitive.ty == rt.SUB and self._quirks.verify_subscriptions:
            return self._create_subscription(primitive, parent, given)
        return self._created(primitive, self._tree.add(primitive.ty, given, parent, primitive.fr))

    async def _create_subscription(self, primitive, parent, given):
        if given.get("rn") in parent.children:
            raise Refused(codes.CONFLICT, f"a resource named {given['rn']} exists already")
        await self._notifier.verify(given, parent, primitive.fr)
        if self._tree.by_id(parent.ri) is not parent:
            raise Refused(codes.NOT_FOUND, "the parent was deleted meanwhile")
        answer = self._created(primitive, self._tree.add(rt.SUB, given, parent, primitive.fr))
        return answer if type(answer) is tuple else await answer

    def _created(self, primitive, resource):
        waits = self._notifier.event(resource.parent, events.CHILD_CREATED, resource)
        rcn = self._result_content(primitive, 1)
        if rcn == 0:
            content = None
        elif rcn == 1:
            content = resource.representation()
        elif rcn == 2:
            content = {"m2m:uri": resource.path}
        elif rcn == 3:
            content = {"m2m:rce": {"uri": resource.path, **resource.representation()}}
        else:
            content = {rt.WRAPPER[resource.ty]: {"ri": resource.ri, "rn": resource.attributes["rn"]}}
        return self._after(waits, codes.CREATED, content)

    def _retrieve(self, primitive, resource):
        query = primitive.query
        if not query:
            self._require(primitive, resource, acl.RETRIEVE)
            return codes.OK, resource.representation()
        if query.get("fu") == ["1"] or query.get("rcn") == ["11"]:
            self._require(primitive, resource, acl.DISCOVER)
            return codes.OK, results.discover(resource, query, self._access, primitive.fr)
        self._require(primitive, resource, acl.RETRIEVE)
        rcn = self._result_content(primitive, 1)
        return codes.OK, results.represent(resource, rcn, query, self._access, primitive.fr)

    def _update(self, primitive, resource):
        self._require(primitive, resource, acl.UPDATE)
        changes = rt.read_content(resource.ty, primitive.pc)
        rt.check_update(resource.ty, changes)
        modified = self._tree.update(resource, changes)
        waits = self._notifier.event(resource, events.UPDATED, resource, modified)
        rcn = self._result_content(primitive, 1)
        content = {0: None, 9: {rt.WRAPPER[resource.ty]: modified}}.get(rcn, resource.representation())
        return self._after(waits, codes.UPDATED, content)

    def _delete(self, primitive, resource):
        if resource is self._tree.base:
            raise Refused(codes.OPERATION_NOT_ALLOWED, "the CSEBase cannot be deleted")
        self._require(primitive, resource, acl.DELETE)
        rcn = self._result_content(primitive, 0)
        content = results.represent(resource, rcn, primitive.query, self._access, primitive.fr)
        return self._after(self._remove(resource), codes.DELETED, content)

    def _remove(self, resource):
        waits = self._notifier.event(resource, events.DELETED, resource)
        gone = self._tree.remove(resource)
        waits += self._notifier.event(resource.parent, events.CHILD_DELETED, resource)
        for node in gone:
            if node.ty == rt.SUB:
                self._notifier.subscription_deleted(node)
        return waits

    def _notify(self, primitive, resource):
        self._require(primitive, resource, acl.NOTIFY)
        if resource is self._tree.base:
            return codes.OK, None
        if resource.ty != rt.AE:
            raise Refused(codes.OPERATION_NOT_ALLOWED, "only an AE or this CSE can be notified; a CREATE needs ty")
        return self._notifier.retarget(resource, primitive)

    # -- answers --------------------------------------------------------------------------------------------------

    def _after(self, waits, code, content):
        if waits and self._quirks.wait_for_notifications:
            return self._wait(waits, code, content)
        return code, content

    @staticmethod
    async def _wait(waits, code, content):
        for done in waits:
            await done
        return code, content

    @staticmethod
    def _result_content(primitive, default):
        values = primitive.query.get("rcn") if primitive.query else None
        if values is None:
            return default
        allowed = {
            CREATE: ("0", "1", "2", "3", "9"),
            RETRIEVE: ("1", "4", "5", "6", "8"),
            UPDATE: ("0", "1", "9"),
            DELETE: ("0", "1", "4", "5", "6", "8"),
        }[primitive.op]
        if len(values) != 1 or values[0] not in allowed:
            raise Refused(codes.BAD_REQUEST, f"rcn must be one of {', '.join(allowed)} for this operation")
        return int(values[0])


def base_attributes(identity, poa):
    """Attributes of the CSEBase."""
    return {
        "ri": identity.cse_id[1:], "csi": identity.cse_id, "cst": 1, "srt": sorted(rt.WRAPPER), "poa": poa,
        "srv": ["2a", "3", "4", "5"], "rr": True,
    }  # fmt: skip
