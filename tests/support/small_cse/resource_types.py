"""Resource types, their attributes and the validation of content (TS-0001 9.6, short names of TS-0004 8.2)."""

import re

from . import codes
from .codes import Refused

ACP, AE, CNT, CIN, CB, CSR, SUB = 1, 2, 3, 4, 5, 16, 23

WRAPPER = {ACP: "m2m:acp", AE: "m2m:ae", CNT: "m2m:cnt", CIN: "m2m:cin", CB: "m2m:cb", CSR: "m2m:csr", SUB: "m2m:sub"}
CHILDREN = {
    CB: {ACP, AE, CNT, CSR, SUB},
    AE: {ACP, CNT, SUB},
    CNT: {CNT, CIN, SUB},
    CSR: {ACP, CNT, SUB},
    CIN: set(),
    SUB: set(),
    ACP: {SUB},
}
RESERVED_NAMES = {"la", "ol", "fopt", "pcu", "-", "~", "_"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,199}")
_TIMESTAMP = re.compile(r"\d{8}T\d{6}(,\d{1,6})?")


def _text(value):
    return None if isinstance(value, str) and len(value) <= 4096 else "must be a string"


def _content(value):
    return None if isinstance(value, (str, dict, list, int, float)) else "must be a string or a JSON value"


def _flag(value):
    return None if isinstance(value, bool) else "must be true or false"


def _count(value):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    good = number and 0 <= value < 2**63 and value == int(value)
    return None if good else "must be a whole number, not negative"


def _texts(value):
    good = isinstance(value, list) and len(value) <= 100 and all(_text(item) is None for item in value)
    return None if good else "must be a list of strings"


def _one_or_more_texts(value):
    return None if _texts(value) is None and value else "must be a list of at least one string"


def _time(value):
    return None if isinstance(value, str) and _TIMESTAMP.fullmatch(value) else "must be a time like 20301231T235959"


def _object(value):
    return None if isinstance(value, dict) else "must be an object"


def _criteria(value):
    types = value.get("net", [1]) if isinstance(value, dict) else None
    good = isinstance(types, list) and all(_count(net) is None and 1 <= net <= 4 for net in types)
    return None if good else "must be an object; its net must be a list of numbers 1 to 4"


def _is_rule(rule):
    return _texts(rule.get("acor")) is None and _count(rule.get("acop")) is None


def _privileges(value):
    rules = value.get("acr", []) if isinstance(value, dict) else None
    good = isinstance(rules, list) and all(isinstance(rule, dict) and _is_rule(rule) for rule in rules)
    return None if good else "must be an object with acr, a list of {acor: [originators], acop: number}"


_COMMON = {"lbl": _texts, "et": _time, "acpi": _texts}
# fmt: off
_ATTRIBUTES = {
    CB: {"lbl": _texts},
    AE: {
        **_COMMON, "apn": _text, "api": _text, "rr": _flag, "poa": _texts, "srv": _texts, "csz": _texts, "or": _text,
        "nl": _text,
    },
    CNT: {**_COMMON, "mni": _count, "mbs": _count, "mia": _count, "or": _text, "li": _text, "disr": _flag},
    CIN: {"lbl": _texts, "et": _time, "con": _content, "cnf": _text, "or": _text},
    CSR: {
        **_COMMON, "cb": _text, "csi": _text, "rr": _flag, "poa": _texts, "cst": _count, "srv": _texts, "csz": _texts,
        "nl": _text, "dcse": _texts,
    },
    SUB: {
        **_COMMON, "nu": _one_or_more_texts, "enc": _criteria, "exc": _count, "nfu": _text, "nct": _count, "su": _text,
        "gpi": _text, "bn": _object, "rl": _object, "psn": _count, "pn": _count, "nsp": _count, "ln": _flag,
        "nec": _text,
    },
    ACP: {"lbl": _texts, "et": _time, "pv": _privileges, "pvs": _privileges},
}
# fmt: on
_MANDATORY = {AE: ("api", "rr"), CIN: ("con",), CSR: ("cb", "rr"), SUB: ("nu",), ACP: ("pv", "pvs")}
_CREATE_ONLY = {"api", "cb", "csi"}
_SERVER_SIDE = {"ty", "ri", "pi", "ct", "lt", "st", "cni", "cbs", "cs", "aei", "cst", "srt", "cr"}


def read_content(ty, pc):
    """Unwraps {"m2m:xyz": {...}}."""
    wrapper = WRAPPER[ty]
    if not isinstance(pc, dict) or len(pc) != 1 or wrapper not in pc:
        found = ", ".join(list(pc)[:3])[:100] if isinstance(pc, dict) else type(pc).__name__
        raise Refused(codes.BAD_REQUEST, f"content must be one object {wrapper}, found: {found or 'nothing'}")
    if not isinstance(pc[wrapper], dict):
        raise Refused(codes.BAD_REQUEST, f"{wrapper} must be an object")
    return pc[wrapper]


def check_create(ty, attributes):
    """Raises Refused unless the attributes may create a resource of type ty. The name `rn` is checked here too."""
    for name in _MANDATORY.get(ty, ()):
        if name not in attributes:
            raise Refused(codes.BAD_REQUEST, f"mandatory attribute {name} of {WRAPPER[ty]} is missing")
    for name, value in attributes.items():
        if name == "rn":
            check_name(value)
        else:
            _check(ty, name, value)
    if ty == AE and attributes["api"][:1] not in ("R", "r", "N"):
        raise Refused(codes.BAD_REQUEST, "api must begin with R, r or N")


def check_update(ty, attributes):
    """Raises Refused unless the attributes may be changed; null removes an optional one."""
    if ty in (CIN, CB):
        raise Refused(codes.OPERATION_NOT_ALLOWED, f"{WRAPPER[ty]} cannot be updated")
    for name, value in attributes.items():
        if name == "rn" or name in _CREATE_ONLY:
            raise Refused(codes.BAD_REQUEST, f"attribute {name} cannot be changed")
        if value is None:
            if name in _MANDATORY.get(ty, ()) or name == "et":
                raise Refused(codes.BAD_REQUEST, f"attribute {name} cannot be removed")
            _check(ty, name, value, only_name=True)
        else:
            _check(ty, name, value)


def check_name(name):
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise Refused(codes.BAD_REQUEST, "rn must be 1 to 200 letters, digits, '.', '_' or '-', and no reserved name")


def _check(ty, name, value, only_name=False):
    check = _ATTRIBUTES[ty].get(name)
    if check is None:
        what = "is set by the CSE" if name in _SERVER_SIDE else f"is not known for {WRAPPER[ty]}"
        raise Refused(codes.BAD_REQUEST, f"attribute {name[:50]} {what}")
    problem = None if only_name else check(value)
    if problem:
        raise Refused(codes.BAD_REQUEST, f"attribute {name} {problem}")
