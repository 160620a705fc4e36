#!/usr/bin/env python3
"""Promise: ten thousand handshakes that never end keep nobody out, and cost a bounded amount of memory.

Spec: design 5 (bounds: handshakes in progress), 4 (timers)
"""
import pathlib
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import raw_tls  # noqa: E402
from saproxy.cases import StageCase, main, raise_fd_limit  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402

FLOOD = 10_000
HELLO = raw_tls.client_hello(raw_tls.PSK_SUITES)
ENOUGH_FILES = raise_fd_limit(FLOOD + 2_000)


class Flood(StageCase):
    @classmethod
    def setUpClass(cls):
        if not ENOUGH_FILES:
            raise unittest.SkipTest(f"the limit of open files is below {FLOOD + 2_000}")
        super().setUpClass()

    def open_half(self, count, first_bytes):
        """`count` connections that have sent `first_bytes` and stay; from several addresses, for the number of ports."""
        host, port = self.stage.address
        connections = []
        self.addCleanup(lambda: [connection.close() for connection in connections])
        for n in range(count):
            connection = socket.socket()
            connection.settimeout(30 * slowness())
            connection.bind((f"127.0.0.{2 + n % 8}", 0))
            connection.connect((host, port))
            connection.sendall(first_bytes)
            connections.append(connection)
        return connections

    def flood(self, first_bytes, kib_each):
        before = self.proxy.resident_kib()
        self.open_half(FLOOD, first_bytes)
        self.proxy.wait_for_metric("connections_accepted_total", FLOOD, 30)
        began = time.monotonic()
        self.a_good_client_is_served()
        self.assertLess(time.monotonic() - began, 2 * slowness())
        metrics = self.proxy.metrics()
        pending = metrics.sum("handshakes_pending")
        self.assertLessEqual(pending, self.PENDING)
        self.assert_grown_by_less(20_000 + kib_each * self.PENDING, before, f"{pending:.0f} pending")
        return metrics


class WithinTheDefaultLimits(Flood):
    """2,000 unfinished handshakes for each worker: those that have been silent longest make room."""

    PENDING = 4_000

    def test_silent_ones(self):
        metrics = self.flood(b"", 8)
        self.assertGreaterEqual(metrics.sum("handshakes_total", reason="overload"), FLOOD - self.PENDING - 100)

    def test_such_as_have_sent_half_a_hello(self):
        self.flood(HELLO[:50], 8)

    def test_such_as_have_sent_a_hello(self):
        self.flood(HELLO, 40)


class WithoutThatLimit(Flood):
    """All of them pending: they end when their time is over."""

    STAGE = {"limits": 'max_handshakes = 20000\nhandshake_timeout = "8s"'}
    PENDING = FLOOD + 1

    def test_end_when_their_time_is_over(self):
        self.flood(b"", 8)
        wait_until(lambda: self.proxy.metrics().sum("handshakes_pending") == 0, 30, "all of them to end")
        self.assertGreaterEqual(self.proxy.metrics().sum("handshakes_total", reason="timeout"), 0.9 * FLOOD)
        self.a_good_client_is_served()


class ACrowdAtTheDoor(Flood):
    """Handshakes take turns, a few for each turn of the loop: everybody gets in, and those inside do not wait for it."""

    STAGE = {"workers": 1}
    CROWD = 600

    def test_everybody_is_answered_and_those_inside_are_served(self):
        with self.stage.certificate() as inside:
            self.assert_answer(inside.request(origin="Cdemo"), 200, 2000)
            crowd = self.open_half(self.CROWD, HELLO)
            for _ in range(50):
                self.assert_answer(inside.request(origin="Cdemo"), 200, 2000)
            for connection in crowd:
                self.assertEqual(b"\x16\x03\x03", connection.recv(3))
            self.assert_answer(inside.request(origin="Cdemo"), 200, 2000)

    def test_who_leaves_while_waiting_holds_nobody_up(self):
        crowd = self.open_half(self.CROWD, HELLO)
        for connection in crowd[::2]:
            connection.close()
        for connection in crowd[1::2]:
            self.assertEqual(b"\x16\x03\x03", connection.recv(3))
        self.a_good_client_is_served()


class AtTheConnectionLimit(StageCase):
    """Established associations live on; new connections are refused and counted."""

    STAGE = {"limits": "max_connections = 20", "workers": 1}

    def test_old_work_goes_on(self):
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            crowd = [socket.create_connection(self.stage.address, timeout=5) for _ in range(60)]
            self.proxy.wait_for_metric("connections_refused_total", 1)
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            for one in crowd:
                one.close()
        wait_until(lambda: self.proxy.metrics().sum("connections_open") == 0, 15, "the crowd to go")
        self.a_good_client_is_served()


if __name__ == "__main__":
    main()
