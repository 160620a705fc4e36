#!/usr/bin/env python3
"""Promise: bodies of any permitted size pass both ways unchanged, in bounded memory; a CSE that wants whole requests gets whole ones.

Spec: TS-0009 6; RFC 9110 10.1.1 (Expect); RFC 9112 9.3.2 (pipelining)
"""
import hashlib
import json
import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.fake_cse import FakeCse, answer, read_head  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402

LARGE = 'max_body = "64MiB"\n'
LARGE_CSE = 'max_request = "64MiB"\n'
CONTAINER = {"m2m:cnt": {"rn": "box", "mbs": 1 << 30}}


def instance(size):
    return json.dumps({"m2m:cin": {"con": os.urandom(size // 2).hex()}}).encode()


class Large(StageCase):
    STAGE = {"limits": LARGE, "cse": LARGE_CSE, "cse_arguments": ("--open-access", "--max-body", str(80 << 20))}

    def setUp(self):
        super().setUp()
        with self.stage.certificate() as connection:
            connection.request("DELETE", "/cse-in/box", origin="Cdemo")
            self.assert_answer(connection.request("POST", origin="Cdemo", ty=3, body=CONTAINER), 201, 2001)

    def assert_round_trip(self, connection, body, **options):
        made = connection.request("POST", "/cse-in/box", origin="Cdemo", ty=4, body=body, seconds=40, **options)
        self.assert_answer(made, 201, 2001)
        read = connection.request("GET", "/cse-in/box/la", origin="Cdemo", seconds=40)
        self.assert_answer(read, 200, 2000)
        sent = body if isinstance(body, bytes) else b"".join(body)
        self.assertEqual(json.loads(sent)["m2m:cin"]["con"], read.json["m2m:cin"]["con"])

    def test_sixteen_mib_there_and_back(self):
        with self.stage.certificate() as connection:
            self.assert_round_trip(connection, instance(16 << 20))

    def test_odd_sizes_there_and_back(self):
        with self.stage.certificate() as connection:
            for size in (2, 4094, 16384, 16385, 65536, 65538, 262144, 1000002):
                self.assert_round_trip(connection, instance(size))

    def test_chunks_of_every_size(self):
        with self.stage.certificate() as connection:
            body = instance(200_000)
            for size in (1, 7, 1000, 16384, 70000):
                part = body if size > 1 else instance(2000)
                pieces = [part[at: at + size] for at in range(0, len(part), size)]
                self.assert_round_trip(connection, pieces, chunked=True)

    def test_over_psk_and_raw_key(self):
        for connect, origin in ((self.stage.psk, "Cpsk"), (self.stage.raw_key, "Crpk1")):
            with connect() as connection:
                body = instance(1 << 20)
                made = connection.request("POST", "/cse-in/box", origin=origin, ty=4, body=body, seconds=30)
                self.assert_answer(made, 201, 2001)
                read = connection.request("GET", "/cse-in/box/la", origin=origin, seconds=30)
                self.assertEqual(json.loads(body)["m2m:cin"]["con"], read.json["m2m:cin"]["con"])

    def test_expect_100_continue(self):
        body = instance(1000)
        with self.stage.certificate() as connection:
            request = connection.encode("POST", "/cse-in/box", origin="Cdemo", ty=4, body=body, headers=[("Expect", "100-continue")])
            head = request[: -len(body)]
            connection.send(head)
            self.assertEqual(100, connection.read_interim().status)
            connection.send(body)
            self.assert_answer(connection.read(), 201, 2001)
        self.assertNotIn(b"Expect", self.recorded()[-1]["raw"])

    def test_expect_100_continue_refused_without_the_body(self):
        with self.stage.certificate() as connection:
            request = connection.encode("POST", "/cse-in/box", origin="Cvictim", ty=4, body=b"x" * 500, headers=[("Expect", "100-continue")])
            self.cse.reset()
            connection.send(request[:-500])
            got = connection.read_interim()
            self.assertEqual(403, got.status)
        self.assert_nothing_forwarded()

    def test_pipelined_requests_are_answered_in_order(self):
        with self.stage.certificate() as connection:
            count = 50
            connection.send(b"".join(connection.encode(origin="Cdemo" if n % 5 else "Cvictim", headers=[("X-M2M-RI", f"n{n}")])
                                     for n in range(count)))
            for n in range(count):
                got = connection.read()
                self.assertEqual((f"n{n}", 200 if n % 5 else 403), (got.header("X-M2M-RI"), got.status))

    def test_pipelined_bodies(self):
        with self.stage.certificate() as connection:
            bodies = [instance(size) for size in (10, 100_000, 2, 300_000)]
            connection.send(b"".join(connection.encode("POST", "/cse-in/box", origin="Cdemo", ty=4, body=body) for body in bodies))
            for body in bodies:
                got = connection.read(20)
                self.assert_answer(got, 201, 2001)

    def test_body_over_the_limit(self):
        with self.stage.certificate() as connection:
            connection.send(connection.encode("POST", "/cse-in/box", origin="Cdemo", ty=4, body=b"")
                            .replace(b"Content-Length: 0", b"Content-Length: %d" % (70 << 20)))
            self.assertEqual(413, connection.read().status)

    def test_chunks_over_the_limit(self):
        self.proxy.reload(self.stage.text(limits='max_body = "64KiB"'))
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))
        with self.stage.certificate() as connection:
            try:
                got = connection.request("POST", "/cse-in/box", origin="Cdemo", ty=4, body=[b"x" * 1000] * 100, chunked=True)
                self.assertEqual(413, got.status)
            except OSError:
                pass  # the connection has ended while we sent
        self.assertEqual([], [r for r in self.recorded() if r["complete"] and b"x" * 1000 in r["raw"]])


class Methods(StageCase):
    def test_head_and_others_are_refused_in_form(self):
        with self.stage.certificate() as connection:
            for method in ("HEAD", "OPTIONS", "PATCH", "PROPFIND"):
                got = connection.request(method, origin="Cdemo")
                self.assert_answer(got, 405, 4005)
                self.assertEqual("GET, POST, PUT, DELETE", got.header("Allow"))
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
        self.assertEqual(1, len(self.recorded()))

    def test_the_forms_of_a_target(self):
        with self.stage.certificate() as connection:
            for target in ("/cse-in", "/~/cse1/cse-in", "/_/sp.example.com/cse1/cse-in"):
                self.assert_answer(connection.request(target=target, origin="Cdemo"), 200, 2000)

    def test_connection_close_is_kept(self):
        with self.stage.certificate() as connection:
            got = connection.request(origin="Cdemo", headers=[("Connection", "close")])
            self.assert_answer(got, 200, 2000)
            self.assertEqual("close", got.header("Connection"))
            self.assertTrue(connection.ended())

    def test_http_1_0(self):
        with self.stage.certificate() as connection:
            connection.send(b"GET /cse-in HTTP/1.0\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n\r\n")
            got = connection.read()
            self.assert_answer(got, 200, 2000)
            self.assertEqual([], got.values("Transfer-Encoding"))
            self.assertTrue(connection.ended())
        self.assertTrue(self.the_only_request()["raw"].startswith(b"GET /cse-in HTTP/1.1\r\n"))

    def test_the_client_half_closes_after_its_request(self):
        channel = self.stage.psk()
        with channel as connection:
            connection.send(connection.encode(origin="Cpsk"))
            self.assert_answer(connection.read(), 200, 2000)


class BackPressure(StageCase):
    """A CSE that does not read holds the client back; memory stays bounded."""

    SIZE = 48 << 20

    @classmethod
    def setUpClass(cls):
        cls.go_on = threading.Event()
        cls.digest = []

        def serve(connection):
            head, rest = read_head(connection)
            cls.go_on.wait(30)
            digest, left = hashlib.sha256(rest), cls.SIZE - len(rest)
            while left > 0:
                more = connection.recv(65536)
                if not more:
                    return
                digest.update(more)
                left -= len(more)
            cls.digest.append(digest.hexdigest())
            connection.sendall(answer())

        cls.fake = FakeCse(serve)
        cls.addClassCleanup(cls.fake.__exit__)
        cls.STAGE = {"address": cls.fake.address, "limits": LARGE, "cse": LARGE_CSE, "workers": 1}
        super().setUpClass()

    def test_a_large_upload_waits_for_the_cse(self):
        before = self.proxy.resident_kib()
        body = os.urandom(1 << 20) * (self.SIZE >> 20)
        with self.stage.certificate() as connection:
            sent = [0]

            def upload():
                connection.send(connection.encode("POST", origin="Cdemo", ty=4, body=b"")
                                .replace(b"Content-Length: 0", b"Content-Length: %d" % self.SIZE))
                for at in range(0, self.SIZE, 65536):
                    connection.send(body[at: at + 65536])
                    sent[0] += 65536

            sender = threading.Thread(target=upload)
            sender.start()
            last = [-1, 0]

            def stuck():
                now = sent[0]
                last[1] = last[1] + 1 if now == last[0] else 0
                last[0] = now
                return last[1] > 30

            wait_until(stuck, 15, "the upload to wait")
            self.assertLess(sent[0], 24 << 20)
            self.assert_grown_by_less(4 << 10, before)
            self.go_on.set()
            self.assert_answer(connection.read(40 * slowness()), 200, 2000)
            sender.join()
        self.assertEqual([hashlib.sha256(body).hexdigest()], self.digest)
        self.assert_grown_by_less(8 << 10, before)


class TinyIot(StageCase):
    """The habits of tinyIoT, most of which end in a crash: whatever clients do, it sees what it can bear."""

    STAGE = {"cse": 'profile = "tinyiot"', "cse_arguments": ("--open-access", "--quirks", "tinyiot"), "workers": 1}

    def tearDown(self):
        self.assertEqual(0, self.cse.stats()["crashes"])

    def test_registers_and_stores(self):
        with self.stage.certificate() as connection:
            connection.request("DELETE", "/cse-in/tiny", origin="Cdemo")
            made = connection.request("POST", origin=None, ty=2, body={"m2m:ae": {"rn": "tiny", "api": "N1", "rr": False, "srv": ["3"]}})
            self.assert_answer(made, 201, 2001)
            self.assertEqual("Cdemo", made.json["m2m:ae"]["aei"])
            self.assert_answer(connection.request("GET", "/cse-in/tiny", origin="Cdemo"), 200, 2000)
            self.assert_answer(connection.request("DELETE", "/cse-in/tiny", origin="Cdemo"), 200, 2002)

    def test_slow_and_split_requests_arrive_whole(self):
        with self.stage.certificate() as connection:
            request = connection.encode("POST", origin="Cdemo", ty=3, body={"m2m:cnt": {"lbl": ["x" * 3000]}})
            for at in range(0, len(request), 37):
                connection.send(request[at: at + 37])
            self.assert_answer(connection.read(), 201, 2001)
            body = json.dumps({"m2m:cnt": {"lbl": ["y" * 3000]}}).encode()
            self.assert_answer(connection.request("POST", origin="Cdemo", ty=3, body=[body[:100], body[100:101], body[101:]], chunked=True), 201, 2001)
        for request in self.recorded():
            self.assertNotIn("transfer-encoding", request["fields"])
            self.assertEqual(["close"], request["fields"]["connection"])

    def test_pipelined_requests_go_one_by_one(self):
        with self.stage.certificate() as connection:
            connection.send(b"".join(connection.encode(origin="Cdemo") for _ in range(10)))
            for _ in range(10):
                self.assert_answer(connection.read(), 200, 2000)
        self.assertEqual(10, len({request["connection"] for request in self.recorded()}))

    def test_what_would_kill_it_never_arrives(self):
        hostile = [
            ("HEAD", {}), ("FOO", {}), ("GET", {"headers": [("X-M2M-RI", "r" * 150)]}), ("GET", {"headers": [("X-Long", "v" * 1500)]}),
            ("GET", {"headers": [("X-Empty", "")]}), ("GET", {"origin": "//sp.example.com/cse1/Cdemo"}),
            ("POST", {"ty": 2, "body": b"{}", "origin": "//sp.example.com/cse1/Cnew"}), ("POST", {"ty": 4, "body": b"x" * 40000}),
            ("GET", {"headers": [("X-M2M-RVI", "")]}), ("POST", {"ty": 4, "body": [b"x" * 5000] * 8, "chunked": True}),
        ]
        for method, options in hostile:
            with self.subTest(f"{method} {options}"[:80]), self.stage.certificate() as connection:
                got = connection.request(method, **({"origin": "Cdemo"} | options))
                self.assertIn(got.status, (200, 400, 403, 405, 413, 431, 501), got)
        for request in self.recorded():
            self.assertNotIn(b": \r\n", request["raw"])
            self.assertLessEqual(len(request["raw"]), 32000)

    def test_release_version_is_added(self):
        with self.stage.certificate() as connection:
            connection.send(b"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\n\r\n")
            self.assert_answer(connection.read(), 200, 2000)
        self.assertEqual(["3"], self.the_only_request()["fields"]["x-m2m-rvi"])


class Mobius(StageCase):
    """Closes idle connections after five seconds; saproxy is quicker."""

    STAGE = {"cse": 'profile = "mobius"\nidle_timeout = "400ms"', "cse_arguments": ("--open-access", "--quirks", "mobius"), "workers": 1}

    def test_idle_connections_are_retired_by_saproxy(self):
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            wait_until(lambda: self.proxy.metrics().sum("upstream_connections_open") == 0, 5, "the idle connection to go")
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)


if __name__ == "__main__":
    main()
