#!/usr/bin/env python3
"""Promise: the egress listener takes what CSEs send, with their habits, and leads nobody else anywhere: without a token nothing is dialled,
on a Unix socket only those who may connect are served, nothing is read two ways, and whoever asks is answered in time however many ask.

Spec: TS-0004 7.3.3.9.1; TS-0009 6; design invariants 3 and 10
"""
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import FULL, expand, main, raise_fd_limit  # noqa: E402
from saproxy.clients import PlainChannel  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.registree import CertificateRegistree, an_answer  # noqa: E402
from saproxy.sa2 import Sa2Case, egress_table  # noqa: E402
from saproxy.stage import scratch_folder  # noqa: E402

LIMITS = 'answer_timeout = "1500ms"\nmax_request = "64KiB"'
IN_TIME = 2.2


class EgressCase(Sa2Case):
    """One registree, Cdemo, whose request target at the egress is `local`."""

    STAGE = {"more": egress_table(more=LIMITS)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registree = CertificateRegistree(cls.pki).__enter__()
        cls.addClassCleanup(cls.registree.stop)
        with cls.stage.certificate("ae-c") as connection:
            case = cls("run")
            case.register(connection, "Cdemo", cls.registree, "ae1")
            cls.local = case.target("ae1")

    def setUp(self):
        super().setUp()
        self.registree.answer = an_answer
        while not self.registree.requests.empty():
            self.registree.requests.get()

    def raw(self, data, seconds=10):
        """Bytes to the egress; its answer."""
        with self.as_cse() as connection:
            connection.send(data)
            return connection.read(seconds)

    def assert_nothing_reached(self):
        self.assertTrue(self.registree.requests.empty(), self.registree.requests.queue)


# -- habits of CSEs -------------------------------------------------------------------------------------------------------


@expand([
    ("as it was given", "", "/"),
    ("with a slash behind it", "/", "/"),
    ("ACME appends the target", "/Cdemo", "/Cdemo"),
    ("ACME appends a CSE relative target", "/~/cse1/Cdemo", "/~/cse1/Cdemo"),
    ("Mobius4 appends a structured target", "/mn/ae1", "/mn/ae1"),
    ("a query", "?ct=json", "/?ct=json"),
    ("a query behind a suffix", "/a?b=c&d=/../e", "/a?b=c&d=/../e"),
    ("a slash in the suffix that is escaped", "/a%2fb", "/a%2fb"),
])
class Targets(EgressCase):
    def check(self, suffix, path):
        for local in (self.local + suffix, f"http://127.0.0.1:{self.proxy.endpoint('egress')[1]}{self.local}{suffix}"):
            request = self.assert_served(local, self.registree)
            self.assertEqual(f"POST {path} HTTP/1.1", request.line)

    def test_without_a_slash_before_it(self):
        """tinyIoT writes it so in the verification request."""
        self.assert_served(self.local[1:], self.registree)

    def test_the_path_of_the_point_of_access_stays(self):
        with CertificateRegistree(self.pki, "ae-s") as registree, self.stage.certificate("ae-s") as connection:
            self.register(connection, "Sdemo", [registree.poa + "/deep/er"], "ae2")
            target = self.target("ae2")
            for suffix, path in (("", "/deep/er"), ("/", "/deep/er"), ("/x", "/deep/er/x"), ("?a=b", "/deep/er?a=b")):
                self.assertEqual(f"POST {path} HTTP/1.1", self.assert_served(target + suffix, registree).line)
            self.deregister(connection, "Sdemo", "ae2")


def request(target, body=b"{}", more=b"", method=b"POST", length=None):
    return (method + b" " + target.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nX-M2M-Origin: /cse1\r\nX-M2M-RI: r1\r\nX-M2M-RVI: 3\r\n"
            b"Content-Type: application/json\r\n" + more + b"Content-Length: %d\r\n\r\n" % (len(body) if length is None else length) + body)


class Requests(EgressCase):
    def test_what_the_registree_gets(self):
        more = b"".join(b"%b: x\r\n" % name for name in (
            b"Keep-Alive", b"Proxy-Connection", b"X-M2M-SA-Entity", b"x-m2m-sa-saef", b"Client-Cert", b"Accept-Encoding", b"X-M2M-RTV"))
        self.assert_answer(self.raw(request(self.local, b"hello", more)), 200, 2000)
        received = self.registree.next()
        self.assertEqual(b"hello", received.body)
        fields = received.fields
        self.assertEqual(f"127.0.0.1:{self.registree.port}", fields.pop("host"))
        self.assertEqual({"x-m2m-origin": "/cse1", "x-m2m-ri": "r1", "x-m2m-rvi": "3", "content-type": "application/json", "x-m2m-rtv": "x",
                          "content-length": "5"}, fields)

    def test_every_method(self):
        for method in ("GET", "POST", "PUT", "DELETE"):
            with self.as_cse() as connection:
                self.assert_answer(connection.request(method, self.local, origin="/cse1"), 200, 2000)
            self.assertEqual(f"{method} / HTTP/1.1", self.registree.next().line)

    def test_methods_that_are_none_of_onem2m(self):
        for method in (b"CONNECT", b"HEAD", b"OPTIONS", b"TRACE", b"PATCH", b"PROPFIND", b"BREW"):
            with self.subTest(method=method):
                self.assert_answer(self.raw(request(self.local, method=method)), 400, 4000)
        self.assert_nothing_reached()

    def test_connect_is_refused(self):
        for target in (f"127.0.0.1:{self.registree.port}", "127.0.0.1:1", "example.com:443"):
            answer = self.raw(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            self.assert_answer(answer, 400, 4000)
        self.assert_nothing_reached()

    def test_keep_alive(self):
        with self.as_cse() as connection:
            for number in range(5):
                body = f"{number}".encode()
                self.assert_answer(connection.request("POST", self.local, origin="/cse1", body=body), 200, 2000)
                self.assertEqual(body, self.registree.next().body)

    def test_a_second_request_in_one_piece_is_not_read(self):
        """Whoever sends it repeats it on a new connection: it is told that this one ends."""
        with self.as_cse() as connection:
            connection.send(request(self.local, b"one") + request(self.local, b"two"))
            answer = connection.read()
            self.assert_answer(answer, 200, 2000)
            self.assertEqual("close", answer.header("Connection"))
            self.assertEqual(b"one", self.registree.next().body)
            self.assertTrue(connection.ended())
        self.assert_nothing_reached()

    def test_a_second_request_while_the_first_waits_is_not_read(self):
        answers = threading.Event()

        def answer(request):
            answers.wait(10)
            return an_answer(request)

        self.registree.answer = answer
        with self.as_cse() as connection:
            connection.send(request(self.local, b"one"))
            self.registree.next()
            connection.send(request(self.local, b"two"))
            answers.set()
            answer = connection.read()
            self.assertEqual((200, "close"), (answer.status, answer.header("Connection")))
            self.assertTrue(connection.ended())
        self.assert_nothing_reached()

    def test_surplus_is_not_read_as_a_request(self):
        """Mobius counts characters where it should count bytes."""
        with self.as_cse() as connection:
            connection.send(request(self.local, '{"con":"é"}'.encode(), length=11))
            answer = connection.read()
            self.assertEqual((200, "close"), (answer.status, answer.header("Connection")))
            self.assertEqual('{"con":"é"'.encode(), self.registree.next().body)
            self.assertTrue(connection.ended())

    def test_interim_answer(self):
        with self.as_cse() as connection:
            head, _, body = request(self.local, b"hello", b"Expect: 100-continue\r\n").partition(b"\r\n\r\n")
            connection.send(head + b"\r\n\r\n")
            self.assertEqual(100, connection.read_interim().status)
            connection.send(body)
            self.assert_answer(connection.read(), 200, 2000)
        self.assertEqual(b"hello", self.registree.next().body)

    def test_in_single_bytes(self):
        with self.as_cse() as connection:
            for byte in request(self.local, b"hello"):
                connection.send(bytes([byte]))
            self.assert_answer(connection.read(), 200, 2000)
        self.assertEqual(b"hello", self.registree.next().body)

    def test_chunks(self):
        with self.as_cse() as connection:
            answer = connection.request("POST", self.local, origin="/cse1", body=[b"he", b"llo"], chunked=True)
            self.assert_answer(answer, 200, 2000)
        received = self.registree.next()
        self.assertEqual((b"hello", "5"), (received.body, received.fields["content-length"]))

    def test_http_1_0(self):
        with self.as_cse() as connection:
            connection.send(request(self.local).replace(b"HTTP/1.1", b"HTTP/1.0"))
            self.assert_answer(connection.read(), 200, 2000)
            self.assertTrue(connection.ended())


class Mobius(EgressCase):
    STAGE = EgressCase.STAGE | {"cse": 'profile = "mobius"'}

    def test_the_body_is_complete(self):
        for text in ('{"con":"é"}', '{"con":"' + "é" * 1000 + '"}', '{"con":"日本語"}'):
            with self.as_cse() as connection:
                connection.send(request(self.local, text.encode(), length=len(text)))
                answer = connection.read()
                self.assertEqual((200, "close"), (answer.status, answer.header("Connection")))
                received = self.registree.next()
                self.assertEqual(text, received.body.decode())
                self.assertEqual(str(len(text.encode())), received.fields["content-length"])
                self.assertTrue(connection.ended())


class TinyIot(EgressCase):
    """Its own code reads one segment of an answer, and nothing after it."""

    STAGE = {"more": egress_table(), "cse": 'profile = "tinyiot"'}

    def test_the_answer_is_one_segment(self):
        self.registree.answer = lambda request: an_answer(request, body=b"x" * 10_000)
        with self.as_cse() as connection:
            connection.send(request(self.local[1:], more=b"Connection: close\r\n"))
            data = connection.channel.recv(10)
            self.assertIn(b"X-M2M-RSC: 2000", data)
            self.assertTrue(data.endswith(b"\r\n\r\n" + b"x" * 10_000))


class TooMany(EgressCase):
    STAGE = {"more": egress_table(more=LIMITS + "\nmax_waiting_total = 2")}

    def test_wait_and_the_rest_is_answered_at_once(self):
        self.registree.answer = lambda request: None
        connections = [self.enterContext(self.as_cse()) for _ in range(3)]
        connections[0].send(request(self.local))
        self.registree.next()
        for connection in connections[1:]:
            connection.send(request(self.local))
        self.proxy.wait_for_metric("egress_requests_waiting", 2)
        began = time.monotonic()
        refused = self.raw(request(self.local))
        self.assert_answer(refused, 404, 5103)
        self.assertLess(time.monotonic() - began, 0.5 * slowness())
        self.assertIn("too many requests wait", refused.body.decode())
        for connection in connections:
            self.assert_answer(connection.read(IN_TIME), 404, 5103)


# -- who is not the CSE ---------------------------------------------------------------------------------------------------


class WithoutAToken(EgressCase):
    def test_nothing_is_dialled(self):
        local = self.local[1:]
        origin = f"http://127.0.0.1:{self.proxy.endpoint('egress')[1]}/"
        before = self.registree.accepted
        other = local[:-1] + ("2" if local[-1] == "a" else "a")
        for target in ("/", "/Cdemo", "/cse-in/ae1", "/~/cse1/Cdemo", "/" + local[:-1], "/" + other, "/" + local.upper(), "//" + local,
                       "/x/" + local, "/%" + local, "/" + local + "x", self.registree.poa, f"http://127.0.0.1:{self.registree.port}/", origin,
                       origin + "x", "http://example.com/" + local, "https" + origin[4:] + local, "*", "/" + local + "#f", "/?" + local,
                       "/" + "a" * 5000):
            with self.subTest(target=target[:80]):
                answer = self.raw(request(target))
                self.assertIn((answer.status, answer.rsc), ((404, 5103), (400, 4000)))
        self.assert_nothing_reached()
        self.assertEqual(before, self.registree.accepted)


MALFORMED = [
    ("no HTTP", b"hello\r\n\r\n"),
    ("TLS", b"\x16\x03\x01\x00\x05hello"),
    ("HTTP 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("both lengths", b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("two lengths", b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"),
    ("another coding", b"POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("a folded line", b"POST %b HTTP/1.1\r\nHost: a\r\nX-A: a\r\n b\r\n\r\n"),
    ("a bare LF", b"POST %b HTTP/1.1\nHost: a\n\n"),
    ("a bare CR", b"POST %b HTTP/1.1\r\nHost: a\r\nX-A: a\rX-B: b\r\n\r\n"),
    ("a blank before the colon", b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n"),
    ("a head that is too large", b"POST %b HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n"),
    ("a body that is too large", b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100_000),
    ("chunks that are too large", b"POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b"a" * 16384 + b"\r\n" +
     b"fffff\r\n" + b"a" * 1_000_000),
]


@expand([(name, data) for name, data in MALFORMED])
class Malformed(EgressCase):
    def check(self, data):
        with self.as_cse() as connection:
            try:
                connection.send(data.replace(b"%b", self.local.encode()))
            except (ConnectionResetError, BrokenPipeError):
                pass  # it is answered before all of it is there
            answer = connection.read()
            self.assertEqual(4000, answer.rsc)
            self.assertTrue(400 <= answer.status < 600, answer)
            self.assertEqual(b"", connection.channel.socket.recv(1))  # an end and no reset, which would have taken the answer away
        self.assert_nothing_reached()
        self.assert_served(self.local, self.registree)

    def test_half_a_request_and_the_end(self):
        whole = request(self.local, b"hello")
        for size in (1, 30, len(whole) - 3):
            with self.as_cse() as connection:
                connection.send(whole[:size])
                connection.channel.socket.shutdown(socket.SHUT_WR)
                self.assertTrue(connection.ended(IN_TIME))
        self.assert_nothing_reached()

    def test_half_a_request_and_nothing(self):
        """Its time is that of the answer."""
        with self.as_cse() as connection:
            connection.send(request(self.local, b"hello")[:-3])
            self.assertTrue(connection.ended(IN_TIME))
        self.assert_nothing_reached()

    def test_an_end_while_the_registree_thinks(self):
        """Nobody waits any more: nothing of it stays, and the next one is served."""
        self.registree.answer = lambda request: None
        for _ in range(20):
            with self.as_cse() as connection:
                connection.send(request(self.local))
        self.registree.next()
        self.registree.answer = an_answer
        wait_until(lambda: self.notify(self.local).rsc == 2000, what="an answer")


class UnixSocket(EgressCase):
    """Who may connect is decided by user, for each connection."""

    STAGE = {"more": egress_table(f"unix:{scratch_folder()}/egress.sock", more=LIMITS + f"\nallowed_users = [{os.getuid()}]")}

    @classmethod
    def setUpClass(cls):
        super(EgressCase, cls).setUpClass()
        cls.registree = CertificateRegistree(cls.pki).__enter__()
        cls.addClassCleanup(cls.registree.stop)
        with cls.stage.certificate("ae-c") as connection:
            case = cls("run")
            case.register(connection, "Cdemo", cls.registree, "ae1")
            cls.local = "/" + case.stored("ae1")["poa"][0].split("/", 3)[3]

    def test_one_of_them_is_served(self):
        self.assert_served(self.local, self.registree)

    @unittest.skipUnless(os.getuid() == 0, "another user is needed")
    def test_another_user_is_not(self):
        path = self.proxy.endpoint("egress").removeprefix("unix:")
        program = f"""
import os, socket
os.setgroups([]); os.setgid(65534); os.setuid(65534)
s = socket.socket(socket.AF_UNIX); s.settimeout(5)
try:
    s.connect({path!r}); s.sendall({request(self.local)!r}); print(s.recv(100))
except OSError as error:
    print(type(error).__name__)
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
        self.assertIn(done.stdout.strip(), ("b''", "ConnectionResetError", "BrokenPipeError", "PermissionError"), done.stderr)
        self.assert_nothing_reached()


# -- storms ---------------------------------------------------------------------------------------------------------------


class Storm(EgressCase):
    STAGE = {"more": egress_table(more='answer_timeout = "5s"')}
    MANY = 5000

    def test_every_one_is_answered(self):
        """Five thousand at once for one registree: what does not fit into its queue is told so, and nobody waits in vain."""
        if not raise_fd_limit(2 * self.MANY + 200):
            self.skipTest("may not open that many files")
        before = self.proxy.resident_kib()
        connections = [self.as_cse() for _ in range(self.MANY)]
        data = request(self.local, more=b"Connection: close\r\n")
        began = time.monotonic()
        for connection in connections:
            connection.send(data)
        codes = {}
        for connection in connections:
            rsc = connection.read(30).rsc
            codes[rsc] = codes.get(rsc, 0) + 1
            connection.close()
        self.assertLess(time.monotonic() - began, 30 * slowness())
        self.assertEqual(self.MANY, sum(codes.values()))
        self.assertEqual({2000, 5103} | set(codes), {2000, 5103})
        self.assertGreaterEqual(codes[2000], 64)
        self.assertEqual(1, self.registree.connections)
        self.assert_grown_by_less(100_000, before)
        self.assert_served(self.local, self.registree)

    @unittest.skipUnless(FULL, "opens seventeen thousand connections")
    def test_of_idle_connections_gives_way(self):
        """More than are kept: those that have said nothing for the longest time go first."""
        if not raise_fd_limit(40_000):
            self.skipTest("may not open that many files")
        connections = [PlainChannel(self.proxy.endpoint("egress")) for _ in range(17_000)]
        self.assert_served(self.local, self.registree)
        self.assertEqual(b"", connections[0].recv(5))
        for connection in connections:
            connection.close()


if __name__ == "__main__":
    main()
