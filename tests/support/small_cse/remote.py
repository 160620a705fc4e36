"""Other CSEs: requests that go on to them, and our own registration at one of them (TS-0001 6.4, 10.2.2.6; TS-0004 7.3.2.6)."""

from urllib.parse import urlsplit

from . import codes, http_client, resource_types as rt
from .addressing import CSE_ID, STEM
from .codes import Refused
from .content import decode, encode
from .http_client import Unreachable


class Remotes:
    """Finds the next hop to another CSE: the one that registered here, one above it, or our registrar."""

    def __init__(self, identity, tree, quirks, timeout):
        self._identity = identity
        self._tree = tree
        self._quirks = quirks
        self._timeout = timeout
        self._registrar = None

    def urls(self, to):
        """Where a request for `to` ("/cse2/..." or "//sp/cse2/...") is sent, in order of preference."""
        hop = self._next_hop(self._sp_relative(to))
        if hop is None or not hop.attributes.get("rr"):
            return []
        return [self._url(poa, to) for poa in hop.attributes.get("poa", ()) if poa.startswith("http://")]

    async def forward(self, primitive):
        """Hands a request to the next hop; returns its answer's code and content as bytes."""
        urls = self.urls(primitive.to)
        if not urls:
            raise Refused(codes.NOT_FOUND, f"{primitive.to[:200]} does not exist here")
        request = primitive.request
        query = request.target.partition("?")[2]
        for url in urls:
            try:
                reply = await http_client.request(
                    request.method, url + (f"?{query}" if query else ""), self._headers(primitive), request.body, self._timeout
                )
            except Unreachable:
                continue
            rsc = reply.fields.get("x-m2m-rsc", "")
            return (int(rsc) if rsc.isdigit() and len(rsc) == 4 else codes.INTERNAL_SERVER_ERROR), reply.body
        raise Refused(codes.TARGET_NOT_REACHABLE, "the remote CSE has no point of access that answers")

    def _headers(self, primitive):
        request_id = f"forwarding_{primitive.ri}" if self._quirks.forwarding == "relative" else primitive.ri
        given = (("X-M2M-Origin", self._originator(primitive.fr)), ("X-M2M-RI", request_id), ("X-M2M-RVI", primitive.rvi))
        kept = ((name, primitive.request.fields.get(name.lower())) for name in ("Content-Type", "Accept"))
        return [(name, value) for name, value in (*given, *kept) if value]

    def _originator(self, originator):
        """Spec: TS-0004 7.3.2.6: beyond its registrar an AE is known by the SP-relative form."""
        if originator and STEM.fullmatch(originator):
            return f"{self._identity.cse_id}/{originator}" if originator[0] == "C" else f"/{originator}"
        return originator

    def _sp_relative(self, to):
        return to[len(self._identity.sp_id) :] if to.startswith(self._identity.sp_id + "/") else to

    def _next_hop(self, to):
        named = CSE_ID.match(to)
        if named is None:
            return None
        remotes = [node for node in self._tree.base.children.values() if node.ty == rt.CSR]
        for node in remotes:
            if node.attributes["csi"] == named[0] or named[0] in node.attributes.get("dcse", ()):
                return node
        return next((node for node in remotes if node.attributes["csi"] == self._registrar), None)

    def _url(self, poa, to):
        if self._quirks.forwarding == "relative":
            return poa.rstrip("/") + "/" + CSE_ID.sub("", self._sp_relative(to), count=1).lstrip("/")
        if self._quirks.forwarding == "host":
            parts = urlsplit(poa)
            poa = f"{parts.scheme}://{parts.netloc}"
        if to.startswith("//") and self._quirks.tinyiot_remote_cses:
            return f"{poa}/_/{to}"
        return poa.rstrip("/") + "/~" + self._sp_relative(to)

    # -- our own registration -----------------------------------------------------------------------------------------

    async def register(self, url, cse_id, name, dcse=()):
        """Registers at the CSE `cse_id`, whose CSEBase is called `name`; returns the answers' codes and what was learned."""
        base = self._tree.base.attributes
        csr = {"rn": self._identity.cse_id[1:], "cb": f"{self._identity.cse_id}/{base['rn']}", "csi": self._identity.cse_id,
               "rr": True, "poa": base["poa"], "srv": base["srv"]}  # fmt: skip
        if dcse:
            csr["dcse"] = list(dcse)
        created, content = await self._ask("POST", f"{url}/{name}", {"m2m:csr": csr}, rt.CSR)
        retrieved, seen = await self._ask("GET", f"{url}/{name}")
        if created == codes.CREATED and retrieved == codes.OK:
            poa = seen["m2m:cb"].get("poa", []) if self._quirks.follows_registrar_poa else [url]
            self._remember(cse_id, name, poa)
        return {"created": created, "csr": content, "retrieved": retrieved, "base": seen}

    async def update(self, url, name, changes):
        code, content = await self._ask("PUT", f"{url}/{name}/{self._identity.cse_id[1:]}", {"m2m:csr": changes})
        return {"updated": code, "csr": content}

    async def deregister(self, url, name):
        code, _ = await self._ask("DELETE", f"{url}/{name}/{self._identity.cse_id[1:]}")
        return {"deleted": code}

    def _remember(self, cse_id, name, poa):
        self._registrar = cse_id
        known = self._tree.by_id("csr-" + cse_id[1:])
        if known is not None:
            self._tree.remove(known)
        given = {"rn": "csr-" + cse_id[1:], "csi": cse_id, "cb": f"{cse_id}/{name}", "rr": True, "poa": poa}
        self._tree.add(rt.CSR, given, self._tree.base, self._identity.cse_id, ri="csr-" + cse_id[1:])

    async def _ask(self, method, url, content=None, ty=None):
        kind = "application/json" + (f";ty={ty}" if ty else "")
        headers = [("X-M2M-Origin", self._identity.cse_id), ("X-M2M-RI", f"{method.lower()}-csr"), ("X-M2M-RVI", "3")]
        body = b"" if content is None else encode(content, self._quirks.numbers_as_doubles)
        reply = await http_client.request(method, url, [*headers, ("Content-Type", kind)] if body else headers, body, self._timeout)
        return int(reply.fields.get("x-m2m-rsc", 0)), (decode(reply.body) if reply.body else None)
