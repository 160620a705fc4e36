#!/usr/bin/env python3
"""Promise: a handshake may end, stall or turn into anything at any byte: the next client is served at once, and nothing stays behind.

Spec: design 4 (timers), 6; RFC 5246 6.2, 7.4
"""
import os
import pathlib
import random
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import raw_tls  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402

HELLO = raw_tls.client_hello(raw_tls.PSK_SUITES)
KNOWN = b"ae-psk@sp.example.com"


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Cut(StageCase):
    def connect(self):
        return socket.create_connection(self.stage.address, timeout=10 * slowness())

    def assert_all_gone(self):
        wait_until(lambda: self.proxy.metrics().sum("connections_open") == 0, 15, "all connections to end")
        metrics = self.proxy.metrics()
        self.assertEqual(0, metrics.sum("handshakes_pending"))
        self.assertEqual(0, metrics.sum("associations_open"))

    def test_client_hello_cut_at_every_byte(self):
        for end in (socket.socket.close, reset):
            for size in range(len(HELLO) + 1):
                connection = self.connect()
                connection.sendall(HELLO[:size])
                end(connection)
        self.a_good_client_is_served()
        self.assert_all_gone()

    def test_second_flight_cut_at_every_byte(self):
        flight = raw_tls.last_psk_flight(KNOWN)
        for size in range(len(flight)):
            with self.connect() as connection:
                tls = raw_tls.RawTls(connection)
                tls.send(raw_tls.client_hello(raw_tls.PSK_SUITES))
                tls.read_server_flight()
                tls.send(flight[:size])
                if size % 2:
                    reset(connection)
        self.a_good_client_is_served()
        self.assert_all_gone()

    def test_half_closed_at_every_eighth_byte(self):
        for size in range(0, len(HELLO), 8):
            with self.connect() as connection:
                connection.sendall(HELLO[:size])
                connection.shutdown(socket.SHUT_WR)
                self.assertIn(raw_tls.RawTls(connection).read_to_end()[:1], (b"", b"\x15"))
        self.assert_all_gone()

    def test_client_hello_in_single_bytes_is_read_all_the_same(self):
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(HELLO)):
                connection.sendall(HELLO[at: at + 1])
            raw_tls.RawTls(connection).read_server_flight()

    def test_client_hello_in_records_of_few_bytes_is_read_all_the_same(self):
        body = raw_tls.message(raw_tls.CLIENT_HELLO, raw_tls.client_hello_body(raw_tls.PSK_SUITES))
        for size in (1, 3, 4, 5, 64):
            with self.connect() as connection:
                tls = raw_tls.RawTls(connection)
                tls.send(raw_tls.records(raw_tls.HANDSHAKE, body, size))
                found = tls.read_record()
                self.assertIsNotNone(found, size)
                self.assertIn(found[0], (raw_tls.HANDSHAKE, raw_tls.ALERT))

    def test_every_bit_of_the_hello_flipped(self):
        for position in range(0, len(HELLO) * 8, 3):
            damaged = bytearray(HELLO)
            damaged[position // 8] ^= 1 << position % 8
            with self.connect() as connection:
                connection.sendall(bytes(damaged))
                connection.shutdown(socket.SHUT_WR)
                raw_tls.RawTls(connection).read_to_end()
        self.a_good_client_is_served()
        self.assert_all_gone()


GARBAGE = [
    ("http", b"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: CAdmin\r\n\r\n", "not_tls"),
    ("ssh", b"SSH-2.0-OpenSSH_9.2\r\n", "not_tls"),
    ("zeros", bytes(2000), "not_tls"),
    ("ones", b"\xff" * 2000, "not_tls"),
    ("sslv2_hello", b"\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10" + bytes(40), "not_tls"),
    ("proxy_protocol", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + HELLO, "not_tls"),
    ("alert_first", raw_tls.record(raw_tls.ALERT, b"\x02\x28"), None),
    ("application_data_first", raw_tls.record(raw_tls.APPLICATION_DATA, b"GET / HTTP/1.1\r\n\r\n"), None),
    ("change_cipher_spec_first", raw_tls.record(raw_tls.CHANGE_CIPHER_SPEC, b"\x01"), None),
    ("unknown_record", raw_tls.record(99, b"abc"), None),
    ("record_of_65535", b"\x16\x03\x03\xff\xff" + bytes(65535), None),
    ("empty_records", raw_tls.record(raw_tls.HANDSHAKE, b"") * 1000, None),
    ("finished_first", raw_tls.record(raw_tls.HANDSHAKE, raw_tls.message(raw_tls.FINISHED, bytes(12))), None),
    ("hello_of_16_mib", raw_tls.record(raw_tls.HANDSHAKE, b"\x01\xff\xff\xff" + bytes(16000)) + raw_tls.record(raw_tls.HANDSHAKE, bytes(16384)) * 20, None),
    ("no_suites", raw_tls.client_hello(()), None),
    ("unknown_suites", raw_tls.client_hello((0x1301, 0x0A0A, 0xFFFF)), None),
    ("thousand_suites", raw_tls.client_hello(range(0xE000, 0xE400)), "no_shared_suite"),
    ("server_name_of_60_kb", raw_tls.client_hello(raw_tls.PSK_SUITES, server_name=b"a" * 60000), None),
    ("server_name_with_nul", raw_tls.client_hello(raw_tls.PSK_SUITES, server_name=b"cse1\0.sp.example.com"), None),
    ("extension_twice", raw_tls.client_hello(raw_tls.PSK_SUITES, more=raw_tls.extension(23, b"") * 2), None),
    ("extension_too_long", raw_tls.client_hello(raw_tls.PSK_SUITES, more=b"\x00\x05\xff\xff"), None),
    ("many_extensions", raw_tls.client_hello(raw_tls.PSK_SUITES, more=b"".join(raw_tls.extension(0x2000 + i, b"x") for i in range(3000))), None),
    ("two_hellos", HELLO + HELLO, None),
    ("hello_then_application_data", HELLO + raw_tls.record(raw_tls.APPLICATION_DATA, b"GET / HTTP/1.1\r\n\r\n"), None),
    ("hello_then_finished", HELLO + raw_tls.record(raw_tls.HANDSHAKE, raw_tls.message(raw_tls.FINISHED, bytes(12))), None),
    ("hello_then_change_cipher_spec", HELLO + raw_tls.record(raw_tls.CHANGE_CIPHER_SPEC, b"\x01") + raw_tls.record(raw_tls.HANDSHAKE, bytes(80)), None),
    ("hello_then_alerts", HELLO + raw_tls.record(raw_tls.ALERT, b"\x01\x5a") * 200, None),
    ("hello_then_fatal_alert", HELLO + raw_tls.record(raw_tls.ALERT, b"\x02\x28"), "peer_alert"),
]


@expand(GARBAGE)
class Garbage(StageCase):
    STAGE = {"limits": 'handshake_timeout = "1500ms"'}

    def check(self, data, reason):
        with socket.create_connection(self.stage.address, timeout=10 * slowness()) as connection:
            own = connection.getsockname()
            try:
                connection.sendall(data)
            except (ConnectionResetError, BrokenPipeError):
                pass
            # Closed at the latest when the handshake has taken too long.
            raw_tls.RawTls(connection).read_to_end(6)
        line = self.proxy.wait_for_log("handshake_failed", self.mark)
        if reason:
            self.assertEqual(reason, line["reason"])
        self.assertEqual(line["peer"], "%s:%d" % own)
        self.assertEqual([], self.proxy.log("association", self.mark, peer=line["peer"]))
        self.assert_nothing_forwarded()
        self.a_good_client_is_served()


class RandomGarbage(StageCase):
    def test_five_hundred_random_connections(self):
        seed = random.Random(20240817)
        for n in range(500):
            data = seed.randbytes(seed.randrange(1, 600))
            if n % 2:
                data = raw_tls.record(raw_tls.HANDSHAKE, data)
            with socket.create_connection(self.stage.address, timeout=10) as connection:
                try:
                    connection.sendall(HELLO + data if n % 3 == 0 else data)
                    connection.shutdown(socket.SHUT_WR)
                    raw_tls.RawTls(connection).read_to_end()
                except OSError:
                    pass
        self.a_good_client_is_served()
        wait_until(lambda: self.proxy.metrics().sum("connections_open") == 0, 15, "all connections to end")


class Stalled(StageCase):
    """Time runs from the first byte, whatever drips in later."""

    STAGE = {"limits": 'handshake_timeout = "1s"'}

    def drip(self, data, begin=b"", flight=False):
        with socket.create_connection(self.stage.address, timeout=10) as connection:
            connection.sendall(begin)
            if flight:
                raw_tls.RawTls(connection).read_server_flight()
            began = time.monotonic()
            connection.settimeout(0.05)
            for at in range(len(data)):
                try:
                    connection.sendall(data[at: at + 1])
                    if not connection.recv(1):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
                else:
                    break
            return time.monotonic() - began

    def assert_cut_in_time(self, took):
        self.assertLess(took, 3 * slowness())
        self.assertGreater(took, 0.5)
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="timeout")

    def test_nothing_at_all(self):
        with socket.create_connection(self.stage.address, timeout=5 * slowness()) as connection:
            began = time.monotonic()
            raw_tls.RawTls(connection).read_to_end(5)
            self.assert_cut_in_time(time.monotonic() - began)

    def test_hello_drips(self):
        self.assert_cut_in_time(self.drip(HELLO))

    def test_second_flight_drips(self):
        self.assert_cut_in_time(self.drip(raw_tls.last_psk_flight(KNOWN), HELLO, True))

    def test_others_are_served_meanwhile(self):
        waiting = [socket.create_connection(self.stage.address, timeout=5) for _ in range(50)]
        for connection in waiting:
            connection.sendall(HELLO[: os.urandom(1)[0] % len(HELLO)])
        began = time.monotonic()
        self.a_good_client_is_served()
        self.assertLess(time.monotonic() - began, 1 * slowness())
        for connection in waiting:
            connection.close()


if __name__ == "__main__":
    main()
