#!/usr/bin/env python3
"""Promise: a registree that is request reachable gets the CSE's requests over SA2: we are the client, and it proves the credential that
registered it before a byte of a request is sent. What it wrote as its points of access is what everybody reads; the CSE never sees it.

Spec: TS-0003 8.2.1 (SA2); TS-0004 7.3.3.9.1, 7.5.1.2 (notifications); design invariant 6
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.registree import CertificateRegistree, openssl_psk_registree  # noqa: E402
from saproxy.registering import CREATED, an_ae  # noqa: E402
from saproxy.stage import PSKS  # noqa: E402

EGRESS = '[egress]\nlisten = "127.0.0.1:0"\ncertificate = "cse"\nallow = ["127.0.0.1"]\ndead_for = "100ms"\n'


class Sa2Case(StageCase):
    STAGE = {"more": EGRESS}

    def register(self, connection, origin, registree, rn, **more):
        answer = connection.request("POST", origin=origin, ty=2, body={"m2m:ae": an_ae() | {"rr": True, "rn": rn, "poa": [registree.poa]} | more})
        self.assert_answer(answer, *CREATED)
        return answer

    def subscribe(self, connection, origin, rn):
        body = {"m2m:cnt": {"rn": "data"}}
        self.assert_answer(connection.request("POST", f"/cse-in/{rn}", origin=origin, ty=3, body=body), *CREATED)
        body = {"m2m:sub": {"rn": "sub", "nu": [f"/cse1/{origin}"], "enc": {"net": [3]}}}
        answer = connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=23, body=body)
        self.assert_answer(answer, *CREATED)

    def post_data(self, connection, origin, rn, text="hi"):
        body = {"m2m:cin": {"con": text}}
        answer = connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=4, body=body)
        self.assert_answer(answer, *CREATED)

    def assert_notified(self, registree, text="hi"):
        request = registree.next()
        self.assertEqual("POST / HTTP/1.1", request.line)
        self.assertEqual(text, json.loads(request.body)["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"])
        self.assertEqual(f"127.0.0.1:{registree.port}", request.fields["host"])
        return request


class Notifications(Sa2Case):
    def test_over_a_certificate(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            answer = self.register(connection, "Cdemo", registree, "ae-cert")
            self.assertEqual([registree.poa], answer.json["m2m:ae"]["poa"])
            self.subscribe(connection, "Cdemo", "ae-cert")
            for text in ("one", "two"):
                self.post_data(connection, "Cdemo", "ae-cert", text)
                self.assert_notified(registree, text)
            self.assertEqual(1, registree.connections)
            shown = dict(registree.peers.get(timeout=5)["subjectAltName"])
            self.assertEqual("cse1.sp.example.com", shown["DNS"])

    def test_over_a_psk_with_openssl(self):
        identity, key, _ = PSKS["ae"]
        with openssl_psk_registree(identity, key) as registree, self.stage.psk("ae") as connection:
            self.register(connection, "Cpsk", registree, "ae-psk")
            self.subscribe(connection, "Cpsk", "ae-psk")
            self.post_data(connection, "Cpsk", "ae-psk")
            self.assert_notified(registree)

    def test_the_cse_never_sees_where(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-s") as connection:
            self.register(connection, "Sdemo", registree, "ae-hidden")
            stored = [record["body"] for record in self.cse.recorded() if record["body"] and b"ae-hidden" in record["body"]]
            self.assertTrue(stored)
            for body in stored:
                self.assertNotIn(b"https://", body)
            answer = connection.request("GET", "/cse-in/ae-hidden", origin="Sdemo")
            self.assertEqual([registree.poa], answer.json["m2m:ae"]["poa"])


if __name__ == "__main__":
    main()
