#!/usr/bin/env python3
"""Promise: who may register is what the service provider's rules say now; a source that is away, slow or lies takes nothing from anybody.

Spec: TS-0001 9.6.19, 9.6.20, 9.6.29, 10.2.2.2; TS-0004 7.3.2.7 (4126, 4128); design section 5 (IN-CSE client), invariant 7
"""
import itertools
import pathlib
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import stage  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.in_cse import InCse  # noqa: E402
from saproxy.process import binary, slowness, wait_until  # noqa: E402

RULED = ("ruled@sp.example.com", "77" * 16, "")  # a key without an identity of its own
RULED_ID = "12-ruled@sp.example.com"
OWN_ID = "12-ae-psk@sp.example.com"  # stands for Cpsk by configuration
PSKS = stage.PSKS = stage.PSKS | {"ruled": RULED, "late": ("late@sp.example.com", "88" * 16, "")}
NUMBERS = itertools.count(1)


def rule_source(port, refresh="200ms", more=""):
    return f'[rule_source]\naddress = "http://127.0.0.1:{port}"\nbase = "in"\nrefresh = "{refresh}"\ntimeout = "500ms"\nmax_rules = 50\n{more}\n'


class RulesCase(StageCase):
    """Each test has an AE-ID of its own, and begins with a rule that gives it to the key RULED."""

    REFRESH = "200ms"

    @classmethod
    def setUpClass(cls):
        cls.source = InCse()
        cls.addClassCleanup(cls.source.stop)
        cls.source.allow("first", [RULED_ID], ["Cfirst"])
        cls.STAGE = {"psks": PSKS, "more": rule_source(cls.source.port, cls.REFRESH)}
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.number = next(NUMBERS)
        self.stem = f"Cr{self.number}"
        self.source.reset()
        self.source.allow("asar1", [RULED_ID], [self.stem])
        self.fetched()

    def fetches(self, result):
        return self.proxy.metrics().sum("app_rules_fetches_total", result=result)

    def fetched(self, result="ok"):
        """A fetch that began after this call has ended so."""
        before = self.fetches(result)
        self.proxy.wait_for_metric("app_rules_fetches_total", before + 2, result=result)

    def register(self, connection, origin, app_id="NApp", seconds=10):
        body = {"m2m:ae": {"api": app_id, "rr": False, "srv": ["3"], "rn": f"ae{next(NUMBERS)}"}}
        return connection.request("POST", origin=origin, ty=2, body=body, seconds=seconds)

    def assert_registers(self, which="ruled", origin=None):
        with self.stage.psk(which) as connection:
            self.assert_answer(self.register(connection, origin or self.stem), 201, 2001)

    def in_force(self, rules):
        wait_until(lambda: self.proxy.metrics().sum("app_rules") == rules, 10, f"{rules} rules to be in force")


class Rules(RulesCase):
    def test_decide_who_registers_as_what(self):
        self.source.rules["asar1"]["aai"] = ["NApp*"]
        self.fetched()
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, self.stem, "NOther"), 403, 4126)
            self.assert_answer(self.register(connection, "Cother"), 403, 4126)
            self.assert_nothing_forwarded()
            self.assert_answer(self.register(connection, self.stem, "NApp1"), 201, 2001)

    def test_are_asked_of_who_has_an_identity_too(self):
        with self.stage.psk("ae") as connection:
            self.assert_answer(self.register(connection, "Cpsk"), 403, 4126)
            self.source.allow("asar2", [OWN_ID], ["Cpsk"])
            self.in_force(2)
            self.assert_answer(self.register(connection, "Cpsk"), 201, 2001)

    def test_that_are_added_hold_for_live_associations(self):
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, self.stem), 201, 2001)
            self.source.allow("asar2", [RULED_ID], [self.stem + "b"])
            self.in_force(2)
            wait_until(lambda: self.register(connection, self.stem + "b").rsc == 2001, 10, "the association to be judged again")

    def test_that_are_removed_end_what_they_allowed(self):
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, self.stem), 201, 2001)
            self.source.nodes["/cse1"] = []
            self.assertTrue(connection.ended())
        self.proxy.wait_for_log("association_end", self.mark, reason="rejudged")
        with self.stage.psk("ruled") as connection:
            self.assertTrue(connection.ended())

    def test_whose_resource_is_deleted_end_too(self):
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, self.stem), 201, 2001)
            del self.source.rules["asar1"]
            self.assertTrue(connection.ended())

    def test_of_another_cse_are_not_ours(self):
        self.source.allow("asar9", [RULED_ID], ["Cnine"], cse="/cse9")
        self.fetched()
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, "Cnine"), 403, 4126)

    def test_an_empty_list_lets_nobody_register(self):
        for links in ([], None):
            self.source.nodes = {"/cse1": links}
            self.in_force(0)
            with self.stage.psk("ae") as connection:
                self.assert_answer(self.register(connection, "Cpsk"), 403, 4126)

    def test_without_a_node_there_is_no_subscription(self):
        self.source.nodes = {"/cse9": ["asar1"]}
        self.fetched("no_node")
        with self.stage.psk("ae") as connection:
            answer = self.register(connection, "Cpsk")
            self.assertEqual(4128, answer.rsc)
            self.assert_answer(connection.request(origin="Cpsk"), 200, 2000)

    def test_are_found_without_discovery(self):
        self.source.answer = lambda path, query: (5001, {}) if "fu" in query else None
        self.source.allow("asar2", [OWN_ID], ["Cx"])
        self.in_force(2)
        self.assert_registers()


class Explained(RulesCase):
    """`saproxy explain` tells of the rules that the running saproxy has fetched, or says that it does not know them."""

    def explain(self, *more):
        arguments = ["--credential", RULED_ID, "--op", "create", "--ty", "2", "--to", "cse-in", "--app-id", "NApp", *more]
        done = subprocess.run([binary(), "explain", "--config", self.proxy.config, *arguments], capture_output=True, text=True,
                              timeout=60 * slowness())
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_by_the_saproxy_that_runs(self):
        out = self.explain("--from", self.stem)
        for words in ("asked        saproxy at ", "decision     forward\n", "app rule     ", "asar1"):
            self.assertIn(words, out)
        out = self.explain("--from", "Cother")
        self.assertIn("no_app_rule", out)
        self.assertNotIn("not here yet", out)

    def test_not_without_it(self):
        self.proxy.stop()
        try:
            out = self.explain("--from", self.stem)
            self.assertIn("cannot be asked", out)
            self.assertIn("not here yet", out)
        finally:
            self.proxy.start()
            self.proxy.wait_until_ready()


def garbage(_path, _query):
    return 2000, b"<html>not json</html>"


def wrong_types(path, _query):
    return (2000, {"m2m:asar": {"apci": "*", "aai": {"x": 1}, "aae": [7]}}) if "asar" in path else None


def wrong_links(path, _query):
    return (2000, {"m2m:svsn": {"csi": "/cse1", "rlk": ["asar1 HTTP/1.1\r\nX: y"]}}) if "node" in path else None


def too_many(path, _query):
    return (2000, {"m2m:svsn": {"csi": "/cse1", "rlk": [f"asar{n}" for n in range(51)]}}) if "node" in path else None


def endless_pages(_path, query):
    start = int(query.get("ofst", 0))
    return (2000, {"m2m:uril": [f"in/n{n}" for n in range(start, start + 100)]}) if "fu" in query else None


def endless_body(_path, _query):
    def send(out):
        out.write(b"HTTP/1.1 200 OK\r\nX-M2M-RSC: 2000\r\n\r\n")
        while True:
            out.write(b" " * 65536)

    return 2000, send


def no_http(_path, _query):
    def send(out):
        out.write(b"SSH-2.0-OpenSSH_9.2\r\n" * 10)
        raise ConnectionError

    return 2000, send


def no_onem2m(_path, _query):
    def send(out):
        out.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

    return 2000, send


def refused(_path, _query):
    return 4103, {}


LIES = [
    ("garbage", garbage, "malformed"), ("wrong_types", wrong_types, "malformed"), ("wrong_links", wrong_links, "malformed"),
    ("too_many", too_many, "too_much"), ("endless_pages", endless_pages, "too_much"), ("endless_body", endless_body, "malformed or unreachable"),
    ("no_http", no_http, "malformed"), ("no_onem2m", no_onem2m, "malformed"), ("refused", refused, "refused"),
]


@expand(LIES)
class ASourceThatLies(RulesCase):
    def check(self, lie, result):
        """What does not end is either too long or, in a slow build, takes too long."""

        def ended():
            return sum(self.fetches(word) for word in result.split(" or "))

        with self.stage.psk("ruled") as live:
            self.assert_answer(self.register(live, self.stem), 201, 2001)
            before = ended()
            self.source.answer = lie
            wait_until(lambda: ended() > before, 20, f"a fetch that ends {result}")
            self.assertEqual(1, self.proxy.metrics().sum("app_rules"))
            self.assert_answer(live.request(origin=self.stem), 200, 2000)
        self.proxy.wait_for_log("message", self.mark, level="warning")
        with self.stage.psk("ruled") as connection:  # the last good copy
            self.assert_answer(connection.request(origin=self.stem), 200, 2000)
        self.source.answer = None
        self.fetched()


class ASourceThatIsAway(RulesCase):
    def tearDown(self):
        self.source.gate.set()
        if self.source._server is None:
            self.source.start()

    def test_leaves_the_last_good_copy(self):
        self.source.stop()
        self.fetched("unreachable")
        self.assert_registers()
        self.assertEqual(1, self.proxy.metrics().sum("app_rules"))
        self.assertEqual(200, self.proxy.admin("/ready")[0])
        self.source.start()
        self.source.allow("asar2", [RULED_ID], [self.stem + "b"])
        self.in_force(2)
        self.assert_registers(origin=self.stem + "b")

    def test_or_hangs(self):
        self.source.gate.clear()
        before = self.fetches("unreachable")
        self.proxy.wait_for_metric("app_rules_fetches_total", before + 1, result="unreachable")
        self.assert_registers()

    def test_until_the_copy_is_too_old(self):
        more = rule_source(self.source.port, more='max_age = "300ms"')
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))
        self.proxy.reload(self.stage.text(more=more))
        self.fetched()
        self.source.stop()
        self.in_force(0)
        with self.stage.psk("ae") as connection:
            self.assertEqual(4128, self.register(connection, "Cpsk").rsc)


class TheFirstRules(RulesCase):
    """A source that is configured anew has told nothing yet."""

    def setUp(self):
        super().setUp()
        self.source.allow("asar2", [OWN_ID], ["Cpsk", self.stem])
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))
        self.addCleanup(self.source.gate.set)

    def anew(self):
        more = rule_source(self.source.port, more=f'originator = "Canew{self.number}"')
        self.proxy.reload(self.stage.text(more=more))

    def test_are_waited_for(self):
        self.source.gate.clear()
        self.anew()
        self.assertIn("application rules", self.proxy.admin("/ready")[1])
        with self.stage.psk("ruled") as connection:
            threading.Timer(0.2, self.source.gate.set).start()
            self.assert_answer(self.register(connection, self.stem), 201, 2001)

    def test_are_waited_for_by_requests_behind_each_other(self):
        self.source.allow("asar3", [RULED_ID], [self.stem + "b"])
        self.source.gate.clear()
        self.anew()
        with self.stage.psk("ruled") as connection:
            requests = [(self.stem, 201), ("Cother", 403), (self.stem + "b", 201), (self.stem + "b", 403)]
            for origin, _ in requests:
                body = {"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"], "rn": f"ae{next(NUMBERS)}"}}
                connection.send(connection.encode("POST", origin=origin, ty=2, body=body))
            connection.send(connection.encode("GET", origin=self.stem))
            self.source.gate.set()
            self.assertEqual([status for _, status in requests] + [200], [connection.read().status for _ in range(5)])

    def test_that_do_not_come_are_no_subscription(self):
        self.source.gate.clear()
        self.anew()
        with self.stage.psk("ae") as connection:
            self.assertEqual(4128, self.register(connection, "Cpsk").rsc)

    def test_that_come_too_slowly_are_not_waited_for(self):
        self.source.delay = 0.3
        for number in range(20):
            self.source.allow(f"more{number}", ["12-x@sp.example.com"], ["Cx"])
        self.anew()
        with self.stage.psk("ae") as connection:
            self.assert_answer(self.register(connection, "Cpsk"), 503, 5103)
            self.assert_answer(connection.request(origin="Cpsk"), 200, 2000)
        self.assertEqual([], [record["raw"] for record in self.recorded() if record["raw"].startswith(b"POST")])

    def test_who_leaves_meanwhile_is_forgotten(self):
        self.source.gate.clear()
        self.anew()
        with self.stage.psk("ae") as connection:
            connection.send(connection.encode("POST", origin="Cpsk", ty=2, body={"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"]}}))
        wait_until(lambda: self.proxy.metrics().sum("connections_open") == 0, 10, "the connection to end")
        self.source.gate.set()
        self.in_force(2)
        self.a_good_client_is_served()


class OverASecurityAssociation(RulesCase):
    """As entity A: the registrar is asked, once it has proven its CSE-ID. Spec: TS-0003 8.2.1"""

    REGISTRAR = "mn-cse"  # its certificate

    @classmethod
    def setUpClass(cls):
        pki = stage.DemoPki.shared()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pki.files(cls.REGISTRAR))
        context.load_verify_locations(pki.path("root.crt"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        cls.source = InCse(tls=context)
        cls.addClassCleanup(cls.source.stop)
        cls.source.allow("first", [RULED_ID], ["Cfirst"])
        registrar = (f'[registrar]\naddress = "https://127.0.0.1:{cls.source.port}"\ncse_id = "/mn1"\nlisten = "127.0.0.1:0"\n'
                     'domain_name = "mn1.cse1.sp.example.com"\ncertificate = "cse"\ndead_for = "100ms"\n')
        cls.STAGE = {"psks": PSKS, "more": f'{registrar}[rule_source]\nregistrar = true\nbase = "in"\nrefresh = "200ms"\ntimeout = "2s"\n'}
        super(RulesCase, cls).setUpClass()

    def test_rules_decide(self):
        with self.stage.psk("ruled") as connection:
            self.assert_answer(self.register(connection, self.stem), 201, 2001)
            self.source.allow("asar2", [RULED_ID], [f"Cmore{self.number}"])
            self.source.rules["asar1"]["aae"] = ["Cnobody"]
            self.fetched()
            self.assertNotEqual(2001, self.register(connection, f"Cother{self.number}").rsc)

    def test_a_restarted_registrar_is_asked_again(self):
        self.source.stop()
        self.proxy.wait_for_metric("app_rules_fetches_total", self.fetches("unreachable") + 1, result="unreachable")
        self.source.start()
        self.fetched()


class AnotherThanTheRegistrar(StageCase):
    """Whoever else listens there gets no request."""

    @classmethod
    def setUpClass(cls):
        pki = stage.DemoPki.shared()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pki.files("ae-c"))
        cls.source = InCse(tls=context)
        cls.addClassCleanup(cls.source.stop)
        registrar = (f'[registrar]\naddress = "https://127.0.0.1:{cls.source.port}"\ncse_id = "/mn1"\nlisten = "127.0.0.1:0"\n'
                     'domain_name = "mn1.cse1.sp.example.com"\ncertificate = "cse"\ndead_for = "100ms"\n')
        cls.STAGE = {"more": f'{registrar}[rule_source]\nregistrar = true\nrefresh = "200ms"\n'}
        super().setUpClass()

    def test_is_asked_nothing(self):
        self.proxy.wait_for_metric("app_rules_fetches_total", 2, result="unreachable")
        self.assertEqual([], self.source.asked)


class Demand(RulesCase):
    """With an hour between two fetches."""

    REFRESH = "1h"

    def fetched(self, result="ok"):
        pass

    def test_a_refused_registration_makes_us_ask(self):
        self.source.allow("asar2", [OWN_ID], ["Cpsk"])
        with self.stage.psk("ae") as connection:
            wait_until(lambda: self.register(connection, "Cpsk").rsc == 2001, 20, "the new rule")
        self.assertLess(len(self.source.asked), 40, "in moderation")

    def test_a_credential_that_nobody_knows_makes_us_ask(self):
        self.source.allow("asar2", ["12-late@sp.example.com"], ["Clate"])

        def registers():
            try:
                with self.stage.psk("late") as connection:
                    return self.register(connection, "Clate").rsc == 2001
            except (ConnectionEnded, BrokenPipeError):
                return False

        wait_until(registers, 20, "the new rule")


if __name__ == "__main__":
    main()
