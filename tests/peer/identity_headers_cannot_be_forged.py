#!/usr/bin/env python3
"""Promise: what the CSE reads under the names of the identity headers comes from saproxy, one value each, whatever the client sends.

A row is a list of header lines as a client would smuggle them. Either the request is refused and nothing arrives, or it arrives with
exactly our values and with no line that a server could fold into one of them (case, '_' for '-', any other separator).
Spec: design invariant 2; RFC 9440 2.4; RFC 7239; RFC 9110 7.6.1
"""
import base64
import pathlib
import re
import ssl
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402

FORGED = "33-//sp.example.com/cse1/CAdmin"
OURS = {
    "x-m2m-sa-credential-id": "33-//sp.example.com/cse1/Cdemo",
    "x-m2m-sa-entity": "ae",
    "x-m2m-sa-identities": "Cdemo",
    "x-m2m-sa-saef": "certificate",
}
NAMES = ["X-M2M-SA-Credential-ID", "X-M2M-SA-Entity", "X-M2M-SA-Identities", "X-M2M-SA-SAEF", "X-M2M-SA-Association", "Client-Cert",
         "Client-Cert-Chain", "Forwarded"]
OTHERS = ["X-M2M-SA-Anything", "X-M2M-SA", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Client-Cert", "X-Real-IP", "X-SSL-Client-Verify",
          "X-Client-Cert", "SSL-Client-Subject", "X-TLS-Client", "X-Remote-User", "Remote-User", "True-Client-IP"]


def spellings(name):
    yield "as_it_is", name
    yield "lower", name.lower()
    yield "upper", name.upper()
    yield "mixed", "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(name))
    yield "underscores", name.replace("-", "_")
    yield "one_underscore", name[:3].replace("-", "_") + name[3:] if "-" in name[:3] else name.replace("-", "_", 1)
    yield "without_separator", name.replace("-", "")
    yield "doubled_separator", name.replace("-", "--")
    yield "separator_at_the_end", name + "-"
    yield "dots", name.replace("-", ".")


def rows():
    for name in NAMES:
        for how, spelling in spellings(name):
            yield f"{name}_{how}", [f"{spelling}: {FORGED}"]
        yield f"{name}_twice", [f"{name}: {FORGED}", f"{name}: second"]
        yield f"{name}_list", [f"{name}: {FORGED}, {FORGED}"]
        yield f"{name}_empty", [f"{name}:"]
        yield f"{name}_blank_before_colon", [f"{name} : {FORGED}"]
        yield f"{name}_tab_before_colon", [f"{name}\t: {FORGED}"]
        yield f"{name}_no_colon", [f"{name} {FORGED}"]
        yield f"{name}_folded", ["X-A: a", f" {name}: {FORGED}"]
        yield f"{name}_after_bare_lf", [f"X-A: a\n{name}: {FORGED}"]
        yield f"{name}_after_bare_cr", [f"X-A: a\r{name}: {FORGED}"]
        yield f"{name}_after_empty_value", ["X-A:", f"{name}: {FORGED}"]
        yield f"{name}_after_nul", [f"X-A: a\0{name}: {FORGED}"]
        yield f"{name}_nominated", [f"Connection: keep-alive, {name}", f"{name}: {FORGED}"]
        yield f"{name}_nominated_alone", [f"Connection: {name}"]
        yield f"{name}_leading_blank", [f" {name}: {FORGED}"]
        yield f"{name}_long", [f"{name}: {'a' * 3000}"]
    for name in OTHERS:
        for how, spelling in list(spellings(name))[:5]:
            yield f"other_{name}_{how}", [f"{spelling}: {FORGED}"]
    yield "origin_twice", ["X-M2M-Origin: CAdmin"]
    yield "origin_twice_lower", ["x-m2m-origin: CAdmin"]
    yield "origin_underscores", ["X_M2M_Origin: CAdmin"]
    yield "origin_nominated", ["Connection: X-M2M-Origin"]
    yield "origin_after_lf", ["X-A: a\nX-M2M-Origin: CAdmin"]
    yield "origin_no_colon", ["X-M2M-Origin CAdmin"]
    yield "origin_after_empty", ["X-A:", "X-M2M-Origin: CAdmin"]
    yield "origin_dots", ["X.M2M.Origin: CAdmin"]
    yield "origin_not_a_name", ["X-M2M-Origin\x80: CAdmin"]


def folded(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Forging(StageCase):
    def ours(self):
        return OURS

    def check(self, lines):
        with self.stage.certificate() as connection:
            head = ["GET /cse-in HTTP/1.1", "Host: cse1.sp.example.com", "X-M2M-Origin: Cdemo", "X-M2M-RI: 1", "X-M2M-RVI: 3", *lines]
            connection.send("\r\n".join(head).encode("latin-1") + b"\r\n\r\n")
            answer = connection.read()
        if answer.status != 200:
            self.assertEqual((400, 4000), (answer.status, answer.rsc), answer)
            return self.assert_nothing_forwarded()
        self.assert_only_ours(self.the_only_request())

    def assert_only_ours(self, request):
        ours = self.ours()
        self.assertNotIn(b"Admin", request["raw"])
        self.assertEqual(["Cdemo"], request["fields"]["x-m2m-origin"])
        reserved = {folded(name) for name in [*NAMES, *OTHERS]}
        for name, value in request["headers"]:
            if folded(name).startswith("xm2msa") or folded(name) in reserved:
                self.assertTrue(name.lower() in ours or name.lower() == "x-m2m-sa-association", (name, value))
        for name, value in ours.items():
            self.assertEqual([value], request["fields"].get(name), name)
        self.assertRegex(request["fields"]["x-m2m-sa-association"][0], r"^[0-9a-f]{8}-\d+-\d+$")


@expand(rows())
class UnderTheDefaultHeaders(Forging):
    def test_connection_that_cannot_be_read_twice(self):
        """HTTP/1.0, where some servers know neither Host nor Connection."""
        for line in (f"X-M2M-SA-Credential-ID: {FORGED}", f"x_m2m_sa_entity: {FORGED}", f"Forwarded: {FORGED}"):
            self.cse.reset()
            with self.stage.certificate() as connection:
                connection.send(f"GET /cse-in HTTP/1.0\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n{line}\r\n\r\n".encode())
                answer = connection.read()
            if answer.status == 200:
                self.assert_only_ours(self.the_only_request())
            else:
                self.assert_nothing_forwarded()

    def test_trailers(self):
        for name in (*NAMES, "X-M2M-Origin", "X-Anything"):
            self.cse.reset()
            with self.stage.certificate() as connection:
                connection.send(b"PUT /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n"
                                b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: " + name.encode() +
                                b"\r\n\r\n2\r\n{}\r\n0\r\n" + f"{name}: {FORGED}\r\n\r\n".encode())
                try:
                    connection.read()
                except ConnectionEnded:
                    pass
            for record in self.recorded():
                self.assertNotIn(FORGED.encode(), record["raw"])
                self.assertNotIn(b"Trailer", record["raw"])
                self.assertFalse(record["complete"], record["raw"])

    def test_each_request_of_an_association_carries_the_same(self):
        with self.stage.certificate() as connection:
            for _ in range(3):
                connection.request(origin="Cdemo")
        first, *rest = self.recorded()
        for request in rest:
            self.assertEqual({n: v for n, v in first["fields"].items() if n.startswith("x-m2m-sa-")},
                             {n: v for n, v in request["fields"].items() if n.startswith("x-m2m-sa-")})


@expand([row for row in rows() if row[0].startswith(("Client_Cert", "Client-Cert", "Forwarded"))])
class WithClientCertAndForwarded(Forging):
    STAGE = {"more": "[identity_headers]\nclient_cert = true\nforwarded = true\n"}

    def ours(self):
        pem = self.pki.path("ae-c.crt").read_text()
        der = ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----\n")])
        self.der = base64.b64encode(der).decode()
        return OURS | {"client-cert": f":{self.der}:"}

    def assert_only_ours(self, request):
        forwarded = request["fields"].pop("forwarded")
        request["headers"] = [(name, value) for name, value in request["headers"] if name != "Forwarded"]
        self.assertEqual(1, len(forwarded))
        self.assertRegex(forwarded[0], r'^for="127\.0\.0\.1:\d+";proto=https$')
        super().assert_only_ours(request)


class WithoutACertificate(StageCase):
    """Client-Cert is switched on, and this client has none to show: it must not bring one of its own."""

    STAGE = {"more": "[identity_headers]\nclient_cert = true\n"}

    def test_client_cert_of_a_psk_client_is_removed(self):
        with self.stage.psk() as connection:
            forged = [("Client-Cert", ":TUlJ:"), ("CLIENT-CERT", ":TUlJ:"), ("Client-Cert-Chain", ":TUlJ:")]
            self.assert_answer(connection.request(origin="Cpsk", headers=forged), 200, 2000)
        for request in self.recorded():
            self.assertNotIn(b"TUlJ", request["raw"])
            self.assertNotIn("client-cert", request["fields"])


class WhenSwitchedOff(Forging):
    STAGE = {"more": "[identity_headers]\nenabled = false\n"}

    def test_forged_ones_are_removed_all_the_same(self):
        with self.stage.certificate() as connection:
            connection.request(origin="Cdemo", headers=[(name, FORGED) for name in NAMES])
        request = self.the_only_request()
        self.assertNotIn(FORGED.encode(), request["raw"])
        self.assertEqual([], [name for name in request["fields"] if name.startswith("x-m2m-sa")])


class UnderAnotherPrefix(Forging):
    STAGE = {"more": '[identity_headers]\nprefix = "Sec-Assoc-"\n'}

    def test_the_new_names_are_ours(self):
        with self.stage.certificate() as connection:
            forged = [(name, FORGED) for name in ("Sec-Assoc-Credential-ID", "sec-assoc-entity", "SECASSOC-Identities", "Sec-Assoc-More")]
            self.assert_answer(connection.request(origin="Cdemo", headers=forged), 200, 2000)
        request = self.the_only_request()
        self.assertNotIn(FORGED.encode(), request["raw"])
        self.assertEqual(["33-//sp.example.com/cse1/Cdemo"], request["fields"]["sec-assoc-credential-id"])
        self.assertEqual(["ae"], request["fields"]["sec-assoc-entity"])


if __name__ == "__main__":
    main()
