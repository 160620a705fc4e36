#!/usr/bin/env python3
"""Promise: an association outlives neither its certificate nor what is configured.

Spec: TS-0003 8.1.2.2 (validity); design invariant 7
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.short_lived import ShortLived  # noqa: E402


class Lifetime(StageCase):
    STAGE = {"limits": 'session_lifetime = "2s"'}

    def test_an_idle_session_ends(self):
        for connect, origin in ((self.stage.certificate, "Cdemo"), (self.stage.psk, "Cpsk")):
            mark = self.proxy.mark()
            with connect() as connection:
                began = time.monotonic()
                self.assert_answer(connection.request(origin=origin), 200, 2000)
                self.assertTrue(connection.ended(8))
                self.assertTrue(0.8 < time.monotonic() - began < 5 * slowness())
            self.proxy.wait_for_log("association_end", mark, reason="lifetime")

    def test_a_busy_session_ends_too(self):
        with self.stage.certificate() as connection:
            began = time.monotonic()
            try:
                while time.monotonic() - began < 8 * slowness():
                    got = connection.request(origin="Cdemo")
                    self.assertIn((got.status, got.rsc), ((200, 2000), (403, 4107), (403, 4106)))
            except (ConnectionEnded, OSError):
                pass
            self.assertLess(time.monotonic() - began, 6 * slowness())
        self.proxy.wait_for_log("association_end", self.mark, reason="lifetime")


class CertificateExpiry(StageCase):
    """A certificate that ends in a few seconds: its session ends with it."""

    def connect(self):
        return self.short.connect(self.stage.address)

    def test_ends_its_session(self):
        self.short = ShortLived()
        self.proxy.reload(self.stage.text(trust=self.short.trust, certificates=self.short.certificates))
        with self.connect() as connection:
            self.assert_answer(connection.request(origin="Cshort"), 200, 2000)
            self.assertTrue(connection.ended(12))
        self.proxy.wait_for_log("association_end", self.mark, reason="lifetime")

        def refused():
            try:
                with self.connect() as connection:
                    self.assert_answer(connection.request(origin="Cshort"), 200, 2000)  # its last second is not over
                    return False
            except (clients.TlsRefused, OSError, ConnectionEnded):
                return True

        wait_until(refused, 5, "handshakes to be refused")
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="certificate_expired")


class Idle(StageCase):
    STAGE = {"limits": 'idle_timeout = "1s"'}

    def test_each_request_begins_it_anew(self):
        with self.stage.certificate() as connection:
            for _ in range(4):
                self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
                time.sleep(0.6)  # shorter than the limit, longer in sum
            self.assertTrue(connection.ended(5))
        self.proxy.wait_for_log("association_end", self.mark, reason="idle")

    def test_a_slow_cse_is_no_idle_client(self):
        self.cse.control("/delay?ms=1500")
        with self.stage.certificate() as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)


class TheClientEnds(StageCase):
    def test_close_notify_or_not_everything_is_given_back(self):
        for n in range(20):
            connection = self.stage.certificate()
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            if n % 2:
                connection.channel.socket.unwrap()
            connection.close()
        wait_until(lambda: self.proxy.metrics().sum("associations_open") == 0, 10, "all associations to end")

    def test_in_the_middle_of_an_answer(self):
        self.cse.control("/delay?ms=300")
        for _ in range(10):
            connection = self.stage.certificate()
            connection.send(connection.encode(origin="Cdemo"))
            connection.close()
        wait_until(lambda: self.proxy.metrics().sum("associations_open") == 0, 10, "all associations to end")
        self.cse.control("/delay?ms=0")
        self.a_good_client_is_served()


if __name__ == "__main__":
    main()
