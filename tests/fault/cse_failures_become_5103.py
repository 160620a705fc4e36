#!/usr/bin/env python3
"""Promise: a CSE that is down, slow or wrong never shows as anything else than a 5xx with 5103 in time, and never as a hang.

Where an answer has begun already, its end must not look complete. Afterwards the same connection of the client works on.
Spec: TS-0004 6.6.3 (TARGET_NOT_REACHABLE); RFC 9112 6.3, 9.3.1
"""
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.fake_cse import FakeCse, answer, read_head  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402

UNAVAILABLE, BAD_GATEWAY, GATEWAY_TIMEOUT = 503, 502, 504
QUICK = 'response_timeout = "1s"\nconnect_timeout = "500ms"'
AE = {"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"]}}
CONTAINER = {"m2m:cnt": {"rn": "data"}}

FAILURES = [
    # mode, options, status (None: the answer breaks off), reason in the metric
    ("refuse", {}, UNAVAILABLE, "connect_failed"),
    ("hang", {}, GATEWAY_TIMEOUT, "timeout"),
    ("cut-head", {}, BAD_GATEWAY, "closed_early"),
    ("cut-body", {}, None, "closed_early"),
    ("huge-header", {}, BAD_GATEWAY, "bad_answer"),
    ("smuggle", {}, BAD_GATEWAY, "bad_answer"),
    ("garbage", {}, BAD_GATEWAY, "bad_answer"),
    ("slow-head", {"ms": 100}, GATEWAY_TIMEOUT, "timeout"),
]
BEARABLE = [("no-length", {}), ("chunked", {}), ("chunked", {"size": 1}), ("surplus", {}), ("surplus", {"close": 1}), ("slow-body", {"ms": 5}),
            ("slow-head", {"ms": 1}), ("close-after-answer", {}), ("interim", {}), ("no-rsc", {}), ("none", {})]


class Failing(StageCase):
    STAGE = {"cse": QUICK, "workers": 1}

    def failures(self):
        return self.proxy.metrics().nonzero("upstream_failures_total", "reason")

    def assert_works_again(self, connection):
        """The same connection of the client, if it still stands, and a new one."""
        self.cse.fail("none")
        if connection is not None:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
        self.a_good_client_is_served()

    def tearDown(self):
        self.cse.fail("none")
        self.proxy.wait_until_ready()


@expand([(f"{mode}_{method}", mode, options, status, reason, method) for mode, options, status, reason in FAILURES
         for method in ("GET", "POST")])
class Broken(Failing):
    def check(self, mode, options, status, reason, method):
        with self.stage.certificate() as connection:
            self.cse.fail(mode, **options)
            if mode == "refuse":  # a kept connection that dies just now would fail in another way
                wait_until(lambda: self.proxy.metrics().sum("upstream_connections_open") == 0, 10, "kept connections to go")
            before = self.failures()
            began = time.monotonic()
            try:
                got = connection.request(method, origin="Cdemo", body=CONTAINER if method == "POST" else None, ty=3 if method == "POST" else None,
                                         headers=[("X-M2M-RI", "the-request")], seconds=6)
            except ConnectionEnded:
                got = None
            self.assertLess(time.monotonic() - began, 3 * slowness())
            if status is None:
                self.assertIsNone(got, "an answer that was cut looks complete")
                self.assert_works_again(None)
            else:
                self.assert_answer(got, status, 5103)
                self.assertEqual("the-request", got.header("X-M2M-RI"))
                self.assertNotIn(b"127.0.0.1", got.body)
                self.assert_works_again(connection)
        after = self.failures()
        self.assertGreaterEqual(after.get(reason, 0), before.get(reason, 0) + 1, (before, after))
        if method == "POST":
            seen = sum(1 for record in self.recorded() if record["fields"].get("x-m2m-ri") == ["the-request"])
            self.assertLessEqual(seen, 1, "a request that changes something was sent twice")


@expand([(f"{mode}_{'_'.join(map(str, options.values()))}", mode, options) for mode, options in BEARABLE])
class Odd(Failing):
    def check(self, mode, options):
        """Strange and still clear: the client gets the answer."""
        with self.stage.certificate() as connection:
            self.cse.fail(mode, **options)
            for _ in range(3):
                got = connection.request(origin="Cdemo")
                self.assertEqual(200, got.status, got)
                self.assertEqual("cse-in", got.json["m2m:cb"]["rn"])
                self.assertEqual([], got.values("X-Hint"))
            self.assert_works_again(connection)

    def test_head_of_an_unfinished_request(self):
        """The CSE answers before it has the body: the client gets that answer, and the rest of its body does no harm."""
        with self.stage.certificate() as connection:
            self.cse.fail("early")
            connection.send(connection.encode("POST", origin="Cdemo", ty=3, body=b"x" * 1000)[:-500])
            got = connection.read()
            self.assertGreaterEqual(got.status, 400)
            connection.send(b"x" * 500)
            self.assert_works_again(connection)


class KeepAliveRaces(Failing):
    """The CSE closes connections that saproxy keeps: no RETRIEVE is lost, nothing else is sent twice."""

    STAGE = {"cse": QUICK, "workers": 1}

    def many(self, count, pause):
        with self.stage.certificate() as connection:
            for n in range(count):
                self.assert_answer(connection.request(origin="Cdemo", headers=[("X-M2M-RI", f"n{n}")]), 200, 2000)
                threading.Event().wait(pause[n % len(pause)])

    def test_reset_of_a_kept_connection(self):
        self.cse.fail("reset-reused")
        self.many(30, (0,))
        self.assertGreaterEqual(self.proxy.metrics().sum("upstream_requests_repeated_total"), 10)

    def test_closed_just_when_the_next_request_comes(self):
        self.cse.fail("drop-idle", ms=20)
        self.many(60, (0, 0.01, 0.018, 0.02, 0.022, 0.03))

    def test_closed_after_each_answer(self):
        self.cse.fail("close-after-answer")
        self.many(50, (0,))

    def test_a_create_on_a_connection_that_had_died_is_not_repeated(self):
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            self.cse.fail("reset-reused")
            got = connection.request("POST", origin="Cdemo", ty=2, body=AE, headers=[("X-M2M-RI", "create")])
            self.assertIn((got.status, got.rsc), ((201, 2001), (502, 5103)))
        self.assertLessEqual(sum(1 for r in self.recorded() if r["fields"].get("x-m2m-ri") == ["create"]), 1)


class Overloaded(Failing):
    STAGE = {"cse": 'response_timeout = "5s"\nmax_connections = 2\nmax_waiting = 2', "workers": 1}

    def test_more_than_may_wait_are_refused_at_once(self):
        self.cse.control("/delay?ms=1500")
        answers = []

        def client(name, origin):
            with self.stage.certificate(name) as connection:
                answers.append(connection.request(origin=origin))

        threads = [threading.Thread(target=client, args=("ae-c", "Cdemo")) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = sorted((got.status, got.rsc) for got in answers)
        self.assertEqual({(200, 2000), (503, 5103)}, set(found), found)
        self.assertGreaterEqual(found.count((200, 2000)), 4)


class DownFromTheBeginning(Failing):
    def test_health_follows(self):
        self.cse.fail("refuse")
        wait_until(lambda: self.proxy.admin("/ready")[0] == 503, 10, "/ready to say no")
        self.assertEqual(0, self.proxy.metrics().sum("cse_up"))
        with self.stage.certificate() as connection:
            for _ in range(3):
                self.assert_answer(connection.request(origin="Cdemo"), UNAVAILABLE, 5103)
            self.cse.fail("none")
            wait_until(lambda: self.proxy.admin("/ready")[0] == 200, 10, "/ready to say yes")
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)


class AnswersThatCouldBeMisread(StageCase):
    """What a CSE says is read as strictly as what a client says."""

    ANSWERS = {
        "two_lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "obs_fold": b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
        "bare_lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        "nul": b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\n{}",
        "status_of_two_digits": b"HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\n{}",
        "switching_protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "http_2": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "gzip_chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "negative_length": b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    }

    @classmethod
    def setUpClass(cls):
        cls.next = [answer()]

        def serve(connection):
            read_head(connection)
            connection.sendall(cls.next[0])
            connection.recv(1)

        cls.fake = FakeCse(serve)
        cls.addClassCleanup(cls.fake.__exit__)
        cls.STAGE = {"cse": QUICK, "address": cls.fake.address}
        super().setUpClass()

    def test_are_refused(self):
        for name, data in self.ANSWERS.items():
            with self.subTest(name), self.stage.certificate() as connection:
                self.next[0] = data
                self.assert_answer(connection.request(origin="Cdemo"), BAD_GATEWAY, 5103)

    def test_headers_of_the_hop_and_of_the_host_do_not_pass(self):
        self.next[0] = answer(more=b"Connection: keep-alive, X-Hop\r\nX-Hop: a\r\nKeep-Alive: timeout=5\r\n")
        with self.stage.certificate() as connection:
            got = connection.request(origin="Cdemo")
        self.assert_answer(got, 200, 2000)
        for name in ("X-Hop", "Keep-Alive"):
            self.assertEqual([], got.values(name))


if __name__ == "__main__":
    main()
