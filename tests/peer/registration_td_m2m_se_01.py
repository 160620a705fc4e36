#!/usr/bin/env python3
"""Promise: the interoperability test TD_M2M_SE_01 passes as written, with both readings of its key.

Spec: TS-0013 8.4.1.1 (secure AE registration): Kpsa 123456, KpsaID test@onem2m.com, TLS_PSK_WITH_AES_128_CBC_SHA256, TLS 1.2; a rule with
credential 00-test@onem2m.com, App-ID APP01 and one AE-ID. The text does not say whether 123456 is hexadecimal or characters.
Since Release 2 an App-ID begins with its class, so APP01 is written NAPP01 (TS-0001 7.1.3). The rule of the service provider stands in the configuration, as the identity that the key stands for; App-ID is the CSE's to check.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402

KPSA_ID = "test@onem2m.com"
AE = {"m2m:ae": {"api": "NAPP01", "rr": False, "srv": ["3"], "rn": "ae1"}}


class Steps:
    """The steps of the test description; both readings of the key run them."""

    KEY_IN_HEX = ""

    def connect(self, key_hex=None, identity=KPSA_ID):
        return clients.http(clients.openssl_psk(self.stage.address, identity, key_hex or self.KEY_IN_HEX))

    def tearDown(self):
        with self.connect() as connection:
            connection.request("DELETE", "/cse-in/ae1", origin="Capp01")

    def check_registration(self, origin):
        with self.connect() as connection:
            made = connection.request("POST", origin=origin, ty=2, body=AE, headers=[("X-M2M-RI", "m_createAE01")])
            self.assert_answer(made, 201, 2001)
            self.assertEqual("m_createAE01", made.header("X-M2M-RI"))
            self.assertEqual("Capp01", made.json["m2m:ae"]["aei"])
            self.assert_answer(connection.request("GET", "/cse-in/ae1", origin="Capp01"), 200, 2000)
        request = self.recorded()[0]
        self.assertEqual(["Capp01"], request["fields"]["x-m2m-origin"])
        self.assertEqual([f"12-{KPSA_ID}"], request["fields"]["x-m2m-sa-credential-id"])
        self.assertEqual(["psk"], request["fields"]["x-m2m-sa-saef"])
        line = self.proxy.wait_for_log("association", self.mark)
        self.assertEqual(("TLSv1.2", "TLS_PSK_WITH_AES_128_CBC_SHA256"), (line["version"], line["suite"]))

    def test_the_ae_registers_with_its_id(self):
        self.check_registration("Capp01")

    def test_the_ae_registers_and_asks_for_an_id(self):
        self.check_registration("C")

    def test_the_ae_registers_without_an_id(self):
        self.check_registration(None)

    def test_another_ae_id_is_refused(self):
        with self.connect() as connection:
            self.assert_answer(connection.request("POST", origin="Capp02", ty=2, body=AE), 403, 4106)
        self.assert_nothing_forwarded()

    def test_another_key_gets_no_association(self):
        with self.connect(key_hex="12345678") as connection:
            self.assertTrue(connection.ended())
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="wrong_psk_key")
        self.assert_nothing_forwarded()

    def test_another_identity_gets_no_association(self):
        with self.connect(identity="test2@onem2m.com") as connection:
            self.assertTrue(connection.ended())
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="unknown_psk_identity")
        self.assert_nothing_forwarded()


class KeyReadAsHexadecimal(Steps, StageCase):
    KEY_IN_HEX = "123456"
    STAGE = {"psks": {"se01": (KPSA_ID, KEY_IN_HEX, 'ae = "Capp01"')}}

    def test_the_other_reading_does_not_fit(self):
        with self.connect(key_hex="313233343536") as connection:
            self.assertTrue(connection.ended())


class KeyReadAsCharacters(Steps, StageCase):
    KEY_IN_HEX = "313233343536"
    STAGE = {"psks": {"se01": (KPSA_ID, KEY_IN_HEX, 'ae = "Capp01"')}}


class KeyFilesOfTheDemonstrationPki(StageCase):
    """The same with the files that deploy/demo-pki makes."""

    def test_both_readings(self):
        for name, key in (("se01-hex", "123456"), ("se01-text", "313233343536")):
            entry = f'[[psk]]\nidentity = "{KPSA_ID}"\nkey_file = "{self.pki.path(name)}.psk"\nae = "Capp01"\n'
            self.proxy.reload(self.stage.text(more=entry))
            with clients.http(clients.openssl_psk(self.stage.address, KPSA_ID, key)) as connection:
                self.assert_answer(connection.request(origin="Capp01"), 200, 2000)


if __name__ == "__main__":
    main()
