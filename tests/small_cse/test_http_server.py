"""What the small CSE promises as an HTTP server: framing, recording, failures on demand, imitation of real CSEs."""

import base64
import json
import os
import socket
import tempfile
import time
import unittest

from peer import Client, Receiver, SmallCse, ask, register, request

GET = request("GET", "/cse-in")
CHUNKED = ("Content-Type: application/json;ty=2", "Transfer-Encoding: chunked")
CREATE_AE = {"m2m:ae": {"api": "Na", "rr": True}}


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("did not happen within 10 s")


def is_gone(client):
    """The connection ends, by close or reset, without another byte."""
    try:
        return client.rest() == b""
    except ConnectionResetError:
        return True


class SharedCse(unittest.TestCase):
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.cse = cls.enterClassContext(SmallCse(*cls.arguments))

    def setUp(self):
        self.cse.reset()


class Framing(SharedCse):
    def test_connection_is_kept_and_pipelined_requests_are_answered_in_order(self):
        with Client(self.cse.port) as client:
            client.send(b"".join(GET.replace(b"r1", b"r%d" % number) for number in range(50)))
            for number in range(50):
                self.assertEqual(client.reply().fields["x-m2m-ri"], f"r{number}")
        self.assertEqual((self.cse.stats()["connections"], self.cse.stats()["requests"]), (1, 50))

    def test_request_may_arrive_byte_by_byte(self):
        whole = request("POST", "/cse-in", "C", 2, CREATE_AE)
        with Client(self.cse.port) as client:
            client.send(*(bytes((byte,)) for byte in whole))
            self.assertEqual(client.reply().rsc, 2001)
        self.assertEqual(self.cse.recorded()[-1]["raw"], whole)

    def test_chunked_body_is_understood_and_recorded_with_its_framing(self):
        body = json.dumps(CREATE_AE).encode()
        head = request("POST", "/cse-in", "C", headers=CHUNKED)
        whole = head + b"5;a=b\r\n" + body[:5] + b"\r\n%X\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\nX-T: 1\r\n\r\n"
        with Client(self.cse.port) as client:
            client.send(*(bytes((byte,)) for byte in whole), GET)
            self.assertEqual(client.reply().rsc, 2001)
            self.assertEqual(client.reply().rsc, 2000)
        first = self.cse.recorded()[0]
        self.assertEqual((first["raw"], first["body"]), (whole, body))

    def test_expectation_is_answered_before_the_body(self):
        whole = request("POST", "/cse-in", "C", 2, CREATE_AE, headers=("Expect: 100-continue",))
        head, _, body = whole.partition(b"\r\n\r\n")
        with Client(self.cse.port) as client:
            client.send(head + b"\r\n\r\n")
            self.assertEqual(client.head()[0], 100)
            client.send(body)
            self.assertEqual(client.reply().rsc, 2001)

    def test_what_is_no_request_gets_400_with_a_response_status_code_and_a_close(self):
        origin = b"Host: a\r\nX-M2M-RI: 1\r\nX-M2M-Origin: CAdmin\r\n"
        get = b"GET /cse-in HTTP/1.1\r\n" + origin
        rows = {
            "text": b"hello\r\n\r\n",
            "tls": b"\x16\x03\x01\x00\xa5\x01\x00",
            "lf only": b"GET / HTTP/1.1\nHost: a\n\n",
            "no host": b"GET / HTTP/1.1\r\n\r\n",
            "two spaces": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
            "no colon": get + b"X-M2M-Origin CAdmin\r\n\r\n",
            "space before colon": get + b"X-A : b\r\n\r\n",
            "fold": get + b"X-A: b\r\n c\r\n\r\n",
            "bare lf": get + b"X-A: b\nX-M2M-Origin: CAdmin\r\n\r\n",
            "bare cr": get + b"X-A: b\rX-M2M-Origin: CAdmin\r\n\r\n",
            "nul": get + b"X-A: b\0\r\n\r\n",
            "both lengths": get + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "two lengths": get + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
            "signed length": get + b"Content-Length: +5\r\n\r\nabcde",
            "bad chunk size": get + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n",
            "overrun chunk": get + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcdef\r\n0\r\n\r\n",
        }
        for name, data in rows.items():
            with self.subTest(name), Client(self.cse.port) as client:
                client.send(data)
                reply = client.reply()
                self.assertEqual((reply.status, reply.rsc), (400, 4000))
                self.assertIsNone(client.reply())
                self.assertEqual(self.cse.recorded()[-1]["raw"], data)
                self.assertFalse(self.cse.recorded()[-1]["complete"])

    def test_sizes_are_bounded(self):
        rows = (
            (b"GET /" + b"a" * 40_000, 431),
            (request("GET", "/", headers=[f"X-{number}: a" for number in range(200)]), 431),
            (request("POST", "/cse-in", headers=("Content-Length: 99999999",)), 413),
            (request("POST", "/cse-in", headers=("Transfer-Encoding: chunked",)) + b"fffffff\r\n", 413),
            (request("POST", "/cse-in", headers=("Transfer-Encoding: gzip",)), 501),
            (request("POST", "/cse-in", headers=("Expect: a-miracle", "Content-Length: 3")), 417),
            (GET.replace(b"HTTP/1.1", b"HTTP/2.0"), 505),
        )
        for data, status in rows:
            with self.subTest(status=status, data=data[:30]), Client(self.cse.port) as client:
                client.send(data)
                self.assertEqual((client.reply().status, client.reply()), (status, None))

    def test_close_is_honoured(self):
        for data in (request("GET", "/cse-in", headers=("Connection: close",)), GET.replace(b"HTTP/1.1", b"HTTP/1.0")):
            with Client(self.cse.port) as client:
                client.send(data)
                self.assertEqual(client.reply().fields["connection"], "close")
                self.assertIsNone(client.reply())

    def test_peer_that_sends_no_more_still_gets_its_answer(self):
        for delay in (0, 30):
            self.cse.control(f"/delay?ms={delay}")
            with Client(self.cse.port) as client:
                client.send(GET)
                client.socket.shutdown(socket.SHUT_WR)
                self.assertEqual(client.reply().rsc, 2000)
                self.assertIsNone(client.reply())

    def test_peer_that_does_not_read_is_not_served_without_bound(self):
        with Client(self.cse.port) as client:
            client.socket.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                client.send(*[GET * 1000] * 1000)
            self.assertLess(self.cse.stats()["requests"], 100_000)

    def test_head_request_is_refused_without_a_body(self):
        with Client(self.cse.port) as client:
            client.send(request("HEAD", "/cse-in"), GET)
            self.assertEqual(client.reply().status, 405)
            self.assertEqual(client.reply().rsc, 2000)

    def test_interrupted_request_is_recorded_as_incomplete(self):
        with Client(self.cse.port) as client:
            client.send(GET[:40])
        wait_until(self.cse.recorded)
        record = self.cse.recorded()[0]
        self.assertEqual((record["raw"], record["complete"], record["method"]), (GET[:40], False, None))


class Recording(unittest.TestCase):
    def test_file_holds_exact_bytes_before_the_answer_is_out(self):
        whole = request("GET", "/cse-in?rcn=1", headers=("x-M2m-ODD:  v ", "X-A: 1", "X-A: 2"))
        with tempfile.TemporaryDirectory() as folder, SmallCse("--record", folder) as cse:
            with Client(cse.port) as client:
                client.send(whole)
                client.reply()
                with open(os.path.join(folder, "requests.jsonl"), encoding="ascii") as file:
                    record = json.loads(file.readline())
        self.assertEqual(base64.b64decode(record["raw"]), whole)
        self.assertEqual((record["seq"], record["connection"], record["complete"], record["error"]), (1, 1, True, None))
        self.assertEqual((record["method"], record["target"], record["version"]), ("GET", "/cse-in?rcn=1", "HTTP/1.1"))
        self.assertEqual(record["headers"][3:6], [["x-M2m-ODD", "v"], ["X-A", "1"], ["X-A", "2"]])

    def test_memory_can_be_read_from_a_number_on_and_forgotten(self):
        with SmallCse() as cse:
            for _ in range(3):
                ask(cse, "GET", "/cse-in")
            self.assertEqual([record["seq"] for record in cse.recorded(since=1)], [2, 3])
            cse.reset()
            self.assertEqual((cse.recorded(), cse.stats()["requests"]), ([], 0))


class FailureModes(SharedCse):
    def answer_bytes(self):
        with Client(self.cse.port) as client:
            client.send(GET)
            return client.rest()

    def test_refuse_closes_everything_and_none_opens_the_same_port_again(self):
        with Client(self.cse.port) as client:
            self.assertEqual(client.ask("GET", "/cse-in").rsc, 2000)
            self.cse.fail("refuse")
            self.assertTrue(is_gone(client))
        with self.assertRaises(ConnectionRefusedError):
            ask(self.cse, "GET", "/cse-in")
        self.cse.fail("none")
        self.assertEqual(ask(self.cse, "GET", "/cse-in").rsc, 2000)

    def test_hang_reads_and_never_answers(self):
        self.cse.fail("hang", count=1)
        with Client(self.cse.port) as client:
            client.send(GET)
            wait_until(lambda: self.cse.stats()["requests"] == 1)
            client.socket.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                client.reply()
        self.assertEqual(ask(self.cse, "GET", "/cse-in").rsc, 2000)

    def test_cut_answers_end_early(self):
        whole = self.whole_answer()
        for mode in ("cut-head", "cut-body"):
            self.cse.fail(mode)
            data = self.answer_bytes()
            self.assertTrue(data and whole.startswith(data) and len(data) < len(whole), (mode, data))
            self.assertEqual(b"\r\n\r\n" in data, mode == "cut-body")

    def whole_answer(self):
        self.cse.fail("close-after-answer", count=1)
        return self.answer_bytes()

    def test_answer_without_length_ends_with_the_connection(self):
        self.cse.fail("no-length")
        head, _, body = self.answer_bytes().partition(b"\r\n\r\n")
        self.assertNotIn(b"ength", head)
        self.assertEqual(list(json.loads(body)), ["m2m:cb"])

    def test_answers_with_odd_framing_leave_the_connection_usable(self):
        for mode in ("chunked", "slow-body", "slow-head", "huge-header", "interim", "no-rsc", "wrong-ri"):
            self.cse.fail(mode, count=1, ms=0, size=100_000)
            with self.subTest(mode), Client(self.cse.port) as client:
                client.send(GET)
                if mode == "interim":
                    self.assertEqual([client.head()[0], client.head()[0]], [100, 103])
                reply = client.reply()
                self.assertEqual((reply.status, list(reply.json)), (200, ["m2m:cb"]))
                self.assertEqual(reply.fields.get("x-m2m-rsc"), None if mode == "no-rsc" else "2000")
                self.assertEqual(reply.fields["x-m2m-ri"] == "r1", mode != "wrong-ri")
                self.assertEqual(client.ask("GET", "/cse-in").rsc, 2000)

    def test_surplus_bytes_follow_the_body(self):
        self.cse.fail("surplus", close=1)
        data = self.answer_bytes()
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.rpartition(b"Content-Length: ")[2])
        self.assertEqual(body[length:], b"\r\n")

    def test_smuggle_hides_a_second_answer(self):
        self.cse.fail("smuggle", count=1)
        with Client(self.cse.port) as client:
            client.send(GET)
            reply = client.reply()
        self.assertIn("transfer-encoding", reply.fields)
        self.assertIn(b"X-Smuggled: yes", reply.body)

    def test_early_answer_comes_before_the_body(self):
        self.cse.fail("early", count=1)
        head, _, body = request("POST", "/cse-in", "C", 2, CREATE_AE).partition(b"\r\n\r\n")
        with Client(self.cse.port) as client:
            client.send(head + b"\r\n\r\n")
            self.assertEqual(client.reply().status, 400)
            client.send(body)
            self.assertEqual(client.ask("GET", "/cse-in").rsc, 2000)
        self.assertEqual([record["body"] for record in self.cse.recorded()], [body, b""])

    def test_kept_connections_can_vanish(self):
        with Client(self.cse.port) as client:
            client.ask("GET", "/cse-in")
            self.cse.fail("drop-idle", ms=1)
            self.assertTrue(is_gone(client))
        with Client(self.cse.port) as client:
            self.assertNotIn("connection", client.ask("GET", "/cse-in").fields)
            self.assertIsNone(client.reply())
        self.cse.fail("reset-reused")
        with Client(self.cse.port) as client:
            self.assertEqual(client.ask("GET", "/cse-in").rsc, 2000)
            with self.assertRaises(ConnectionResetError):
                client.ask("GET", "/cse-in")

    def test_garbage_is_no_http(self):
        self.cse.fail("garbage")
        self.assertFalse(self.answer_bytes().startswith(b"HTTP"))

    def test_unknown_mode_is_refused(self):
        with self.assertRaises(ValueError):
            self.cse.fail("nonsense")

    def test_delay_holds_answers_back(self):
        self.cse.control("/delay?ms=80")
        start = time.monotonic()
        self.assertEqual(ask(self.cse, "GET", "/cse-in").rsc, 2000)
        self.assertGreaterEqual(time.monotonic() - start, 0.08)


class NoKeepAlive(unittest.TestCase):
    def test_every_answer_ends_the_connection(self):
        with SmallCse("--no-keep-alive") as cse, Client(cse.port) as client:
            client.send(GET + GET)
            self.assertEqual(client.reply().fields["connection"], "close")
            self.assertIsNone(client.reply())
            self.assertEqual(cse.stats()["requests"], 1)


class TinyIot(SharedCse):
    arguments = ("--quirks", "tinyiot")

    def whole(self, data):
        with Client(self.cse.port) as client:
            client.send(data)
            return client.rest()

    def test_answer_closes_and_carries_surplus_bytes_and_doubles(self):
        head, _, body = self.whole(GET).partition(b"\r\n\r\n")
        self.assertIn(b"Connection: Close", head)
        self.assertEqual(int(head.rpartition(b"Content-Length: ")[2]) + 2, len(body))
        self.assertTrue(body.endswith(b"\r\n"))
        self.assertIn(b'"ty":5.0', body)

    def test_answer_without_body_has_no_length(self):
        register(self.cse, "Cdel")
        data = self.whole(request("DELETE", "/Cdel", "Cdel"))
        self.assertNotIn(b"Content-Length", data)
        self.assertTrue(data.endswith(b"\r\n\r\n"))

    def test_what_kills_it_is_counted_and_drops_the_connection(self):
        ae = request("POST", "/cse-in", "//sp.example.com/cse1/Cabs", 2, CREATE_AE)
        rows = {
            "head in two segments": GET[:30],
            "method": request("HEAD", "/cse-in"),
            "absolute originator": ae,
            "overlong id": GET.replace(b"r1", b"r" * 150),
            "empty last value": GET[:-2] + b"X-A:\r\n\r\n",
        }
        for number, (name, data) in enumerate(rows.items(), 1):
            with self.subTest(name):
                with Client(self.cse.port) as client:
                    client.send(data)
                    self.assertTrue(is_gone(client))
                self.assertEqual(self.cse.stats()["crashes"], number)

    def test_originators_are_treated_as_it_does(self):
        rows = ((None, 4000, None), ("cse1", 4107, None), ("/cse1/Cown", 2001, False), ("Cown2", 2001, True))
        for originator, rsc, kept in rows:
            with self.subTest(originator=originator):
                reply = ask(self.cse, "POST", "/cse-in", originator, 2, CREATE_AE)
                self.assertEqual(reply.rsc, rsc)
                if kept is not None:
                    self.assertEqual(reply.json["m2m:ae"]["aei"] == originator, kept)

    def test_tricks_that_slip_past_a_naive_proxy_work_here(self):
        register(self.cse, "Cvictim")
        plain = request("GET", "/Cvictim", "Cother")
        self.assertIn(b"X-M2M-RSC: 4103", self.whole(plain))
        other = b"X-M2M-Origin: Cother\r\n"
        for trick in (
            b"X-M2M-Origin CAdmin\r\n" + other,
            b"X-A: a\nX-M2M-Origin: CAdmin\r\n" + other,
            b"X-A: a\rX-M2M-Origin: CAdmin\r\n" + other,
            b"X-A:\r\n" + other + b"X-M2M-Origin: CAdmin\r\n",
        ):
            with self.subTest(trick=trick):
                self.assertIn(b"X-M2M-RSC: 2000", self.whole(plain.replace(other, trick)))

    def test_chunks_and_bodies_in_pieces_are_not_understood(self):
        create = request("POST", "/cse-in", "Cbody", 2, CREATE_AE)
        at = create.index(b"\r\n\r\n") + 4
        self.assertEqual(ask(self.cse, "GET", "/cse-in", headers=("X-A: b",)).rsc, 2000)
        with Client(self.cse.port) as client:
            client.send(create[: at + 5])
            wait_until(lambda: self.cse.stats()["requests"] == 2)
            self.assertEqual(client.reply().rsc, 4000)
        chunked = request("POST", "/cse-in", "Cbody", headers=CHUNKED)
        self.assertIn(b"X-M2M-RSC: 4000", self.whole(chunked + b"2\r\n{}\r\n0\r\n\r\n"))
        self.assertIn(b"X-M2M-RSC: 4000", self.whole(create + GET))

    def test_creation_waits_for_its_notification_and_verification_lacks_a_slash(self):
        with Receiver() as receiver:
            register(self.cse, "Cn", poa=[receiver.url()])
            ask(self.cse, "POST", "/Cn", "Cn", 3, {"m2m:cnt": {"rn": "c"}})
            content = {"m2m:sub": {"nu": [receiver.url("/direct")], "enc": {"net": [3]}, "rn": "s"}}
            self.assertEqual(ask(self.cse, "POST", "/Cn/c", "Cn", 23, content).rsc, 2001)
            line, fields, _ = receiver.next()
            self.assertEqual((line, fields["x-m2m-ri"]), ("POST cse-in/cn/c HTTP/1.1", "notify"))
            self.assertEqual(ask(self.cse, "POST", "/Cn/c", "Cn", 4, {"m2m:cin": {"con": "x"}}).rsc, 2001)
            self.assertEqual(receiver.arrived.get_nowait()[0], "POST /direct HTTP/1.1")


class Mobius(SharedCse):
    arguments = ("--quirks", "mobius")

    def test_header_names_are_lower_case_and_the_connection_is_kept(self):
        with Client(self.cse.port) as client:
            client.send(GET)
            self.assertIn("keep-alive", client.reply().fields)
            client.send(request("GET", "/cse-in", headers=("Connection: close",)))
            data = client.rest()
        self.assertIn(b"\r\nx-m2m-rsc: 2000\r\nx-m2m-ri: r1\r\n", data)

    def test_originator_is_needed_and_an_empty_one_means_s(self):
        self.assertEqual(ask(self.cse, "POST", "/cse-in", None, 2, CREATE_AE).rsc, 4000)
        self.assertEqual(ask(self.cse, "POST", "/cse-in", "", 2, CREATE_AE).json["m2m:ae"]["aei"][0], "S")

    def test_idle_connection_is_closed_after_five_seconds(self):
        with Client(self.cse.port) as client:
            client.ask("GET", "/cse-in")
            start = time.monotonic()
            self.assertIsNone(client.reply())
            self.assertGreater(time.monotonic() - start, 4.5)


if __name__ == "__main__":
    unittest.main()
