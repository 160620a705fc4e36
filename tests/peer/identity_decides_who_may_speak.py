#!/usr/bin/env python3
"""Promise: a registree speaks for the identities of its credential and for nobody else; the CSE sees a verified From, or nothing at all.

One table: every kind of credential x every kind of From. Each row says what the client gets and what the CSE received.
Spec: TS-0004 7.2.2.2, 7.3.2.1 rules 1 to 4 and 7; TS-0003 7.2.1, 8.2.1; TS-0001 10.2.2.2, 10.2.2.7
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, expand, main  # noqa: E402

FORWARDED, NOT_AUTHENTICATED, BAD_REQUEST, NOT_ALLOWED = (200, 2000), (403, 4106), (400, 4000), (405, 4005)
CREATED = (201, 2001)
SP = "//sp.example.com"
ABSENT = None
HEADERS = ("credential-id", "entity", "identities", "saef", "association")

# name: (how to connect, Credential-ID, entity, identities as the CSE is told, SAEF)
CREDENTIALS = {
    "psk_one_ae": (lambda s: s.psk("ae"), "12-ae-psk@sp.example.com", "ae", "Cpsk", "psk"),
    "psk_list": (lambda s: s.psk("list"), "12-list@sp.example.com", "ae", "C*", "psk"),
    "psk_cse": (lambda s: s.psk("cse"), "12-mn9@sp.example.com", "cse", "/mn9", "psk"),
    "ae_certificate": (lambda s: s.certificate("ae-c"), f"33-{SP}/cse1/Cdemo", "ae", "Cdemo", "certificate"),
    "s_type_certificate": (lambda s: s.certificate("ae-s"), f"33-{SP}/Sdemo", "ae", "Sdemo", "certificate"),
    "cse_certificate": (lambda s: s.certificate("mn-cse"), f"32-{SP}/mn1", "cse", "/mn1", "certificate"),
    "node_certificate": (lambda s: s.certificate("node-uri"), "34-urn:dev:ops:def010-NODE1-ADN1", "ae", "Cnode1*", "certificate"),
    "device_certificate_ae": (lambda s: s.certificate("device"), "31-0.2.481.1.100.3030.10011", "ae", "Cdevice", "certificate"),
    "device_certificate_cse": (lambda s: s.certificate("device-rid"), "31-0.2.481.1.100.3030.10012", "cse", "/mn7", "certificate"),
    "raw_public_key": (lambda s: s.raw_key(), None, "ae", "Crpk*", "certificate"),
}


def retrieve_rows():
    """(credential, what kind of From, From, status and RSC, From at the CSE)"""
    aes = {"psk_one_ae": "Cpsk", "psk_list": "Cany", "ae_certificate": "Cdemo", "s_type_certificate": "Sdemo", "node_certificate": "Cnode1x",
           "device_certificate_ae": "Cdevice", "raw_public_key": "Crpk7"}
    for credential, stem in aes.items():
        yield credential, "right", stem, FORWARDED
        yield credential, "wrong", "Svictim" if credential == "psk_list" else "Cvictim", NOT_AUTHENTICATED
        yield credential, "wrong_letter", ("S" if stem[0] == "C" else "C") + stem[1:], NOT_AUTHENTICATED
        yield credential, "wrong_case", stem[0] + stem[1:].swapcase(), FORWARDED if credential == "psk_list" else NOT_AUTHENTICATED
        yield credential, "absent", ABSENT, BAD_REQUEST
        yield credential, "empty", "", BAD_REQUEST
        yield credential, "sp_relative_form", f"/cse1/{stem}", BAD_REQUEST
        yield credential, "absolute_form", f"{SP}/cse1/{stem}", BAD_REQUEST
        yield credential, "bare_letter", stem[0], BAD_REQUEST
        yield credential, "list", f"{stem},{stem}", BAD_REQUEST
        yield credential, "pattern", stem[0] + "*", BAD_REQUEST
        yield credential, "denied_admin", "CAdmin", NOT_AUTHENTICATED
        yield credential, "denied_admin_case", "cadmin", NOT_AUTHENTICATED
        yield credential, "denied_admin_of_mobius", "cse.admin", NOT_AUTHENTICATED
        yield credential, "denied_admin_sp_relative", "/cse1/CAdmin", NOT_AUTHENTICATED
        yield credential, "cse_id_of_another", "/mn9" if credential != "psk_cse" else "/mn1", BAD_REQUEST
        yield credential, "own_cse_id", "/cse1", NOT_AUTHENTICATED
        yield credential, "own_cse_id_absolute", f"{SP}/cse1", NOT_AUTHENTICATED
    cses = {"psk_cse": ("/mn9", "/mn7"), "cse_certificate": ("/mn1", "/mn9"), "device_certificate_cse": ("/mn7", "/mn9")}
    for credential, (own, other) in cses.items():
        yield credential, "right", own, FORWARDED
        yield credential, "absolute_form", f"{SP}{own}", FORWARDED
        yield credential, "ae_behind_it", f"{own}/Cbehind", FORWARDED
        yield credential, "s_type_behind_it", "Sbehind", FORWARDED
        yield credential, "absent", ABSENT, BAD_REQUEST
        yield credential, "empty", "", BAD_REQUEST
        yield credential, "wrong", "Cvictim", NOT_AUTHENTICATED
        yield credential, "without_slash", own[1:], BAD_REQUEST
        yield credential, "cse_id_of_another", other, NOT_AUTHENTICATED
        yield credential, "cse_id_of_another_absolute", f"{SP}{other}", NOT_AUTHENTICATED
        yield credential, "ae_of_another_cse", f"{other}/Cbehind", NOT_AUTHENTICATED
        yield credential, "ae_of_ours", "/cse1/Cpsk", NOT_AUTHENTICATED
        yield credential, "denied_admin", "CAdmin", NOT_AUTHENTICATED
        yield credential, "denied_admin_behind_it", f"{own}/CAdmin", NOT_AUTHENTICATED
        yield credential, "own_cse_id", "/cse1", NOT_AUTHENTICATED


def title(credential, kind, *_):
    return f"{credential}__{kind}"


@expand([(title(*row), *row) for row in retrieve_rows()])
class RetrieveIsForwardedOrRefused(StageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open = {}
        cls.addClassCleanup(lambda: [connection.close() for connection in cls.open.values()])

    def connection(self, credential):
        """One association for all rows of a credential: a refusal does not end it."""
        if credential not in self.open:
            self.open[credential] = CREDENTIALS[credential][0](self.stage)
        return self.open[credential]

    def check(self, credential, _kind, origin, expected):
        answer = self.connection(credential).request(origin=origin, headers=[("X-M2M-RI", "the-request")])
        self.assert_answer(answer, *expected)
        self.assertEqual("the-request", answer.header("X-M2M-RI"))
        self.assertEqual("3", answer.header("X-M2M-RVI"))
        if expected != FORWARDED:
            self.assert_nothing_forwarded()
            self.assert_says_nothing_useful(answer, origin)
            return
        request = self.the_only_request()
        self.assertEqual([origin], request["fields"]["x-m2m-origin"])
        self.assert_identity_headers(request, credential)

    def assert_identity_headers(self, request, credential):
        _, credential_id, entity, identities, saef = CREDENTIALS[credential]
        told = {name: request["fields"].get(f"x-m2m-sa-{name}") for name in HEADERS}
        self.assertRegex(told.pop("association")[0], r"^[0-9a-f]{8}-\d+-\d+$")
        expected_id = credential_id or self.pki.row("rpk-client")["credential_id"]
        self.assertEqual({"credential-id": [expected_id], "entity": [entity], "identities": [identities], "saef": [saef]}, told)

    def assert_says_nothing_useful(self, answer, origin):
        """Neither the identity that would have been right nor why this one is wrong."""
        text = answer.json["m2m:dbg"]
        for secret in ("Cdemo", "Cpsk", "Crpk", "Cnode", "mn1", "mn9", "admin", "denied", "@"):
            self.assertNotIn(secret, text)
        if origin and len(origin) > 1:
            self.assertNotIn(origin, text)


AE = {"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"]}}
REMOTE_CSE = {"m2m:csr": {"cb": "/mn1/cse-mn", "csi": "/mn1", "rr": False, "srv": ["3"]}}

REGISTRATIONS = [
    # name, credential, From, resource type, status and RSC, From at the CSE
    ("psk_one_ae_absent", "psk_one_ae", ABSENT, 2, CREATED, "Cpsk"),
    ("psk_one_ae_c", "psk_one_ae", "C", 2, CREATED, "Cpsk"),
    ("psk_one_ae_own_stem", "psk_one_ae", "Cpsk", 2, CREATED, "Cpsk"),
    ("psk_one_ae_s", "psk_one_ae", "S", 2, NOT_AUTHENTICATED, None),
    ("psk_one_ae_other_stem", "psk_one_ae", "Cvictim", 2, NOT_AUTHENTICATED, None),
    ("psk_one_ae_admin", "psk_one_ae", "CAdmin", 2, NOT_AUTHENTICATED, None),
    ("psk_list_absent", "psk_list", ABSENT, 2, CREATED, ABSENT),
    ("psk_list_c", "psk_list", "C", 2, CREATED, "C"),
    ("psk_list_stem", "psk_list", "Cchosen", 2, CREATED, "Cchosen"),
    ("psk_list_s", "psk_list", "S", 2, NOT_AUTHENTICATED, None),
    ("certificate_absent", "ae_certificate", ABSENT, 2, CREATED, "Cdemo"),
    ("certificate_other_stem", "ae_certificate", "Cpsk", 2, NOT_AUTHENTICATED, None),
    ("s_type_certificate_s", "s_type_certificate", "S", 2, CREATED, "Sdemo"),
    ("s_type_certificate_c", "s_type_certificate", "C", 2, NOT_AUTHENTICATED, None),
    ("node_certificate_stem", "node_certificate", "Cnode1a", 2, CREATED, "Cnode1a"),
    ("node_certificate_other_stem", "node_certificate", "Cnode2a", 2, NOT_AUTHENTICATED, None),
    ("ae_registers_as_cse", "ae_certificate", "Cdemo", 16, NOT_ALLOWED, None),
    ("ae_registers_as_cse_with_its_id", "psk_list", "/mn1", 16, BAD_REQUEST, None),
    ("cse_registers", "cse_certificate", "/mn1", 16, CREATED, "/mn1"),
    ("cse_registers_another", "cse_certificate", "/mn9", 16, NOT_AUTHENTICATED, None),
    ("cse_registers_unknown", "cse_certificate", "/mn42", 16, NOT_AUTHENTICATED, None),
    ("cse_creates_ae_unnamed", "cse_certificate", ABSENT, 2, NOT_AUTHENTICATED, None),
]


@expand(REGISTRATIONS)
class RegistrationIsForwardedOrRefused(StageCase):
    def check(self, credential, origin, resource_type, expected, seen):
        with CREDENTIALS[credential][0](self.stage) as connection:
            answer = connection.request("POST", origin=origin, ty=resource_type, body=AE if resource_type == 2 else REMOTE_CSE)
            self.assert_answer(answer, *expected)
            if expected != CREATED:
                return self.assert_nothing_forwarded()
            request = self.the_only_request()
            self.assertEqual([seen] if seen else None, request["fields"].get("x-m2m-origin"))
            made = answer.json.get("m2m:ae") or answer.json["m2m:csr"]
            # The CSE keeps what it made: the next row begins without it.
            owner = made.get("aei", origin)
            self.assert_answer(connection.request("DELETE", f"/cse-in/{made['rn']}", origin=owner), 200, 2002)


class WhereNobodyIsKnown(StageCase):
    """A credential that stands for nobody: refused, or allowed to register and nothing else."""

    STAGE = {"listener": 'no_identity = "register-only"', "registration": 'strangers = "any"', "psks": {"stranger": ("stranger@sp.example.com", "ab" * 16, ""),
                                                                   "ae": ("ae-psk@sp.example.com", "cd" * 16, 'ae = "Cpsk"')}}

    def connect(self):
        from saproxy import clients
        return clients.http(clients.openssl_psk(self.stage.address, "stranger@sp.example.com", "ab" * 16))

    def test_may_register(self):
        with self.connect() as connection:
            answer = connection.request("POST", origin="Cnew", ty=2, body=AE)
            self.assert_answer(answer, *CREATED)
            self.assertEqual(["Cnew"], self.the_only_request()["fields"]["x-m2m-origin"])

    def test_may_not_choose_an_ae_id_that_a_certificate_may_name(self):
        self.proxy.reload(self.stage.text(registration=""))
        with self.connect() as connection:
            for stem in ("Cnew", "Snew"):
                self.assert_answer(connection.request("POST", origin=stem, ty=2, body=AE), *NOT_AUTHENTICATED)
            self.assert_nothing_forwarded()
            answer = connection.request("POST", origin="C", ty=2, body=AE)
            self.assert_answer(answer, *CREATED)
            assigned = answer.json["m2m:ae"]["aei"]
            self.assert_answer(connection.request("DELETE", f"/{assigned}", origin=assigned), 200, 2002)
        self.proxy.reload(self.stage.text())

    def test_may_not_register_as_somebody_configured(self):
        with self.connect() as connection:
            self.assert_answer(connection.request("POST", origin="Cpsk", ty=2, body=AE), *NOT_AUTHENTICATED)
        self.assert_nothing_forwarded()

    def test_may_do_nothing_else(self):
        with self.connect() as connection:
            for method in ("GET", "DELETE", "PUT"):
                body = {"m2m:ae": {}} if method == "PUT" else None
                self.assert_answer(connection.request(method, origin="Cnew", body=body), *NOT_AUTHENTICATED)
        self.assert_nothing_forwarded()

    def test_refused_at_the_handshake_by_default(self):
        self.proxy.reload(self.stage.text(listener=""))
        with self.connect() as connection:
            self.assertTrue(connection.ended())
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="no_identity")
        self.proxy.reload(self.stage.text())


class Serialisation(StageCase):
    """Refusals come in the form that the client reads."""

    def test_follows_accept(self):
        with self.stage.certificate() as connection:
            for accept, kind, begin in (("application/json", "application/json", b'{"m2m:dbg"'),
                                        ("application/xml", "application/xml", b"<?xml"),
                                        ("application/cbor", "application/cbor", b"\xa1\x67m2m:dbg"),
                                        ("application/vnd.onem2m-res+xml", "application/xml", b"<?xml")):
                answer = connection.request(origin="Cvictim", headers=[("Accept", accept)])
                self.assert_answer(answer, *NOT_AUTHENTICATED)
                self.assertEqual(kind, answer.header("Content-Type"))
                self.assertTrue(answer.body.startswith(begin), answer.body)


if __name__ == "__main__":
    main()
