"""Who may do what. Believes the originator it is told, as every CSE does: checking it is the sidecar's work."""

from . import resource_types as rt

CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY, DISCOVER = 1, 2, 4, 8, 16, 32


class Access:
    """The creator of a resource or of one above it, the administrator, and whom an accessControlPolicy names."""

    def __init__(self, tree, admin, open_to_all):
        self._tree = tree
        self._admin = admin
        self._open = open_to_all

    def may(self, originator, resource, operation):
        if self._open or originator == self._admin:
            return True
        node = resource
        while node is not None:
            if node.creator == originator:
                return True
            node = node.parent
        if resource.ty == rt.CB:
            if operation in (RETRIEVE, DISCOVER):
                return True
            return operation == CREATE and self._is_registered(originator)
        if operation == NOTIFY and resource.ty == rt.AE:
            return self._is_registered(originator)
        return self._granted(originator, resource, operation)

    def _is_registered(self, originator):
        resource = self._tree.by_id(originator.lstrip("/"))
        return resource is not None and resource.ty in (rt.AE, rt.CSR) and resource.creator == originator

    def _granted(self, originator, resource, operation):
        if resource.ty == rt.ACP:
            return _allows(resource.attributes["pvs"], originator, operation)
        node = resource
        while node is not None and "acpi" not in node.attributes:
            node = node.parent
        for address in node.attributes["acpi"] if node is not None else ():
            policy = self._tree.find(address.removeprefix("/"))
            if policy is not None and policy.ty == rt.ACP and _allows(policy.attributes["pv"], originator, operation):
                return True
        return False


def _allows(privileges, originator, operation):
    return any(
        int(rule["acop"]) & operation and (originator in rule["acor"] or "all" in rule["acor"] or "*" in rule["acor"])
        for rule in privileges.get("acr", ())
    )
