"""Registrations over the wire: content in three serialisations, what saproxy has recorded, and a CSE that speaks all three."""

import calendar
import itertools
import json
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree

from .cases import StageCase
from .fake_cse import read_head
from .process import binary, slowness

CREATED, DELETED, NOT_AUTHENTICATED, ALREADY, BAD_REQUEST = (201, 2001), (200, 2002), (403, 4106), (403, 4117), (400, 4000)
NAMESPACE = "http://www.onem2m.org/xml/protocols"
MEDIA_TYPES = {"json": "application/json", "xml": "application/xml", "cbor": "application/cbor"}


def an_ae(**attributes):
    return {"api": "NApp", "rr": False, "srv": ["3"], **attributes}


def timestamp(unix_seconds):
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(unix_seconds))


def unix_time(text):
    return calendar.timegm(time.strptime(text[:15], "%Y%m%dT%H%M%S"))


def serialise(attributes, how="json", root="m2m:ae"):
    """Spec: TS-0004 8.2 to 8.5."""
    if how == "json":
        return json.dumps({root: attributes}).encode()
    return _xml(root, attributes) if how == "xml" else _cbor({root: attributes})


def _xml(root, attributes):
    element = ElementTree.Element(f"{{{NAMESPACE}}}{root.partition(':')[2]}")
    for name, value in attributes.items():
        if name == "rn":
            element.set(name, value)
            continue
        text = " ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
        ElementTree.SubElement(element, name).text = text
    ElementTree.register_namespace("m2m", NAMESPACE)
    return ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True)


def _cbor_head(major, number):
    for limit, mark, size in ((24, None, 0), (1 << 8, 24, 1), (1 << 16, 25, 2), (1 << 32, 26, 4)):
        if number < limit:
            return bytes([major << 5 | (number if mark is None else mark)]) + (number.to_bytes(size, "big") if size else b"")
    raise ValueError(number)


def _cbor(value):
    """RFC 8949, as far as resources need it."""
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _cbor_head(0, value)
    if isinstance(value, str):
        return _cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _cbor_head(4, len(value)) + b"".join(map(_cbor, value))
    return _cbor_head(5, len(value)) + b"".join(_cbor(name) + _cbor(item) for name, item in value.items())


class Records:
    """The registry as an operator sees it, by the command line."""

    def __init__(self, config):
        self._config = config

    def _run(self, *arguments):
        return subprocess.run([binary(), "registry", *arguments, "--config", self._config], capture_output=True, text=True,
                              timeout=60 * slowness())

    def text(self, *arguments):
        """What the command says, when it succeeds."""
        done = self._run(*arguments)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout

    def all(self):
        """{identity: record}"""
        return {record["entity_id"]: record for record in map(json.loads, self.text("list", "--json").splitlines())}

    def shown(self, identity):
        """{name: value} of what `registry show` says."""
        return {line[:18].strip(): line[18:] for line in self.text("show", identity).splitlines()}

    def forget(self, identity):
        return self._run("forget", identity)


class RegistryCase(StageCase):
    """Registrations are kept in a file; a wildcard lets nobody speak who has not registered, which is the default. The CSE is asked nothing
    by saproxy itself, so that a test finds its own requests there and no others."""

    STAGE = {"more": '[registry]\nfile = "registry.db"\nreconcile = "off"', "registration": ""}
    NODE = "34-urn:dev:ops:def010-NODE1-ADN1"  # may register Cnode1*
    _names = itertools.count(1)

    @property
    def records(self):
        return Records(self.proxy.config)

    def node(self, **options):
        return self.stage.certificate("node-uri", **options)

    def a_stem(self, prefix="Cnode1-"):
        """One that no other test has."""
        return f"{prefix}{next(self._names)}"

    @staticmethod
    def register(connection, origin, target="/cse-in", content=None, how="json", headers=(), **attributes):
        body = serialise(an_ae(**attributes), how) if content is None else content
        kind = [("Content-Type", f"{MEDIA_TYPES[how]};ty=2"), ("Accept", MEDIA_TYPES[how])]
        return connection.request("POST", target, origin=origin, body=body, headers=[*kind, *headers])

    def registered(self, connection, stem, **attributes):
        """Registers an AE; its attributes at the CSE."""
        answer = self.register(connection, stem, **attributes)
        self.assert_answer(answer, *CREATED)
        return answer.json["m2m:ae"]

    def assert_may_speak(self, connection, stem):
        self.assert_answer(connection.request(origin=stem), 200, 2000)

    def assert_may_not_speak(self, connection, stem):
        self.assert_answer(connection.request(origin=stem), *NOT_AUTHENTICATED)

    def assert_recorded_as(self, ae, credential_id, saef):
        """What the registry says is what the CSE has told."""
        record = self.records.all()[ae["aei"]]
        self.assertEqual(("ae", credential_id, saef), (record["kind"], record["credential_id"], record["saef"]))
        told = {"resource_id": ae["ri"], "resource_path": f"cse-in/{ae['rn']}", "app_id": ae["api"], "points_of_access": ae.get("poa", []),
                "request_reachable": ae["rr"], "expires": unix_time(ae["et"])}
        self.assertEqual(told, {name: record[name] for name in told})
        self.assertLess(abs(record["registered"] - time.time()), 60)


class AnyCse:
    """Registers whatever comes, in the serialisation in which it came; `made` is {AE-ID: what the CSE keeps}.
    For FakeCse; only AEs are created, and the content is not looked at."""

    def __init__(self):
        self.made = {}
        self._numbers = itertools.count(1)

    def __call__(self, connection):
        while True:
            head, body = read_head(connection)
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            while length and len(body) < int(length[1]):
                body += connection.recv(65536)
            if not head.startswith(b"POST"):
                connection.sendall(self.answer(200, 2000))
                continue
            origin = re.search(rb"(?i)\r\nx-m2m-origin: *(\S+)", head)
            how = next(name for name, kind in MEDIA_TYPES.items() if kind.encode() in head)
            connection.sendall(self.answer(201, 2001, serialise(self.make(origin[1].decode() if origin else "C"), how), how))

    def make(self, origin):
        number = next(self._numbers)
        stem = f"{origin}assigned{number}" if origin in ("C", "S") else origin
        self.made[stem] = {"ri": f"ae{number}", "rn": f"name{number}", "aei": stem, "api": "NApp", "rr": True,
                           "poa": ["http://10.0.0.1:80", "mqtt://broker/x"], "et": "20991231T235959"}
        return self.made[stem]

    @staticmethod
    def answer(status, rsc, body=b"", how="json"):
        return b"HTTP/1.1 %d \r\nX-M2M-RSC: %d\r\nX-M2M-RI: 1\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
            status, rsc, MEDIA_TYPES[how].encode(), len(body), body)
