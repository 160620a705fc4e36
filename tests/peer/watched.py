#!/usr/bin/env python3
"""Promise: what happened can be seen in the metrics and the log, and neither holds an identity as a label nor any secret anywhere.

Spec: design invariant 8, section 4 (observation)
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, raw_tls, stage  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402

AE = {"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"]}}


class Watched(StageCase):
    """One story, told once; each test looks at another page of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.stage.certificate("ae-c") as one, cls.stage.psk("ae") as two, cls.stage.raw_key() as three:
            cls.answers = [
                one.request("POST", origin="Cdemo", ty=2, body=AE), one.request(origin="Cdemo"), one.request(origin="Cvictim"),
                one.request(origin="CAdmin"), one.request(), one.request("PUT", origin="Cdemo", body={"m2m:cb": {}}),
                two.request(origin="Cpsk"), two.request(origin="/cse1/Cpsk"), three.request(origin="Crpk1"),
            ]
            one.send(b"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n")
            one.read()
            wait_until(lambda: cls.proxy.metrics().sum("associations_open") == 2, 10, "the malformed one to end")
            cls.during = cls.proxy.metrics()
        for identity in (b"nobody@sp.example.com", b"ae-psk@sp.example.com"):
            raw_tls.psk_attempt(cls.stage.address, identity)
        wait_until(lambda: cls.proxy.metrics().sum("connections_open") == 0, 10, "all connections to end")
        cls.after = cls.proxy.metrics()
        cls.story = cls.proxy.lines[:]

    def test_handshakes(self):
        found = {(labels["saef"], labels["result"], labels["reason"]): value for name, labels, value in self.after.samples
                 if name == "saproxy_handshakes_total" and value}
        self.assertEqual({("psk", "ok", "none"): 1, ("certificate", "ok", "none"): 2, ("unknown", "failed", "unknown_psk_identity"): 1,
                          ("unknown", "failed", "wrong_psk_key"): 1}, found)
        self.assertEqual(3, self.after.sum("handshake_duration_seconds_count"))

    def test_associations(self):
        self.assertEqual(2, self.during.sum("associations_open"))
        self.assertEqual(0, self.after.sum("associations_open"))
        self.assertEqual(5, self.after.sum("connections_accepted_total"))
        self.assertEqual(5, sum(self.after.nonzero("association_ends_total", "reason").values()))

    def test_requests_by_operation_and_code(self):
        found = {(labels["operation"], labels["rsc"]): value for name, labels, value in self.after.samples
                 if name == "saproxy_requests_total" and value}
        self.assertEqual(1, found[("create", "2001")])
        self.assertEqual(3, found[("retrieve", "2000")])
        self.assertEqual(2, found[("retrieve", "4106")])
        self.assertEqual(2, found[("retrieve", "4000")])
        self.assertEqual(1, sum(value for (operation, _), value in found.items() if operation == "update"))

    def test_refusals_by_reason(self):
        self.assertEqual({"originator_not_allowed": 1, "denied_originator": 1, "originator_missing": 1, "originator_form": 1},
                         self.after.nonzero("refusals_total", "reason"))
        self.assertEqual({"bad_header_name": 1}, self.after.nonzero("malformed_requests_total", "reason"))

    def test_upstream_and_bytes(self):
        self.assertEqual(5, self.after.sum("upstream_answers_total"))
        self.assertGreaterEqual(self.after.sum("upstream_connections_reused_total"), 1)
        for name in ("received_bytes_total", "sent_bytes_total", "upstream_sent_bytes_total", "upstream_received_bytes_total"):
            self.assertGreater(self.after.sum(name), 500, name)

    def test_process(self):
        self.assertEqual((1, 1, 0), tuple(self.after.sum(name) for name in ("cse_up", "ready", "draining")))
        self.assertGreater(self.after.sum("process_resident_memory_bytes"), 1e6)
        self.assertEqual(1, self.after.sum("build_info"))
        self.assertEqual(2, self.after.sum("workers"))

    def test_certificate_expiry(self):
        expiries = {labels["certificate"]: value for name, labels, value in self.after.samples
                    if name == "saproxy_certificate_expiry_timestamp_seconds"}
        self.assertTrue(expiries)
        self.assertTrue(all(value > 1.7e9 for value in expiries.values()), expiries)

    def test_names_end_in_units_and_have_help(self):
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", self.after.text, re.M))
        helped = set(re.findall(r"^# HELP (\S+) ", self.after.text, re.M))
        self.assertEqual(set(kinds), helped)
        for name, kind in kinds.items():
            self.assertEqual(kind == "counter", name.endswith("_total"), name)

    def test_every_series_is_there_before_anything_happens(self):
        self.assertIn('reason="denied_originator"', self.during.text)
        self.assertIn('reason="certificate_revoked"', self.during.text)

    def test_no_identity_and_no_key_in_the_metrics(self):
        for word in ("Cdemo", "Cpsk", "Cvictim", "CAdmin", "Crpk", "ae-psk", "nobody", "mn9", "127.0.0.1", "cse-in", "sha-256"):
            self.assertNotIn(word, self.after.text)

    def test_no_key_in_the_log(self):
        text = "\n".join(line["raw"] for line in self.story).lower()
        for _, key, _ in stage.PSKS.values():
            self.assertNotIn(key, text)
            self.assertNotIn(clients.ssl.DER_cert_to_PEM_cert(bytes.fromhex(key)).splitlines()[1][:20].lower(), text)
        self.assertNotIn("private key", text)

    def test_one_line_for_each_association(self):
        lines = [line for line in self.story if line["event"] == "association"]
        self.assertEqual({"33-//sp.example.com/cse1/Cdemo", "12-ae-psk@sp.example.com", self.pki.row("rpk-client")["credential_id"]},
                         {line["credential_id"] for line in lines})
        self.assertEqual(3, len(lines))
        for line in lines:
            for key in ("ts", "level", "listener", "peer", "association", "saef", "entity", "identities", "version", "suite"):
                self.assertIn(key, line)

    def test_one_line_for_each_refusal(self):
        lines = [line for line in self.story if line["event"] == "refused"]
        self.assertEqual([("Cvictim", "originator_not_allowed", 4106), ("CAdmin", "denied_originator", 4106), (None, "originator_missing", 4000),
                          ("/cse1/Cpsk", "originator_form", 4000)],
                         [(line.get("originator"), line["reason"], line["response_code"]) for line in lines])
        self.assertTrue(all("clause" in line and "association" in line for line in lines))

    def test_requests_at_the_cse_name_their_association(self):
        logged = {line["association"] for line in self.story if line["event"] == "association"}
        with self.stage.certificate() as connection:
            connection.request(origin="Cdemo")
            line = self.proxy.wait_for_log("association", self.mark)
        self.assertEqual([line["association"]], self.the_only_request()["fields"]["x-m2m-sa-association"])
        self.assertNotIn(line["association"], logged)


class Endpoints(StageCase):
    def test_what_there_is(self):
        self.assertEqual((200, "live\n"), self.proxy.admin("/live"))
        self.assertEqual((200, "ready\n"), self.proxy.admin("/ready"))
        self.assertEqual(404, self.proxy.admin("/")[0])
        self.assertEqual(405, self.proxy.admin("/metrics", "POST")[0])

    def test_hostile_text_in_the_log_is_escaped(self):
        with self.stage.certificate() as connection:
            connection.request(target="/cse-in/%22%0a%1b[31m", origin="Cdemo")
            connection.request(target='/cse-in/%22%7d', origin='C"}{"event":"forged')
        for line in self.proxy.log(since=self.mark):
            self.assertNotEqual("text", line["event"], line)
            self.assertNotEqual("forged", line["event"])


class RateLimit(StageCase):
    STAGE = {"log": "max_lines_per_second = 5"}

    def test_a_flood_of_refusals_writes_few_lines_and_counts_the_rest(self):
        with self.stage.certificate() as connection:
            for _ in range(300):
                connection.request(origin="Cvictim")
        self.proxy.wait_for_metric("log_lines_dropped_total", 100)
        self.assertLess(len(self.proxy.log("refused")), 100)
        self.assertEqual(300, self.proxy.metrics().sum("refusals_total"))


class TextLog(StageCase):
    STAGE = {"log": 'format = "text"\nlevel = "debug"'}

    def test_lines_are_words(self):
        with self.stage.certificate() as connection:
            connection.request(origin="Cvictim")
        line = wait_until(lambda: [x["raw"] for x in self.proxy.log() if " refused " in x["raw"]], 10, "the line")[0]
        self.assertRegex(line, r"^\S+Z warning refused .*originator=Cvictim .*response_code=4106")


if __name__ == "__main__":
    main()
