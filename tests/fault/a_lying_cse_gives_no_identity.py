#!/usr/bin/env python3
"""Promise: what a CSE says of a registration gives nobody an identity that was not earned; its failures are answered in time, recorded as
nothing, and leave the identity free for the next attempt.

Spec: TS-0001 10.2.2.2 step 004; TS-0004 6.6.3 (5000, 5103); design invariants 1, 9
"""
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import expand, main  # noqa: E402
from saproxy.fake_cse import FakeCse, read_head  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.registering import CREATED, NAMESPACE, RegistryCase, serialise  # noqa: E402

NOT_COMPLETED, BAD_GATEWAY, GATEWAY_TIMEOUT = (500, 5000), (502, 5103), (504, 5103)
TIMEOUT = 1.0
OWN = "Cnode1own"
CUT, HANG, SILENT = b"cut", b"hang", b"silent"


def answer(body=b"", rsc=b"X-M2M-RSC: 2001\r\n", status=b"201 Created", kind=b"application/json", framing=None):
    framing = b"Content-Length: %d\r\n" % len(body) if framing is None else framing
    return b"HTTP/1.1 %b\r\n%bX-M2M-RI: 1\r\nContent-Type: %b\r\n%b\r\n%b" % (status, rsc, kind, framing, body)


def ae(aei=None, **more):
    members = {"ri": "x1", "rn": "ae1"} | more | ({} if aei is None else {"aei": aei})
    return json.dumps({"m2m:ae": members}).encode()


def chunks(body, size=7):
    return b"".join(b"%x\r\n%b\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n"


CHUNKED = b"Transfer-Encoding: chunked\r\n"
XML = f'<m2m:ae xmlns:m2m="{NAMESPACE}" rn="ae1"><ri>x1</ri><aei>%s</aei></m2m:ae>'

ANSWERS = [
    # name, From, bytes of the CSE, what the client gets, who is recorded, word in the metrics
    ("as_it_should_be", OWN, [answer(ae(OWN))], CREATED, OWN, None),
    ("sp_relative", OWN, [answer(ae(f"/cse1/{OWN}"))], CREATED, OWN, None),
    ("without_aei", OWN, [answer(ae())], CREATED, OWN, None),
    ("without_content", OWN, [answer()], CREATED, OWN, None),
    ("unreadable", OWN, [answer(b"garbage")], CREATED, OWN, None),
    ("in_xml", OWN, [answer((XML % OWN).encode(), kind=b"application/xml")], CREATED, OWN, None),
    ("in_cbor", OWN, [answer(serialise({"aei": OWN, "ri": "x1"}, "cbor"), kind=b"application/cbor")], CREATED, OWN, None),
    ("chunked", OWN, [answer(chunks(ae(OWN)), framing=CHUNKED)], CREATED, OWN, None),
    ("byte_by_byte", OWN, [answer(ae(OWN))[i:i + 1] for i in range(len(answer(ae(OWN))))], CREATED, OWN, None),
    ("until_the_end", OWN, [answer(ae(OWN), framing=b"Connection: close\r\n"), CUT], CREATED, OWN, None),
    ("without_rsc", OWN, [answer(ae(OWN), rsc=b"")], (201, None), OWN, None),
    ("rsc_with_more_behind_it", OWN, [answer(ae(OWN), rsc=b"X-M2M-RSC: 2001x\r\n")], (201, None), OWN, None),
    ("refused_with_an_rsc_that_is_none", OWN, [answer(b"{}", b"X-M2M-RSC: 2001x\r\n", b"403 Forbidden")], (403, None), None, None),
    ("interim_answers_first", OWN, [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", answer(ae(OWN))], CREATED, OWN, None),
    ("another_ae", OWN, [answer(ae("Cnode1other"))], NOT_COMPLETED, None, "other_identity"),
    ("another_ae_in_xml", OWN, [answer((XML % "Cnode1other").encode(), kind=b"application/xml")], NOT_COMPLETED, None, "other_identity"),
    ("administrator_instead", OWN, [answer(ae("CAdmin"))], NOT_COMPLETED, None, "other_identity"),
    ("no_identifier", OWN, [answer(ae("a b"))], NOT_COMPLETED, None, "bad_identity"),
    ("ae_of_another_cse", OWN, [answer(ae(f"/cse9/{OWN}"))], NOT_COMPLETED, None, "bad_identity"),
    ("ae_of_another_provider", OWN, [answer(ae(f"//evil.example.com/cse1/{OWN}"))], NOT_COMPLETED, None, "bad_identity"),
    ("empty_identity", OWN, [answer(ae(""))], NOT_COMPLETED, None, "bad_identity"),
    ("pattern", OWN, [answer(ae("Cnode1*"))], NOT_COMPLETED, None, "bad_identity"),
    ("assigned", "C", [answer(ae("Cnew1"))], CREATED, "Cnew1", None),
    ("assigned_sp_relative", "C", [answer(ae("/cse1/Cnew2"))], CREATED, "Cnew2", None),
    ("assigned_to_nobody", "C", [answer(ae())], NOT_COMPLETED, None, "no_identity"),
    ("assigned_without_content", "C", [answer()], NOT_COMPLETED, None, "no_identity"),
    ("assigned_unreadably", "C", [answer(b"garbage")], NOT_COMPLETED, None, "no_identity"),
    ("assigned_in_html", "C", [answer(ae("Cnew3"), kind=b"text/html")], NOT_COMPLETED, None, "no_identity"),
    ("assigned_twice", "C", [answer(b'{"m2m:ae":{"aei":"Cnew4","aei":"Cnew5"}}')], NOT_COMPLETED, None, "no_identity"),
    ("assigned_twice_the_same", "C", [answer(b'{"m2m:ae":{"aei":"Cnew6","ri":"x1","aei":"Cnew6"}}')], CREATED, "Cnew6", None),
    ("assigned_an_administrator", "C", [answer(ae("CAdmin"))], NOT_COMPLETED, None, "reserved"),
    ("assigned_an_administrator_in_full", "C", [answer(ae("//sp.example.com/cse1/CAdmin"))], NOT_COMPLETED, None, "reserved"),
    ("assigned_the_wrong_letter", "C", [answer(ae("Snew"))], NOT_COMPLETED, None, "other_identity"),
    ("assigned_a_cse", "C", [answer(ae("/mn1"))], NOT_COMPLETED, None, "bad_identity"),
    ("assigned_the_cse_itself", "C", [answer(ae("/cse1"))], NOT_COMPLETED, None, "bad_identity"),
    ("assigned_a_letter", "C", [answer(ae("C"))], NOT_COMPLETED, None, "bad_identity"),
    ("refused", OWN, [answer(b"{}", b"X-M2M-RSC: 4105\r\n", b"409 Conflict")], (409, 4105), None, None),
    ("refused_as_created", OWN, [answer(ae(OWN), b"X-M2M-RSC: 4105\r\n")], (201, 4105), None, None),
    ("success_of_another_operation", OWN, [answer(ae(OWN), b"X-M2M-RSC: 2000\r\n", b"200 OK")], NOT_COMPLETED, None, None),
    ("accepted_only", OWN, [answer(b'{"m2m:uri":"req1"}', b"X-M2M-RSC: 1001\r\n", b"202 Accepted")], NOT_COMPLETED, None, None),
    ("another_status_without_rsc", OWN, [answer(ae(OWN), b"", b"200 OK")], NOT_COMPLETED, None, None),
]
FAILURES = [
    ("too_large", [answer(ae(OWN, lbl=["x" * 300_000]))], BAD_GATEWAY, "bad_answer"),
    ("too_large_chunked", [answer(chunks(ae(OWN, lbl=["x" * 300_000]), 1000), framing=CHUNKED)], BAD_GATEWAY, "bad_answer"),
    ("no_http", [b"garbage\r\n\r\n"], BAD_GATEWAY, "bad_answer"),
    ("bad_chunk", [answer(b"zz\r\n{}", framing=CHUNKED)], BAD_GATEWAY, "bad_answer"),
    ("closed_at_once", [CUT], BAD_GATEWAY, "closed_early"),
    ("head_cut", [answer(ae(OWN))[:40], CUT], BAD_GATEWAY, "closed_early"),
    ("body_cut", [answer(ae(OWN))[:-5], CUT], BAD_GATEWAY, "closed_early"),
    ("chunks_cut", [answer(chunks(ae(OWN))[:-8], framing=CHUNKED), CUT], BAD_GATEWAY, "closed_early"),
    ("no_answer", [HANG], GATEWAY_TIMEOUT, "timeout"),
    ("half_a_head", [answer(ae(OWN))[:40], HANG], GATEWAY_TIMEOUT, "timeout"),
    ("half_a_body", [answer(ae(OWN))[:-5], HANG], GATEWAY_TIMEOUT, "timeout"),
    ("drips", [piece for i in range(200) for piece in (answer(ae(OWN))[i:i + 1], SILENT)], GATEWAY_TIMEOUT, "timeout"),
]


class Lying(RegistryCase):
    """`says` is what the CSE answers to the next request that changes something: bytes in one write each, or CUT, HANG, SILENT.
    `says_to_delete` likewise, where that is something else."""

    @classmethod
    def setUpClass(cls):
        cls.says, cls.says_to_delete, cls.heads = [], None, []
        fake = FakeCse(cls.serve)
        cls.addClassCleanup(fake.__exit__)
        cls.STAGE = RegistryCase.STAGE | {"address": fake.address, "cse": f'response_timeout = "{int(TIMEOUT * 1000)}ms"', "workers": 1}
        super().setUpClass()

    @classmethod
    def serve(cls, connection):
        while True:
            head, _ = read_head(connection)
            cls.heads.append(head)
            if head.startswith(b"GET"):
                connection.sendall(answer(b"{}", b"X-M2M-RSC: 2000\r\n", b"200 OK"))
                continue
            deletes = head.startswith(b"DELETE") and cls.says_to_delete is not None
            for piece in cls.says_to_delete if deletes else cls.says:
                if piece == CUT:
                    return
                if piece == HANG:
                    connection.recv(1)
                    return
                if piece == SILENT:
                    time.sleep(TIMEOUT / 20)
                else:
                    connection.sendall(piece)

    def tearDown(self):
        type(self).says_to_delete = None
        for stem in self.records.all():
            self.assertEqual(0, self.records.forget(stem).returncode)

    def unconfirmed(self):
        return self.proxy.metrics().nonzero("registrations_unconfirmed_total", "reason")

    def failures(self):
        return self.proxy.metrics().nonzero("upstream_failures_total", "reason")

    def connect(self, origin):
        return self.stage.psk("list") if origin == "C" else self.node()

    def assert_is_free(self, connection, stem):
        type(self).says = [answer(ae(stem))]
        self.assert_answer(self.register(connection, stem), *CREATED)
        self.assertEqual({stem}, set(self.records.all()))
        self.assert_may_speak(connection, stem)


@expand(ANSWERS)
class Answer(Lying):
    def check(self, origin, says, expected, recorded, word):
        before = self.unconfirmed()
        with self.connect(origin) as connection:
            type(self).says = says
            got = self.register(connection, origin, headers=[("X-M2M-RI", "it")])
            self.assert_answer(got, *expected)
            self.assertEqual({recorded} - {None}, set(self.records.all()))
            after = self.unconfirmed()
            self.assertEqual(sum(before.values()) + (word is not None), sum(after.values()))
            if word:
                self.assertEqual(before.get(word, 0) + 1, after[word], (word, before, after))
                self.assertEqual("it", got.header("X-M2M-RI"))
                self.proxy.wait_for_log("message", self.mark, level="error")
            if recorded:
                return self.assert_may_speak(connection, recorded)
            for stem in ("Cnode1other", "CAdmin", "Cnew4", "Cnew5", "Snew", OWN):
                self.assert_may_not_speak(connection, stem)
            if origin == OWN:
                self.assert_is_free(connection, OWN)


class BeyondItsList(Lying):
    """Spec: TS-0001 9.6.29"""

    def test_an_identity_that_the_credential_does_not_cover(self):
        before = self.unconfirmed().get("not_allowed", 0)
        with self.node() as connection:
            type(self).says = [answer(ae("Celsewhere"))]
            self.assert_answer(self.register(connection, "C"), *NOT_COMPLETED)
            self.assertEqual({}, self.records.all())
            self.assertEqual(before + 1, self.unconfirmed()["not_allowed"])
            self.assert_may_not_speak(connection, "Celsewhere")
            type(self).says = [answer(ae("Cnode1given"))]
            self.assert_answer(self.register(connection, "C"), *CREATED)
            self.assert_may_speak(connection, "Cnode1given")


DELETED_THERE = [answer(b"", b"X-M2M-RSC: 2002\r\n", b"200 OK")]
TAKEN_BACK = [
    # name, From, resource id and AE-ID that the CSE names, what it is asked to delete, and as whom
    ("another_ae", OWN, "x7", "Cnode1other", "/x7", "Cnode1other"),
    ("ae_of_another_cse", OWN, "x7", f"/cse9/{OWN}", "/x7", "/cse1"),
    ("administrator", "C", "x7", "CAdmin", "/x7", "/cse1"),
    ("in_full", "C", "/cse1/x7", "Snew", "/x7", "Snew"),
    ("base", OWN, "-", "Cnode1other", None, None),
    ("base_by_name", OWN, "cse-in", "Cnode1other", None, None),
    ("path", OWN, "cse-in/ae9", "Cnode1other", None, None),
    ("elsewhere", OWN, "/cse9/x7", "Cnode1other", None, None),
    ("query", OWN, "x7?a=b", "Cnode1other", None, None),
    ("blank", OWN, "x7 HTTP/1.1", "Cnode1other", None, None),
]


class TakesBack(Lying):
    """What the CSE has created and nobody may rely on is deleted there, and nothing else."""

    def deletions(self, before):
        lines = [head.decode().split("\r\n") for head in self.heads[before:] if head.startswith(b"DELETE ")]
        return [(line[0].split(" ")[1], next(x.partition(": ")[2] for x in line if x.startswith("X-M2M-Origin"))) for line in lines]

    def taken_back(self):
        return self.proxy.metrics().nonzero("registrations_taken_back_total", "result")


@expand(TAKEN_BACK)
class OnlyItsOwn(TakesBack):
    def check(self, origin, ri, aei, target, originator):
        type(self).says, type(self).says_to_delete = [answer(ae(aei, ri=ri))], DELETED_THERE
        before, counted = len(self.heads), self.taken_back()
        with self.connect(origin) as connection:
            self.assert_answer(self.register(connection, origin), *NOT_COMPLETED)
            self.assertEqual([(target, originator)] if target else [], self.deletions(before))
            self.assertEqual(counted.get("ok", 0) + (target is not None), self.taken_back().get("ok", 0))
            if origin == OWN:
                self.assert_is_free(connection, OWN)


class NotOnesThatStand(TakesBack):
    def test_the_resource_of_a_registration(self):
        with self.node() as connection:
            self.assert_is_free(connection, OWN)  # its resource is x1
            before = len(self.heads)
            type(self).says, type(self).says_to_delete = [answer(ae("Cnode1third", ri="x1"))], DELETED_THERE
            self.assert_answer(self.register(connection, "Cnode1second"), *NOT_COMPLETED)
            self.assertEqual([], self.deletions(before))
            self.assert_may_speak(connection, OWN)

    def test_one_that_the_request_has_named(self):
        before = len(self.heads)
        type(self).says, type(self).says_to_delete = [answer(ae("Cvictim", ri="victim"))], DELETED_THERE
        with self.node() as connection:
            self.assert_answer(self.register(connection, OWN, ri="victim"), *NOT_COMPLETED)
            self.assertEqual([], self.deletions(before))


class CannotBeTakenBack(TakesBack):
    def test_the_registree_is_answered_all_the_same(self):
        for name, says, failed in (("refused", [answer(b"{}", b"X-M2M-RSC: 4103\r\n", b"403 Forbidden")], True), ("hangs", [HANG], True),
                                   ("closed", [CUT], True), ("no http", [b"garbage\r\n\r\n"], True),
                                   ("gone already", [answer(b"{}", b"X-M2M-RSC: 4004\r\n", b"404 Not Found")], False)):
            with self.subTest(name):
                type(self).says, type(self).says_to_delete = [answer(ae("Cnode1other", ri="x7"))], says
                before = self.taken_back()
                with self.node() as connection:
                    began = time.monotonic()
                    self.assert_answer(self.register(connection, OWN), *NOT_COMPLETED)
                    self.assertLess(time.monotonic() - began, (2 * TIMEOUT + 1) * slowness())
                    word = "failed" if failed else "ok"
                    self.assertEqual(before.get(word, 0) + 1, self.taken_back()[word])
                    self.assert_is_free(connection, OWN)
                self.tearDown()

    def test_nobody_waits_for_it(self):
        type(self).says, type(self).says_to_delete = [answer(ae("Cnode1other", ri="x7"))], [HANG]
        before, counted = len(self.heads), self.taken_back().get("failed", 0)
        connection = self.node()
        connection.send(connection.encode("POST", origin=OWN, ty=2, body={"m2m:ae": {"api": "NApp", "rr": False}}))
        wait_until(lambda: self.deletions(before), 10, "the deletion to reach the CSE")
        connection.close()
        wait_until(lambda: self.taken_back().get("failed", 0) > counted, 10, "the attempt to end")
        with self.node() as again:
            self.assert_is_free(again, OWN)


@expand(FAILURES)
class Failure(Lying):
    def check(self, says, expected, word):
        before = self.failures()
        with self.node() as connection:
            type(self).says = says
            began = time.monotonic()
            got = self.register(connection, OWN, headers=[("X-M2M-RI", "it")])
            self.assertLess(time.monotonic() - began, (TIMEOUT + 1) * slowness())
            self.assert_answer(got, *expected)
            self.assertEqual("it", got.header("X-M2M-RI"))
            self.assertEqual({}, self.records.all())
            self.assertEqual(before.get(word, 0) + 1, self.failures().get(word, 0), (before, self.failures()))
            self.assert_may_not_speak(connection, OWN)
            self.assert_is_free(connection, OWN)


class Change(Lying):
    """UPDATE and DELETE of a registration that the CSE does not answer as it should."""

    def check_change(self, says, expected, method, stays):
        with self.node() as connection:
            self.assert_is_free(connection, OWN)
            before = self.records.all()[OWN]
            type(self).says = says
            body = {"m2m:ae": {"poa": ["http://192.0.2.9"]}} if method == "PUT" else None
            self.assert_answer(connection.request(method, "/cse-in/ae1", origin=OWN, body=body), *expected)
            if not stays:
                return self.assertNotEqual(before, self.records.all().get(OWN))
            self.assertEqual(before, self.records.all()[OWN])
            self.assert_may_speak(connection, OWN)

    def test_failures_change_nothing(self):
        for method in ("PUT", "DELETE"):
            for name, says, expected, _ in FAILURES[:-1]:
                with self.subTest(f"{method} {name}"):
                    self.check_change(says, expected, method, True)
                self.tearDown()

    def test_success_without_content_is_one(self):
        for method, code, status in (("PUT", 2004, 200), ("DELETE", 2002, 200)):
            with self.subTest(method):
                self.check_change([answer(b"", b"X-M2M-RSC: %d\r\n" % code, b"200 OK")], (status, code), method, False)
            self.tearDown()

    def test_the_identity_in_the_answer_to_an_update_is_nobodys(self):
        said = answer(ae("CAdmin"), b"X-M2M-RSC: 2004\r\n", b"200 OK")
        self.check_change([said], (200, 2004), "PUT", False)
        self.assertEqual({OWN}, set(self.records.all()))


class Again(Lying):
    """The claim of an attempt ends before anybody hears of its outcome: what comes right behind it is judged by itself."""

    def check(self, says, expected):
        type(self).says = says
        with self.node() as connection:
            request = connection.encode("POST", origin=OWN, ty=2, body=json.loads(ae(api="NApp", rr=False)))
            connection.send(request * 3)
            for _ in range(3):
                self.assert_answer(connection.read(), *expected)

    def test_behind_a_success(self):
        self.check([answer(ae(OWN))], CREATED)

    def test_behind_a_refusal(self):
        self.check([answer(b"{}", b"X-M2M-RSC: 4103\r\n", b"403 Forbidden")], (403, 4103))

    def test_behind_a_lie(self):
        self.check([answer(ae("Cnode1other"))], NOT_COMPLETED)


class HungUp(Lying):
    """Nobody waits for an answer that does not come either: the identity is free afterwards."""

    def test_the_attempt_ends_by_itself(self):
        type(self).says = [HANG]
        connection = self.node()
        connection.send(connection.encode("POST", origin=OWN, ty=2, body=json.loads(ae(api="NApp", rr=False))))
        wait_until(lambda: self.heads, 10, "the request to reach the CSE")
        connection.close()
        with self.node() as again:
            wait_until(lambda: self.register(again, OWN).rsc == 5103, 10, "an attempt that is let through")
            self.assert_is_free(again, OWN)


if __name__ == "__main__":
    main()
