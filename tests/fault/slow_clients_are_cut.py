#!/usr/bin/env python3
"""Promise: a client that sends or reads too slowly loses its connection in the configured time, and holds nothing else up.

Spec: design 4 (timers: header, body progress, idle)
"""
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.fake_cse import FakeCse, answer, read_head  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402

LIMITS = 'header_timeout = "600ms"\nbody_timeout = "600ms"\nidle_timeout = "1200ms"\n'
HEAD = b"POST /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nContent-Type: application/json;ty=3\r\n"


def slow_reader(stage):
    """A client with a small receive buffer, so that what it does not read soon stands at saproxy."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(stage.address)
    return clients.http(clients.TlsChannel(stage.address, stage.pki.context("ae-c"), raw=raw))


class Slow(StageCase):
    STAGE = {"limits": LIMITS}

    def seconds_until_closed(self, connection, pieces=(), pause=0.1, limit=8):
        """Sends one piece after the other until the peer closes."""
        began = time.monotonic()
        pieces = iter(pieces)
        while time.monotonic() - began < limit * slowness():
            piece = next(pieces, None)
            try:
                if piece:
                    connection.send(piece)
                if connection.channel.recv(pause) == b"":
                    return time.monotonic() - began
            except TimeoutError:
                continue
            except OSError:
                return time.monotonic() - began
        self.fail("the connection is still open")

    def assert_end(self, reason):
        line = self.proxy.wait_for_log("association_end", self.mark)
        self.assertEqual(reason, line["reason"])

    def test_head_drips(self):
        with self.stage.certificate() as connection:
            took = self.seconds_until_closed(connection, (bytes([byte]) for byte in HEAD))
        self.assertTrue(0.5 < took < 3 * slowness(), took)
        self.assert_end("timeout")
        self.assert_nothing_forwarded()

    def test_head_stops(self):
        with self.stage.certificate() as connection:
            connection.send(HEAD)
            took = self.seconds_until_closed(connection)
        self.assertTrue(0.5 < took < 3 * slowness(), took)
        self.assert_end("timeout")

    def test_body_stops(self):
        with self.stage.certificate() as connection:
            connection.send(HEAD + b"Content-Length: 100\r\n\r\n{")
            took = self.seconds_until_closed(connection)
        self.assertTrue(0.5 < took < 3 * slowness(), took)
        self.assert_end("timeout")

    def test_chunked_body_stops(self):
        with self.stage.certificate() as connection:
            connection.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")
            took = self.seconds_until_closed(connection)
        self.assertTrue(0.5 < took < 3 * slowness(), took)

    def test_body_that_makes_progress_is_not_cut(self):
        body = b'{"m2m:cnt":{}}'
        with self.stage.certificate() as connection:
            connection.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
            for byte in body:
                connection.send(bytes([byte]))
                time.sleep(0.1)  # the pace of the client, not a wait
            self.assert_answer(connection.read(), 201, 2001)

    def test_idle_connection_is_closed_in_order(self):
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            took = self.seconds_until_closed(connection)
        self.assertTrue(1.0 < took < 4 * slowness(), took)
        self.assert_end("idle")

    def test_a_connection_that_never_asks_is_closed(self):
        with self.stage.certificate() as connection:
            took = self.seconds_until_closed(connection)
        self.assertTrue(1.0 < took < 4 * slowness(), took)

    def test_a_refused_body_that_drips_is_cut(self):
        with self.stage.certificate() as connection:
            connection.send(HEAD.replace(b"Cdemo", b"Cvictim") + b"Content-Length: 50000\r\n\r\n")
            self.assertEqual(403, connection.read().status)
            took = self.seconds_until_closed(connection)
        self.assertLess(took, 4 * slowness())
        self.assert_nothing_forwarded()


class Dripping(StageCase):
    """Progress is not enough: a whole request has its time, too."""

    STAGE = {"limits": 'request_timeout = "1500ms"\nbody_timeout = "800ms"\n'}

    def test_a_body_that_drips_is_cut(self):
        with self.stage.certificate() as connection:
            connection.send(HEAD + b"Content-Length: 100000\r\n\r\n")
            began = time.monotonic()
            try:
                while time.monotonic() - began < 8 * slowness():
                    connection.send(b"x")
                    try:
                        if connection.channel.recv(0.1) == b"":
                            break
                    except TimeoutError:
                        continue
            except OSError:
                pass
            took = time.monotonic() - began
        self.assertTrue(1.2 < took < 5 * slowness(), took)
        self.proxy.wait_for_log("association_end", self.mark, reason="timeout")

    def test_an_answer_may_take_longer_than_that(self):
        self.cse.control("/delay?ms=2500")
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)


class LargeAnswer(StageCase):
    """A CSE whose answer is larger than all buffers on the way."""

    SIZE = 64 << 20
    LIMITS = LIMITS

    @classmethod
    def setUpClass(cls):
        cls.sent = [0]

        def serve(connection):
            read_head(connection)
            connection.sendall(answer(b"")[:-4].replace(b"Content-Length: 0", b"Content-Length: %d" % cls.SIZE) + b"\r\n\r\n")
            block = bytes(65536)
            for _ in range(cls.SIZE // len(block)):
                connection.sendall(block)
                cls.sent[0] += len(block)

        cls.fake = FakeCse(serve)
        cls.addClassCleanup(cls.fake.__exit__)
        cls.STAGE = {"limits": cls.LIMITS, "address": cls.fake.address, "workers": 1}
        super().setUpClass()

    def assert_cse_is_free(self):
        wait_until(lambda: self.proxy.metrics().sum("upstream_connections_open") == 0, 10, "the connection to the CSE to end")


class NotReading(LargeAnswer):
    """Answers that nobody reads: the CSE is held back, the memory is bounded, the connection ends."""

    def test_the_cse_is_held_back_and_the_connection_ends(self):
        self.sent[0] = 0
        before = self.proxy.resident_kib()
        with slow_reader(self.stage) as connection:
            connection.send(connection.encode(origin="Cdemo"))
            # The end of a connection of the test before may come behind the mark.
            association = self.proxy.wait_for_log("association", self.mark, 10)["association"]
            line = self.proxy.wait_for_log("association_end", self.mark, 10, association=association)
            self.assertEqual("timeout", line["reason"])
            self.assertLess(self.sent[0], 16 << 20)
            self.assert_grown_by_less(8 << 10, before)
        self.assert_cse_is_free()

    def test_a_client_that_reads_gets_all_of_it(self):
        with self.stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            got = connection.read(60)
        self.assertEqual(self.SIZE, len(got.body))


class ReadingSlowly(LargeAnswer):
    """Progress is not enough: a whole answer has its time, too, so that a slow reader cannot keep a connection to the CSE."""

    LIMITS = 'body_timeout = "1200ms"\nanswer_timeout = "2500ms"\n'

    def test_the_connection_ends_in_the_middle_of_the_answer(self):
        with slow_reader(self.stage) as connection:
            connection.send(connection.encode(origin="Cdemo"))
            began = time.monotonic()
            try:
                while time.monotonic() - began < 12 * slowness() and connection.channel.recv(1) != b"":
                    time.sleep(0.02)  # the pace of the client, not a wait
            except (TimeoutError, OSError):
                pass
            took = time.monotonic() - began
        self.assertTrue(2.2 < took < 8 * slowness(), took)
        self.proxy.wait_for_log("association_end", self.mark, 10, reason="timeout")
        self.assert_cse_is_free()


class ManyAnswersNotRead(StageCase):
    STAGE = {"limits": LIMITS, "workers": 1}

    def check_pipelining(self, origin, requests):
        """Sends without reading until nothing goes any more; saproxy stops answering before its memory grows."""
        before = self.proxy.resident_kib()
        with slow_reader(self.stage) as connection:
            batch = connection.encode(origin=origin, headers=[("Accept", "application/json")]) * 100
            connection.channel.socket.settimeout(2 * slowness())
            try:
                for _ in range(requests // 100):
                    connection.channel.socket.sendall(batch)
            except (TimeoutError, OSError):
                pass
            self.proxy.wait_for_log("association_end", self.mark, 15, reason="timeout")
        self.assert_grown_by_less(4 << 10, before)
        self.assertLess(self.proxy.metrics().sum("requests_total", operation="retrieve"), requests)
        self.a_good_client_is_served()

    def test_answers_of_the_cse(self):
        self.check_pipelining("Cdemo", 60_000)

    def test_refusals(self):
        self.check_pipelining("Cvictim", 100_000)

    def test_a_client_that_reads_later_gets_them_all(self):
        with slow_reader(self.stage) as connection:
            connection.send(connection.encode(origin="Cvictim") * 3000)
            for _ in range(3000):
                self.assertEqual(403, connection.read().status)


if __name__ == "__main__":
    main()
