#!/usr/bin/env python3
"""Promise: a direct URL in nu or su of a <subscription> leads through SA2 to the registree that has a point of access there, which proves its
credential; to nobody else, and not after the registration has ended. Who reads the subscription finds what was written.

Spec: TS-0004 7.4.8, 7.4.8.2.1 (nu, su), 7.5.1.2 (notifications); TS-0003 8.2.1 (SA1 before SA2); design invariants 6 and 9
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.registree import CertificateRegistree, free_port, openssl_psk_registree  # noqa: E402
from saproxy.registering import BAD_REQUEST, CREATED, DELETED, an_ae, serialise, MEDIA_TYPES  # noqa: E402
from saproxy.stage import PSKS, scratch_folder  # noqa: E402

UPDATED, NOT_ACCEPTABLE = (200, 2004), (406, 5207)


def egress(port=0, more=""):
    return f'[egress]\nlisten = "127.0.0.1:{port}"\ncertificate = "cse"\nallow = ["127.0.0.1"]\ndead_for = "100ms"\n{more}'


class UrlCase(StageCase):
    STAGE = {"more": egress()}

    def register(self, connection, origin, poa, rn):
        body = {"m2m:ae": an_ae() | {"rr": True, "rn": rn, "poa": poa if isinstance(poa, list) else [poa]}}
        self.assert_answer(connection.request("POST", origin=origin, ty=2, body=body), *CREATED)
        self.assert_answer(connection.request("POST", f"/cse-in/{rn}", origin=origin, ty=3, body={"m2m:cnt": {"rn": "data"}}), *CREATED)

    def remove(self, connection, origin, rn):
        self.assert_answer(connection.request("DELETE", f"/cse-in/{rn}", origin=origin), *DELETED)

    def subscribe(self, connection, origin, rn, nu, name="sub", **more):
        body = {"m2m:sub": {"rn": name, "nu": nu if isinstance(nu, list) else [nu], "enc": {"net": [3]}} | more}
        return connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=23, body=body)

    def post_data(self, connection, origin, rn, text="hi"):
        answer = connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=4, body={"m2m:cin": {"con": text}})
        self.assert_answer(answer, *CREATED)

    def assert_notified(self, registree, target, text="hi"):
        request = registree.next()
        self.assertEqual(f"POST {target} HTTP/1.1", request.line)
        self.assertEqual(text, json.loads(request.body)["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"])
        self.assertEqual(f"127.0.0.1:{registree.port}", request.fields["host"])

    def assert_verified(self, registree, target):
        request = registree.next()
        self.assertEqual(f"POST {target} HTTP/1.1", request.line)
        self.assertTrue(json.loads(request.body)["m2m:sgn"]["vrq"])

    def stored(self, text):
        """Bodies that the CSE got with this text in them."""
        return [record["body"] for record in self.cse.recorded() if record["body"] and text in record["body"]]

    def failed(self):
        return self.cse.stats()["notifications_failed"]


class Notifications(UrlCase):
    def test_over_a_certificate(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", registree.poa + "/poa", "ae-cert")
            nu, su = f"{registree.poa}/notify?x=1", f"{registree.poa}/gone"
            answer = self.subscribe(connection, "Cdemo", "ae-cert", [nu, "/cse1/Cdemo"], su=su)
            self.assert_answer(answer, *CREATED)
            self.assertEqual(([nu, "/cse1/Cdemo"], su), (answer.json["m2m:sub"]["nu"], answer.json["m2m:sub"]["su"]))
            self.assert_verified(registree, "/notify?x=1")
            self.post_data(connection, "Cdemo", "ae-cert", "one")
            self.assert_notified(registree, "/notify?x=1", "one")
            self.assert_notified(registree, "/poa", "one")
            self.assertEqual(1, registree.connections, "one SA2 for all of them")
            read = connection.request("GET", "/cse-in/ae-cert/data/sub", origin="Cdemo").json["m2m:sub"]
            self.assertEqual(([nu, "/cse1/Cdemo"], su), (read["nu"], read["su"]))
            stored = self.stored(b'"su"')
            self.assertTrue(stored)
            self.assertTrue(all(b"https://" not in body and b"?x=1" in body for body in stored), stored)
            self.assert_answer(connection.request("DELETE", "/cse-in/ae-cert/data/sub", origin="Cdemo"), *DELETED)
            last = registree.next()
            self.assertEqual("POST /gone HTTP/1.1", last.line)
            self.assertTrue(json.loads(last.body)["m2m:sgn"]["sud"])
            self.remove(connection, "Cdemo", "ae-cert")

    def test_over_a_psk_with_openssl(self):
        identity, key, _ = PSKS["ae"]
        with openssl_psk_registree(identity, key) as registree, self.stage.psk("ae") as connection:
            self.register(connection, "Cpsk", registree.poa, "ae-psk")
            self.assert_answer(self.subscribe(connection, "Cpsk", "ae-psk", f"{registree.poa}/n"), *CREATED)
            self.assert_verified(registree, "/n")
            self.post_data(connection, "Cpsk", "ae-psk")
            self.assert_notified(registree, "/n")
            self.remove(connection, "Cpsk", "ae-psk")

    def test_an_update_moves_it(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", registree.poa, "ae-moved")
            self.assert_answer(self.subscribe(connection, "Cdemo", "ae-moved", ["/cse1/Cdemo"]), *CREATED)
            url = f"{registree.poa}/later"
            answer = connection.request("PUT", "/cse-in/ae-moved/data/sub", origin="Cdemo", body={"m2m:sub": {"nu": [url]}})
            self.assert_answer(answer, *UPDATED)
            self.assertEqual([url], answer.json["m2m:sub"]["nu"])
            self.post_data(connection, "Cdemo", "ae-moved")
            while (request := registree.next()).line != "POST /later HTTP/1.1" or b"vrq" in request.body:
                self.assertIn(b"vrq", request.body)
            self.remove(connection, "Cdemo", "ae-moved")

    def test_only_the_point_of_access_that_it_names(self):
        """The first one is another host; the URL is served at the second and not tried at the first."""
        with CertificateRegistree(self.pki) as other, CertificateRegistree(self.pki) as registree, \
                self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", [other.poa, registree.poa + "/path"], "ae-two")
            self.assert_answer(self.subscribe(connection, "Cdemo", "ae-two", f"{registree.poa}/n"), *CREATED)
            self.assert_verified(registree, "/n")
            self.post_data(connection, "Cdemo", "ae-two")
            self.assert_notified(registree, "/n")
            self.assertEqual(0, other.connections)
            self.remove(connection, "Cdemo", "ae-two")

    def test_the_url_of_another_ae(self):
        """It is that AE's credential that is proven, whoever subscribes."""
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as one, self.stage.psk("ae") as two:
            self.register(one, "Cdemo", registree.poa, "ae-one")
            self.register(two, "Cpsk", f"https://127.0.0.1:{free_port()}", "ae-other")
            self.assert_answer(self.subscribe(two, "Cpsk", "ae-other", f"{registree.poa}/n"), *CREATED)
            self.assert_verified(registree, "/n")
            self.post_data(two, "Cpsk", "ae-other")
            self.assert_notified(registree, "/n")
            self.remove(one, "Cdemo", "ae-one")
            self.remove(two, "Cpsk", "ae-other")

    def test_nothing_is_sent_to_who_does_not_prove_it(self):
        with CertificateRegistree(self.pki, "ae-s") as imposter, self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", imposter.poa, "ae-imposter")
            answer = self.subscribe(connection, "Cdemo", "ae-imposter", f"{imposter.poa}/n")
            self.assertEqual(5204, answer.rsc, "the CSE's verification failed")
            self.assertTrue(imposter.requests.empty())
            self.remove(connection, "Cdemo", "ae-imposter")

    def test_it_ends_with_the_registration(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as one, self.stage.psk("ae") as two:
            self.register(one, "Cdemo", registree.poa, "ae-leaves")
            self.register(two, "Cpsk", "https://192.0.2.1", "ae-stays")
            self.assert_answer(self.subscribe(two, "Cpsk", "ae-stays", f"{registree.poa}/n"), *CREATED)
            self.assert_verified(registree, "/n")
            before = self.failed()
            self.remove(one, "Cdemo", "ae-leaves")
            self.post_data(two, "Cpsk", "ae-stays")
            wait_until(lambda: self.failed() > before, what="the refused notification")
            self.assertTrue(registree.requests.empty())
            self.remove(two, "Cpsk", "ae-stays")


@expand([(how, how) for how in ("json", "xml", "cbor")])
class EverySerialisation(UrlCase):
    """Refused in each, because nobody has registered there. Spec: TS-0004 8.3 to 8.5"""

    def check(self, how):
        content = serialise({"rn": "s", "nu": ["https://ae.example.com/n"]}, how, "m2m:sub")
        with self.stage.certificate("ae-c") as connection:
            answer = connection.request("POST", "/cse-in", origin="Cdemo", body=content,
                                        headers=[("Content-Type", f"{MEDIA_TYPES[how]};ty=23")])
            self.assert_answer(answer, *BAD_REQUEST)
            self.assert_nothing_forwarded()


class Refused(UrlCase):
    def test_a_url_that_leads_to_nobody(self):
        with self.stage.certificate("ae-c") as connection:
            answer = self.subscribe(connection, "Cdemo", "nowhere", ["https://ae.example.com:8443/n"])
            self.assert_answer(answer, *BAD_REQUEST)
            self.assertIn("nu: entry 1: nobody who is registered has a point of access", answer.body.decode())
            update = connection.request("PUT", "/cse-in/nowhere/data/sub", origin="Cdemo", body={"m2m:sub": {"su": "https://ae.example.com"}})
            self.assert_answer(update, *BAD_REQUEST)
            self.assert_nothing_forwarded()

        self.proxy.wait_for_log("refused", reason="target_unknown")

    def test_a_subscription_behind_another_resource(self):
        """Some CSE might read the second member; as chunks it comes when the first is on its way already."""
        bodies = ({"m2m:cnt": {"mni": 3}, "m2m:sub": {"su": "https://ae.example.com"}},
                  {"m2m:cnt": {"lbl": ["x" * 200_000]}, "m2m:sub": {"su": "https://ae.example.com"}})
        for body in bodies:
            with self.stage.certificate("ae-c") as connection:
                answer = connection.request("PUT", "/cse-in/ae-keeps/data", origin="Cdemo", body=body)
                self.assert_answer(answer, *BAD_REQUEST)
            self.assertFalse(any(record["complete"] for record in self.recorded()))

    def test_ten_thousand_urls(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", registree.poa, "ae-many")
            self.cse.reset()
            few = self.subscribe(connection, "Cdemo", "ae-many", [f"{registree.poa}/{i}" for i in range(65)])
            self.assert_answer(few, *BAD_REQUEST)
        with self.stage.certificate("ae-c") as connection:
            many = self.subscribe(connection, "Cdemo", "ae-many", [f"https://127.0.0.1:{registree.port}/{i}" for i in range(10_000)])
            self.assertEqual((413, 4000), (many.status, many.rsc))
            self.assert_nothing_forwarded()
        with self.stage.certificate("ae-c") as connection:
            self.remove(connection, "Cdemo", "ae-many")


class Bounds(UrlCase):
    STAGE = {"more": egress(more="max_notification_targets = 2\n")}

    def test_a_registree_has_so_many_and_the_same_one_again(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", registree.poa, "ae-full")
            urls = [f"{registree.poa}/{i}" for i in range(3)]
            self.assert_answer(self.subscribe(connection, "Cdemo", "ae-full", urls[:2]), *CREATED)
            self.assert_answer(self.subscribe(connection, "Cdemo", "ae-full", urls[1:], "more"), *NOT_ACCEPTABLE)
            self.assert_answer(self.subscribe(connection, "Cdemo", "ae-full", urls[0], "same", su=urls[1]), *CREATED)
            self.remove(connection, "Cdemo", "ae-full")


class Kept(UrlCase):
    STAGE = {"more": egress(more='unknown_notification_uri = "keep"\n'), "cse_arguments": ("--open-access", "--no-verify")}

    def test_a_url_that_leads_to_nobody_goes_on_byte_for_byte(self):
        with self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", "https://192.0.2.1", "ae-keeps")
            content = b'{"m2m:sub": {"rn":  "s","nu":["https:\\/\\/ae.example.com"]} }'
            answer = connection.request("POST", "/cse-in/ae-keeps/data", origin="Cdemo", ty=23, body=content)
            self.assert_answer(answer, *CREATED)
            self.assertEqual([content], self.stored(b"ae.example.com"))
            self.remove(connection, "Cdemo", "ae-keeps")


class Streams(UrlCase):
    def test_an_update_of_another_resource_of_any_size(self):
        """Larger than what is collected; in pieces, and with a name that looks like a subscription further in."""
        label = "m2m:sub https://ae.example.com " * 30
        body = json.dumps({"m2m:cnt": {"lbl": [label] * 100}}).encode()
        with self.stage.certificate("ae-c") as connection:
            self.register(connection, "Cdemo", "https://192.0.2.1", "ae-big")
            answer = connection.request("PUT", "/cse-in/ae-big/data", origin="Cdemo", body=body)
            self.assert_answer(answer, *UPDATED)
            self.assertEqual([len(body)], [len(record["body"]) for record in self.cse.recorded() if record["method"] == "PUT"])
            self.remove(connection, "Cdemo", "ae-big")


class Restart(UrlCase):
    def test_it_leads_there_after_a_restart(self):
        file = scratch_folder() / "registry.db"
        port = free_port()
        stage = type(self.stage)(more=egress(port) + f'[registry]\nfile = "{file}"\n', workers=1)
        with CertificateRegistree(self.pki) as registree, stage:
            with stage.certificate("ae-c") as connection:
                self.register(connection, "Cdemo", registree.poa, "ae-again")
                self.assert_answer(self.subscribe(connection, "Cdemo", "ae-again", f"{registree.poa}/n?a=b"), *CREATED)
                self.assert_verified(registree, "/n?a=b")
            stage.proxy.stop()
            stage.proxy.start()
            stage.proxy.wait_until_ready()
            with stage.certificate("ae-c") as connection:
                self.post_data(connection, "Cdemo", "ae-again")
                self.assert_notified(registree, "/n?a=b")
                read = connection.request("GET", "/cse-in/ae-again/data/sub", origin="Cdemo").json["m2m:sub"]
                self.assertEqual(f"{registree.poa}/n?a=b", read["nu"] if isinstance(read["nu"], str) else read["nu"][0])


if __name__ == "__main__":
    main()
