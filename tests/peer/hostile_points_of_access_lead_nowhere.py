#!/usr/bin/env python3
"""Promise: a registree cannot make us connect where we must not: what no point of access may look like is answered 4000, and what leads to
ourselves, to the CSE, to the metadata of a cloud or into our own network is never connected to, however a name resolves today.

Spec: TS-0004 6.3.3; RFC 3986; design: egress policy
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import expand, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.registering import BAD_REQUEST, an_ae  # noqa: E402
from saproxy.registree import Registree, free_port  # noqa: E402
from saproxy.sa2 import Sa2Case, egress_table  # noqa: E402

LIMITS = 'answer_timeout = "1500ms"\nhandshake_timeout = "500ms"\nconnect_timeout = "500ms"'
GOOD = "https://ae.example.com:8443"


class PointCase(Sa2Case):
    def setUp(self):
        super().setUp()
        self.ae = self.enterContext(self.stage.certificate("ae-c"))
        self.addCleanup(self.clean)

    def clean(self):
        with self.stage.certificate("ae-c") as connection:
            connection.request("DELETE", "/cse-in/ae1", origin="Cdemo")

    def create(self, points):
        return self.ae.request("POST", origin="Cdemo", ty=2, body={"m2m:ae": an_ae() | {"rr": True, "rn": "ae1", "poa": points}})

    def assert_denied(self):
        """As the log says: it was not tried in vain."""
        wait_until(lambda: any("is denied" in line["detail"] for line in self.proxy.log("call_failed", self.mark)), what="a line that says so")

    def registered(self, *points):
        self.register(self.ae, "Cdemo", list(points), "ae1")
        return self.target("ae1")


@expand([(f"{number} {text[8:40]}", text) for number, text in enumerate((
    "https://user@ae.example.com:8443",
    "https://user:secret@ae.example.com",
    "https://ae.example.com:8443#fragment",
    "https://ae.example.com:8443/a?query",
    "https://[fe80::1%25eth0]:8443",
    "https://[fe80::1%eth0]:8443",
    "https://[::1",
    "https://::1:8443",
    "https://0x7f.1:8443",
    "https://0177.0.0.1:8443",
    "https://2130706433:8443",
    "https://127.1:8443",
    "https://127.0.0.1.:8443",
    "https://ae.example.com:0",
    "https://ae.example.com:65536",
    "https://ae.example.com:08443",
    "https://ae.example.com:",
    "https://ae.example.com:8443:8443",
    "https://",
    "https:///path",
    "https://:8443",
    "https://ae..example.com",
    "https://ae_1.example.com",
    "https://ae.example.com\\@127.0.0.1:8443",
    "https://127.0.0.1:8443\\.example.com",
    "https://ae.example.com/%",
    "https://ae.example.com/%00",
    "https://ae.example.com/%0d%0aHost:%20a",
    "https://ae.example.com/a b",
    "https://ae.example.com/a\r\nX-A: a",
    "https://ae.example.com/\0",
    "https://ae.example.com/é",
    "https://" + "a" * 64 + ".example.com",
    "https://" + "a." * 200 + "com",
    "https://ae.example.com/" + "a" * 1024,
    "https://ae.example.com/" + "a" * 20_000,
))])
class Malformed(PointCase):
    def check(self, point):
        for points in ([point], [GOOD, point], [point, GOOD]):
            self.assert_answer(self.create(points), *BAD_REQUEST)
        self.assertEqual([], [record["raw"] for record in self.recorded() if record["raw"].startswith(b"POST")])

    def test_in_an_update(self):
        """What was registered before stays."""
        target = self.registered(GOOD)
        answer = self.ae.request("PUT", "/cse-in/ae1", origin="Cdemo", body={"m2m:ae": {"poa": ["https://user@ae.example.com"]}})
        self.assert_answer(answer, *BAD_REQUEST)
        self.assertEqual(target, self.target("ae1"))
        self.assertEqual([GOOD], self.ae.request("GET", "/cse-in/ae1", origin="Cdemo").json["m2m:ae"]["poa"])

    def test_ten_thousand_entries(self):
        for points in ([f"https://ae{i}.example.com" for i in range(10_000)], [GOOD] + ["mqtt://broker/x"] * 10_000):
            with self.stage.certificate("ae-c") as self.ae:
                self.assertEqual(4000, self.create(points).rsc)
        self.assert_nothing_forwarded()

    def test_thousand_entries(self):
        for points in ([f"https://ae{i}.example.com" for i in range(1000)], [GOOD] + ["mqtt://broker/x"] * 1000):
            self.assert_answer(self.create(points), *BAD_REQUEST)
        self.assert_nothing_forwarded()

    def test_half_a_megabyte(self):
        self.assertEqual(4000, self.create(["https://ae.example.com/" + "a" * 500_000]).rsc)
        self.assert_nothing_forwarded()

    def test_one_more_than_allowed(self):
        self.assert_answer(self.create([f"https://ae{i}.example.com" for i in range(9)]), *BAD_REQUEST)
        self.assert_nothing_forwarded()

    def test_no_texts(self):
        for points in ([1], [None], [{}], [[GOOD]], GOOD, {"0": GOOD}, 7):
            with self.subTest(points=points):
                self.assertNotEqual(201, self.create(points).status)


@expand([(f"{number} {point[7:]}", point) for number, point in enumerate((
    "http://169.254.169.254", "http://127.0.0.1:8080", "HTTP://192.0.2.1/n", "coap://127.0.0.1"))])
class InTheClear(PointCase):
    """Where they are refused, the CSE never learns of one."""

    STAGE = {"more": egress_table(more="refuse_plain = true")}

    def check(self, point):
        self.assert_answer(self.create([point]), *BAD_REQUEST)
        self.assert_answer(self.create(["mqtt://broker.example.com", point]), *BAD_REQUEST)
        self.assert_nothing_forwarded()


@expand([(f"{number} {address}", address) for number, address in enumerate((
    "127.0.0.1", "127.0.0.2", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254",
    "[fd00:ec2::254]", "100.100.100.200", "169.254.1.1", "[fe80::1]", "224.0.0.1", "255.255.255.255", "[ff02::1]"))])
class Denied(PointCase):
    """By default; no process listens there, and we do not find that out."""

    STAGE = {"more": egress_table(allow="[]", more=LIMITS)}

    def check(self, address):
        target = self.registered(f"https://{address}:8443")
        self.assert_refused(target)
        self.assert_denied()

    def test_a_server_at_a_denied_address_sees_nobody(self):
        with Registree() as server:
            self.assert_refused(self.registered(server.poa))
            self.assertEqual(0, server.accepted)

    def test_a_port_that_may_not_be_named(self):
        self.assert_refused(self.registered("https://192.0.2.1:22"))
        self.assert_denied()


class Ourselves(PointCase):
    """Loopback is open to registrees here, and we are not."""

    PORT, EGRESS = free_port(), free_port()
    STAGE = {"port": PORT, "more": egress_table(f"127.0.0.1:{EGRESS}", more=LIMITS)}

    def assert_nothing_reaches(self, port):
        accepted = self.proxy.metrics().sum("connections_accepted_total")
        requests = self.cse.stats()["connections"]
        target = self.registered(f"https://127.0.0.1:{port}")
        counted = self.cse.stats()["connections"] - requests
        self.assert_refused(target)
        self.assertEqual(accepted, self.proxy.metrics().sum("connections_accepted_total"))
        self.assert_denied()
        return counted

    def test_the_listener(self):
        self.assert_nothing_reaches(self.PORT)

    def test_the_egress(self):
        self.assert_nothing_reaches(self.EGRESS)

    def test_the_cse(self):
        self.assert_nothing_reaches(self.cse.port)


if __name__ == "__main__":
    main()
