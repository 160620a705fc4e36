#!/usr/bin/env python3
"""Promise: told to end, saproxy accepts no more, finishes what is under way and exits with 0; a second signal ends it at once with 1.
"""
import pathlib
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients  # noqa: E402
from saproxy.cases import main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.stage import Stage  # noqa: E402


class Drain(unittest.TestCase):
    def start(self, **options):
        stage = Stage(**options).__enter__()
        self.addCleanup(stage.close, False)
        return stage

    def assert_ends(self, stage, status, seconds=15):
        self.assertEqual(status, stage.proxy.stop(expect=status, seconds=seconds))

    def test_idle_process_ends_at_once(self):
        stage = self.start()
        began = time.monotonic()
        self.assert_ends(stage, 0)
        self.assertLess(time.monotonic() - began, 3 * slowness())

    def test_interrupt_drains_too(self):
        stage = self.start()
        stage.proxy.send_signal(signal.SIGINT)
        self.assertEqual(0, stage.proxy.wait())

    def test_request_under_way_is_answered(self):
        stage = self.start()
        stage.cse.control("/delay?ms=1000")
        with stage.certificate() as connection, stage.psk() as other:
            for client, origin in ((connection, "Cdemo"), (other, "Cpsk")):
                client.send(client.encode(origin=origin))
            wait_until(lambda: stage.cse.stats()["requests"] >= 2, 10, "the requests to reach the CSE")
            stage.proxy.send_signal(signal.SIGTERM)
            for client in (connection, other):
                got = client.read()
                self.assertEqual((200, 2000), (got.status, got.rsc))
                self.assertTrue(client.ended())
        self.assertEqual(0, stage.proxy.wait())

    def test_idle_connections_may_ask_once_more_and_are_told_to_close(self):
        stage = self.start()
        with stage.certificate() as connection:
            self.assertEqual(200, connection.request(origin="Cdemo").status)
            stage.proxy.send_signal(signal.SIGTERM)
            wait_until(lambda: stage.proxy.log("message", text="draining: no new connections, requests in progress are finished"), 10, "drain")
            got = connection.request(origin="Cdemo")
            self.assertEqual((200, "close"), (got.status, got.header("Connection")))
            self.assertTrue(connection.ended())
        self.assertEqual(0, stage.proxy.wait())

    def test_new_connections_are_refused(self):
        stage = self.start()
        stage.cse.control("/delay?ms=1500")
        with stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(lambda: stage.cse.stats()["requests"] >= 1, 10, "the request to reach the CSE")
            stage.proxy.send_signal(signal.SIGTERM)

            def refused():
                try:
                    socket.create_connection(stage.address, timeout=1).close()
                    return False
                except OSError:
                    return True

            wait_until(refused, 5, "new connections to be refused")
            self.assertEqual(200, connection.read().status)
        self.assertEqual(0, stage.proxy.wait())

    def test_ready_says_no_and_live_says_yes(self):
        stage = self.start()
        stage.cse.control("/delay?ms=1500")
        with stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(lambda: stage.cse.stats()["requests"] >= 1, 10, "the request to reach the CSE")
            self.assertEqual(200, stage.proxy.admin("/ready")[0])
            status, _ = stage.proxy.admin("/shutdown", "POST")
            self.assertEqual(202, status)
            self.assertEqual((503, "draining\n"), stage.proxy.admin("/ready"))
            self.assertEqual(200, stage.proxy.admin("/live")[0])
            self.assertEqual(1, stage.proxy.metrics().sum("draining"))
            self.assertEqual(200, connection.read().status)
        self.assertEqual(0, stage.proxy.wait())

    def test_shutdown_is_not_for_get_nor_for_web_pages(self):
        stage = self.start()
        self.assertEqual(405, stage.proxy.admin("/shutdown")[0])
        self.assertEqual(403, stage.proxy.admin("/shutdown", "POST", {"Origin": "http://evil.example.com"})[0])
        self.assertEqual(200, stage.proxy.admin("/ready")[0])
        self.assert_ends(stage, 0)

    def test_second_signal_ends_at_once_with_1(self):
        stage = self.start()
        stage.cse.fail("hang")
        with stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(lambda: stage.cse.stats()["requests"] >= 1, 10, "the request to reach the CSE")
            stage.proxy.send_signal(signal.SIGTERM)
            wait_until(lambda: stage.proxy.log("message", level="info"), 10, "drain")
            wait_until(lambda: stage.proxy.admin("/ready")[0] == 503, 10, "drain")
            began = time.monotonic()
            stage.proxy.send_signal(signal.SIGTERM)
            self.assertEqual(1, stage.proxy.wait())
            self.assertLess(time.monotonic() - began, 2 * slowness())

    def test_deadline_cuts_what_hangs(self):
        stage = self.start(server='drain_timeout = "1s"')
        stage.cse.fail("hang")
        with stage.certificate() as connection, stage.psk() as idle:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(lambda: stage.cse.stats()["requests"] >= 1, 10, "the request to reach the CSE")
            began = time.monotonic()
            stage.proxy.send_signal(signal.SIGTERM)
            self.assertEqual(0, stage.proxy.wait())
            self.assertTrue(0.8 < time.monotonic() - began < 5 * slowness())
            self.assertTrue(idle.ended())
        stage.proxy.wait_for_log("message", level="warning")

    def test_half_open_handshakes_do_not_keep_it(self):
        stage = self.start(limits='handshake_timeout = "2s"')
        waiting = [socket.create_connection(stage.address, timeout=5) for _ in range(20)]
        began = time.monotonic()
        self.assert_ends(stage, 0, 20)
        self.assertLess(time.monotonic() - began, 5 * slowness())
        for connection in waiting:
            connection.close()

    def test_reload_during_drain_does_no_harm(self):
        """ghostunnel 1.11.1: SIGHUP during a drain killed the process."""
        stage = self.start()
        stage.cse.control("/delay?ms=800")
        with stage.certificate() as connection:
            connection.send(connection.encode(origin="Cdemo"))
            wait_until(lambda: stage.cse.stats()["requests"] >= 1, 10, "the request to reach the CSE")
            stage.proxy.send_signal(signal.SIGTERM)
            for _ in range(20):
                stage.proxy.send_signal(signal.SIGHUP)
            self.assertEqual(200, connection.read().status)
        self.assertEqual(0, stage.proxy.wait())

    def test_no_request_is_lost_under_load(self):
        """What a client has been able to send on a connection that it was not told to close is answered."""
        stage = self.start()
        lost, answered, go = [], [0], threading.Event()

        def client():
            context = stage.pki.context("ae-c")
            connection = clients.http(clients.TlsChannel(stage.address, context))
            last = None
            try:
                go.set()
                while True:
                    got = connection.request(origin="Cdemo")
                    answered[0] += 1
                    if got.status != 200:
                        lost.append(got)
                    last = got.header("Connection")
                    if last == "close":
                        return
            except (ConnectionEnded, OSError) as error:
                lost.append((last, repr(error)))
            finally:
                connection.close()

        threads = [threading.Thread(target=client) for _ in range(12)]
        for thread in threads:
            thread.start()
        wait_until(lambda: answered[0] > 200, 20, "load")
        stage.proxy.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(20)
        self.assertEqual([], lost)
        self.assertEqual(0, stage.proxy.wait())


if __name__ == "__main__":
    main()
