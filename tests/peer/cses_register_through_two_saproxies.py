#!/usr/bin/env python3
"""Promise: an MN-CSE behind one saproxy registers at an IN-CSE behind another, over a security association that its saproxy begins as
entity A; the IN-CSE reaches the MN-CSE over one that its own begins. Requests and notifications go both ways, between AEs of either, and
on every hop the CSE sees an originator that the credential behind it may use. Neither CSE is modified, and neither learns of TLS.

Spec: TS-0001 6.4, 10.2.2.6, 10.2.2.7; TS-0003 8.2.1 (SA1 as entity A, SA2); TS-0004 7.3.2.1 rule 4, 7.3.2.6, 7.4.4
"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from small_cse.harness import SmallCse  # noqa: E402
from saproxy.back_to_back import KEY, KPSA_ID, MiddleNode, infrastructure_node  # noqa: E402
from saproxy.cases import expand, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.registering import an_ae  # noqa: E402
from saproxy.registree import CertificateRegistree, openssl_psk_registree, raw_key_registree  # noqa: E402
from saproxy.stage import DemoPki  # noqa: E402

AE_KEY = ("ae-psk@sp.example.com", KEY[::-1])


class BackToBack(unittest.TestCase):
    """An AE "Cdemo" of the IN, an AE "Cpsk" of the MN, and whatever the test asks of them."""

    def start(self, credential="certificate", upper_quirks="none", lower_quirks="none"):
        self.upper = self.enterContext(infrastructure_node(upper_quirks))
        self.lower = self.enterContext(MiddleNode(self.upper, credential, lower_quirks))

    # -- what each step promises --------------------------------------------------------------------------------------

    def expect(self, answer, rsc):
        self.assertEqual(rsc, answer.rsc, answer)
        return answer

    def the_last(self, side, method, part=""):
        """The newest request of that kind that the CSE of `side` got, and not from its saproxy itself (reconciliation)."""
        found = [r for r in side.cse.recorded() if r["raw"] and r["method"] == method and part in r["target"] and
                 not r["fields"].get("x-m2m-ri", [""])[0].startswith("saproxy-")]
        self.assertTrue(found, f"no {method} {part}")
        return found[-1]

    def assert_from(self, record, originator, association):
        """From, and whom the association stands for that it came by."""
        self.assertEqual([originator], record["fields"]["x-m2m-origin"], record)
        self.assertEqual([association], record["fields"]["x-m2m-sa-identities"], record)

    def register_csr(self, **options):
        done = self.lower.register(**options)
        self.assertEqual((2001, 2000), (done["created"], done["retrieved"]), done)
        self.assertEqual([self.lower.public], done["csr"]["m2m:csr"]["poa"])
        self.assertEqual([self.lower.registrar_door], done["base"]["m2m:cb"]["poa"])
        record = self.the_last(self.upper, "POST")
        self.assert_from(record, "/mn1", "/mn1")
        [stored] = json.loads(record["body"])["m2m:csr"]["poa"]
        self.assertTrue(stored.startswith(f"http://127.0.0.1:{self.upper.egress_port}/"), stored)
        kept = self.upper.records.all()["/mn1"]
        self.assertEqual(("cse", self.lower.credential_id, [self.lower.public]),
                         (kept["kind"], kept["credential_id"], kept["points_of_access"]))

    def lower_ae(self):
        """Registers Cpsk at the MN as a TLS server; its connection."""
        self.registree = self.enterContext(openssl_psk_registree(*AE_KEY))
        connection = self.enterContext(self.lower.psk_of(*AE_KEY))
        body = {"m2m:ae": an_ae(rr=True, rn="ae-low", poa=[self.registree.poa])}
        self.expect(connection.request("POST", "/cse-mn", origin="Cpsk", ty=2, body=body), 2001)
        return connection

    def assert_reached_from_above(self, upper_ae):
        answer = self.expect(upper_ae.request("GET", "/~/mn1/cse-mn/ae-low", origin="Cdemo"), 2000)
        self.assertEqual([self.registree.poa], answer.json["m2m:ae"]["poa"])
        record = self.the_last(self.lower, "GET", "ae-low")
        self.assert_from(record, "/cse1/Cdemo", "/cse1")
        self.assertTrue(record["target"].endswith("/cse-mn/ae-low"), record["target"])

    def assert_reached_from_below(self, lower_ae):
        answer = self.expect(lower_ae.request("GET", "/~/cse1/cse-in", origin="Cpsk"), 2000)
        self.assertEqual([self.upper.public], answer.json["m2m:cb"]["poa"])
        self.assert_from(self.the_last(self.upper, "GET", "cse-in"), "/mn1/Cpsk", "/mn1")

    def assert_notified_from_above(self, upper_ae, lower_ae):
        """The AE of the MN subscribes at the IN; what happens there reaches its TLS server."""
        self.expect(upper_ae.request("POST", "/cse-in", origin="Cdemo", ty=3, body={"m2m:cnt": {"rn": "data"}}), 2001)
        subscription = {"m2m:sub": {"rn": "sub", "nu": ["/mn1/Cpsk"], "enc": {"net": [3]}}}
        self.expect(lower_ae.request("POST", "/~/cse1/cse-in/data", origin="Cpsk", ty=23, body=subscription), 2001)
        self.assert_from(self.the_last(self.upper, "POST", "data"), "/mn1/Cpsk", "/mn1")
        self.expect(upper_ae.request("POST", "/cse-in/data", origin="Cdemo", ty=4, body={"m2m:cin": {"con": "hi"}}), 2001)
        request = self.registree.next()
        self.assertEqual("/cse1", request.fields["x-m2m-origin"])
        self.assertEqual("hi", json.loads(request.body)["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"])
        self.assert_from(self.the_last(self.lower, "POST", "Cpsk"), "/cse1", "/cse1")

    def assert_gone(self, upper_ae):
        self.assertEqual(2002, self.lower.deregister()["deleted"])
        self.assertNotIn("/mn1", self.upper.records.all())
        before = len(self.lower.cse.recorded())
        self.expect(upper_ae.request("GET", "/~/mn1/cse-mn/ae-low", origin="Cdemo"), 4004)
        self.assertEqual(before, len(self.lower.cse.recorded()))


@expand([
    # How they prove themselves, and which CSEs they imitate: what is kept of a point of access differs.
    ("certificate", "certificate", "none", "none"),
    ("psk_tinyiot", "psk", "tinyiot", "tinyiot"),
    ("raw_key_mobius4", "raw_key", "mobius4", "mobius4"),
    ("certificate_mobius", "certificate", "mobius", "mobius"),
])
class EachCredential(BackToBack):
    def check(self, credential, upper_quirks, lower_quirks):
        self.start(credential, upper_quirks, lower_quirks)
        self.register_csr()
        lower_ae = self.lower_ae()
        with self.upper.certificate("ae-c") as upper_ae:
            self.assert_reached_from_above(upper_ae)
            self.assert_reached_from_below(lower_ae)
            self.assert_notified_from_above(upper_ae, lower_ae)
            self.assert_gone(upper_ae)


class Life(BackToBack):
    def setUp(self):
        self.start()
        self.register_csr()

    def test_one_association_serves_many_requests_each_way(self):
        lower_ae = self.lower_ae()
        with self.upper.certificate("ae-c") as upper_ae:
            for _ in range(3):
                self.assert_reached_from_above(upper_ae)
                self.assert_reached_from_below(lower_ae)
        for side, peer in ((self.upper, "/mn1"), (self.lower, "/cse1")):
            made = {r["fields"]["x-m2m-sa-association"][0] for r in side.cse.recorded() if r["raw"] and
                    r["fields"].get("x-m2m-sa-identities") == [peer]}
            self.assertEqual(1, len(made), made)

    def test_either_saproxy_may_be_started_again(self):
        lower_ae = self.lower_ae()
        with self.upper.certificate("ae-c") as upper_ae:
            self.assert_reached_from_above(upper_ae)
            self.assert_reached_from_below(lower_ae)
        self.upper.restart()
        self.assert_reached_from_below(lower_ae)
        with self.upper.certificate("ae-c") as upper_ae:
            self.assert_reached_from_above(upper_ae)
            self.lower.restart()
            self.assert_reached_from_above(upper_ae)
        with self.lower.psk_of(*AE_KEY) as lower_ae:
            self.assert_reached_from_below(lower_ae)

    def test_a_new_point_of_access_is_followed(self):
        self.lower_ae()
        with self.upper.certificate("ae-c") as upper_ae:
            self.assert_reached_from_above(upper_ae)
            done = self.lower.update("https://127.0.0.1:1")
            self.assertEqual((2004, ["https://127.0.0.1:1"]), (done["updated"], done["csr"]["m2m:csr"]["poa"]))
            self.assertEqual(["https://127.0.0.1:1"], self.upper.records.all()["/mn1"]["points_of_access"])
            self.expect(upper_ae.request("GET", "/~/mn1/cse-mn", origin="Cdemo"), 5103)
            self.lower.update(self.lower.local_poa)
            self.assert_reached_from_above(upper_ae)

    def test_nobody_else_stands_in_for_the_registrar(self):
        """The MN's AE sends a From of the IN: its own association may not."""
        lower_ae = self.lower_ae()
        for originator in ("/cse1", "/cse1/Cdemo"):
            self.assertIn(lower_ae.request("GET", "/cse-mn", origin=originator).rsc, (4000, 4106))


class OnceMore(BackToBack):
    def test_under_tinyiot_which_keeps_the_first_resource(self):
        self.start(upper_quirks="tinyiot")
        self.register_csr()
        self.register_csr()  # whoever reads it finds its point of access
        self.lower_ae()
        with self.upper.certificate("ae-c") as upper_ae:
            self.assert_reached_from_above(upper_ae)


@expand([("whose path stays", "none"), ("whose path is dropped", "mobius")])
class BehindTheRegistree(BackToBack):
    """The IN-CSE knows "/mn2" as a descendant of "/mn1"; what it leaves of the point of access differs."""

    def check(self, upper_quirks):
        self.start(upper_quirks=upper_quirks)
        self.register_csr(dcse="/mn2")
        self.assertEqual(["/mn2"], self.upper.records.all()["/mn1"]["descendant_cses"])
        lowest = self.enterContext(SmallCse("--cse-id", "/mn2", "--name", "cse-2", "--open-access"))
        lowest.control(f"/register?url={self.lower.local_poa}&name=cse-mn&id=/mn1")
        self.assert_reached()
        self.upper.restart()
        self.assert_reached()

    def assert_reached(self):
        with self.upper.certificate("ae-c") as upper_ae:
            self.expect(upper_ae.request("GET", "/~/mn2/cse-2", origin="Cdemo"), 2000)
        self.assert_from(self.the_last(self.lower, "GET", "/~/mn2/cse-2"), "/cse1/Cdemo", "/cse1")


@expand([
    ("with the certificate of an AE", "certificate", lambda pki: CertificateRegistree(pki, "ae-c")),
    ("with the certificate of another CSE", "certificate", lambda pki: CertificateRegistree(pki, "mn-cse")),
    ("with another key", "psk", lambda pki: openssl_psk_registree(KPSA_ID, "ff" * 16)),
    ("with another raw key", "raw_key", lambda pki: raw_key_registree(pki, "rpk-client")),
])
class AFalseRegistrar(BackToBack):
    """It gets no byte of a request."""

    def check(self, credential, server):
        with server(DemoPki.shared()) as false:
            self.lower = self.enterContext(MiddleNode(None, credential, registrar=false.poa))
            done = self.lower.register()
            self.assertEqual((5103, 5103), (done["created"], done["retrieved"]))
            self.lower.proxy.wait_for_log("handshake_failed", listener="registrar")
            self.assertTrue(false.requests.empty())


if __name__ == "__main__":
    main()
