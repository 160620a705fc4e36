#!/usr/bin/env python3
"""Promise: a server that does not prove to be the registree gets no byte of a request, wherever it stalls; whatever a proven one answers, the
CSE gets one whole answer in time: that of the registree, or 5103.

Spec: TS-0003 8.2.1; TS-0004 7.3.3.9.1 (5103); design invariants 2, 3 and 6
"""
import itertools
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import expand, main  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.registree import CertificateRegistree, GnutlsRegistree, Registree, an_answer, openssl_psk_registree  # noqa: E402
from saproxy.sa2 import Sa2Case, egress_table  # noqa: E402
from saproxy.stage import DemoPki  # noqa: E402

APPLICATION_DATA = 23
BUDGET = 1.5  # seconds
# A look every 50 ms and a loaded machine come on top.
IN_TIME = BUDGET + 0.7
MIB = 1 << 20
LIMITS = 'answer_timeout = "1500ms"\nhandshake_timeout = "500ms"\nconnect_timeout = "500ms"\nmax_answer = "256KiB"'

_forged = DemoPki("--days", "2")  # the same names below another root


class HostileCase(Sa2Case):
    STAGE = {"more": egress_table(more=LIMITS)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = CertificateRegistree(cls.pki, "ae-s").__enter__()
        cls.addClassCleanup(cls.good.stop)
        cls.ae = cls.stage.certificate("ae-c")
        cls.addClassCleanup(cls.ae.close)

    def setUp(self):
        super().setUp()
        with self.stage.certificate("ae-s") as connection:
            if connection.request("GET", "/cse-in/good", origin="Sdemo").status != 200:
                self.register(connection, "Sdemo", self.good, "good")
        self.good_target = self.target("good")

    def registered(self, server):
        """The request target of the CSE for Cdemo."""
        self.ae.request("DELETE", "/cse-in/ae1", origin="Cdemo")
        self.register(self.ae, "Cdemo", server, "ae1")
        return self.target("ae1")

    def ask(self, target, **options):
        """An answer within the budget."""
        began = time.monotonic()
        answer = self.notify(target, headers=[("X-M2M-RI", "ours")], **options)
        self.assertLess(time.monotonic() - began, IN_TIME * slowness())
        self.assertEqual(["ours"], answer.values("X-M2M-RI"))
        return answer

    def assert_others_are_served(self):
        self.assert_served(self.good_target, self.good)


# -- before the proof -----------------------------------------------------------------------------------------------------


def self_signed(pki):
    """A certificate with the names of ae-c that nobody has signed but itself: (certificate, key)."""
    chain, key = pki.folder / "self.crt", pki.folder / "self.key"
    if not chain.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", chain, "-subj", "/CN=AE Cdemo", "-addext", "subjectAltName=URI:https://sp.example.com/cse1/Cdemo", "-addext",
                        "keyUsage=critical,digitalSignature", "-addext", "basicConstraints=critical,CA:FALSE", "-addext",
                        "extendedKeyUsage=serverAuth,clientAuth"], check=True, capture_output=True)
    return chain, key


class SelfSigned(CertificateRegistree):
    def __init__(self, pki):
        super().__init__(pki)
        self.context.load_cert_chain(*self_signed(pki))


@expand([
    ("the certificate of another AE", lambda pki: CertificateRegistree(pki, "ae-s")),
    ("the certificate of a CSE", lambda pki: CertificateRegistree(pki, "mn-cse")),
    ("our own certificate", lambda pki: CertificateRegistree(pki, "server")),
    ("the certificate of a node", lambda pki: CertificateRegistree(pki, "node-uri")),
    ("the right names below another root", lambda pki: CertificateRegistree(_forged, "ae-c", trust=pki)),
    ("a certificate that signs itself", SelfSigned),
    ("TLS 1.3 alone", lambda pki: CertificateRegistree(pki, context={"version": ssl.TLSVersion.TLSv1_3})),
])
class WrongServers(HostileCase):
    def check(self, make):
        with make(self.pki) as server:
            target = self.registered(server)
            self.assert_answer(self.ask(target), 404, 5103)
            wait_until(lambda: server.ended == server.accepted == 1, what="the end of the connection")
            self.assertTrue(server.requests.empty())
        self.assert_others_are_served()
        self.proxy.wait_for_log("handshake_failed", self.mark, listener="egress")

    def test_that_asks_for_no_certificate_is_the_registree_all_the_same(self):
        """What it does not want to know of us is its own affair."""
        with CertificateRegistree(self.pki, context={"ask": ssl.CERT_NONE}) as server:
            self.assert_answer(self.ask(self.registered(server)), 200, 2000)

    def test_that_does_not_know_our_issuer_ends_the_handshake(self):
        with CertificateRegistree(self.pki, trust=_forged) as server:
            self.assert_answer(self.ask(self.registered(server)), 404, 5103)
            self.assertTrue(server.requests.empty())


class WrongKeys(HostileCase):
    def registered_psk(self, server):
        with self.stage.psk("ae") as connection:
            connection.request("DELETE", "/cse-in/ae2", origin="Cpsk")
            self.register(connection, "Cpsk", server, "ae2")
        return self.target("ae2")

    def test_another_key(self):
        with openssl_psk_registree("ae-psk@sp.example.com", "ff" * 16) as server:
            self.assert_answer(self.ask(self.registered_psk(server)), 404, 5103)
            self.assertNotIn(b"POST", server.seen)

    def test_a_certificate_in_place_of_the_key(self):
        with CertificateRegistree(self.pki, "ae-c") as server:
            self.assert_answer(self.ask(self.registered_psk(server)), 404, 5103)
            self.assertTrue(server.requests.empty())

    def test_a_key_in_place_of_the_certificate(self):
        with openssl_psk_registree("ae-psk@sp.example.com", "00112233445566778899aabbccddeeff") as server:
            self.assert_answer(self.ask(self.registered(server)), 404, 5103)
            self.assertNotIn(b"POST", server.seen)

    def test_another_raw_public_key(self):
        with self.stage.raw_key() as connection:
            priority = ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:-CTYPE-CLI-X509:-CTYPE-SRV-X509"
            with GnutlsRegistree("--rawpkfile", _forged.path("rpk-client.pub"), "--rawpkkeyfile", _forged.path("rpk-client.key"),
                                 priority=priority) as server:
                self.register(connection, "Crpk1", server, "ae3")
                self.assert_answer(self.ask(self.target("ae3")), 404, 5103)
                self.assertNotIn(b"POST", server.output)


class ByFlights(CertificateRegistree):
    """Its handshake is ours to cut: of each of its flights the bytes that `cut(number, data)` gives are sent. `kinds` are the types of the
    records that have come."""

    def __init__(self, pki, cut):
        super().__init__(pki)
        self.cut = cut
        self.kinds = []

    def serve(self, raw):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        channel = self.context.wrap_bio(incoming, outgoing, server_side=True)
        received = b""
        for number in itertools.count():
            try:
                channel.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLError):
                pass
            raw.sendall(self.cut(number, outgoing.read()))
            data = raw.recv(65536)
            if not data:
                return
            incoming.write(data)
            received += data
            while len(received) >= 5 and len(received) >= 5 + int.from_bytes(received[3:5], "big"):
                self.kinds.append(received[0])
                received = received[5 + int.from_bytes(received[3:5], "big"):]


class Endless(Registree):
    """Sends the same bytes for as long as it can."""

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.received = b""

    def serve(self, raw):
        self.received += raw.recv(65536)
        while True:
            raw.sendall(self.data)


@expand([
    ("after the connection", lambda number, data: b""),
    ("in its ServerHello", lambda number, data: data[:20] if number == 1 else b""),
    ("in its certificate", lambda number, data: data[:200] if number == 1 else b""),
    ("before its ServerHelloDone", lambda number, data: data[:-9] if number == 1 else b""),
    ("after its first flight", lambda number, data: data if number == 1 else b""),
    ("in its Finished", lambda number, data: data if number == 1 else data[:-1]),
    ("with a Finished that is not right", lambda number, data: data if number == 1 else data[:-1] + b"x"),
    ("with a first flight that is not right", lambda number, data: data[:-30] + b"x" + data[-29:]),
])
class Stalls(HostileCase):
    def check(self, cut):
        with ByFlights(self.pki, cut) as server:
            target = self.registered(server)
            self.assert_answer(self.ask(target), 404, 5103)
            wait_until(lambda: server.ended == server.accepted, what="the end of the connection")
            self.assertEqual(1, server.accepted)
            self.assertNotIn(APPLICATION_DATA, server.kinds)
        self.assert_others_are_served()

    def test_many_at_once_wait_for_one_handshake(self):
        with ByFlights(self.pki, lambda number, data: b"") as server:
            target = self.registered(server)
            connections = [self.enterContext(self.as_cse()) for _ in range(20)]
            began = time.monotonic()
            for connection in connections:
                connection.send(connection.encode("POST", target, origin="/cse1", body={}))
            self.assert_others_are_served()
            for connection in connections:
                self.assert_answer(connection.read(IN_TIME), 404, 5103)
            self.assertLess(time.monotonic() - began, IN_TIME * slowness())
            self.assertLessEqual(server.accepted, 4)

    def check_endless(self, data):
        with Endless(data) as server:
            before = self.proxy.resident_kib()
            self.assert_answer(self.ask(self.registered(server)), 404, 5103)
            self.assert_grown_by_less(2048, before)
            wait_until(lambda: server.ended == server.accepted, what="the end of the connection")
            self.assertNotIn(b"POST", server.received)
        self.assert_others_are_served()

    def test_before_the_connection_stands(self):
        """Its queue is full, so that the kernel answers no SYN."""
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            address = full.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                self.addCleanup(one.close)
                one.setblocking(False)
                one.connect_ex(address)
            target = self.registered([f"https://127.0.0.1:{address[1]}"])
            self.assert_answer(self.ask(target), 404, 5103)
            why = f"127.0.0.1:{address[1]}: no connection in time"
            wait_until(lambda: any(why in line["detail"] for line in self.proxy.log("call_failed", self.mark)), what=why)
        self.assert_others_are_served()

    def test_that_is_no_tls(self):
        self.check_endless(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def test_of_warnings_without_end(self):
        self.check_endless(b"\x15\x03\x03\x00\x02\x01\x5a" * 1000)

    def test_of_empty_records_without_end(self):
        self.check_endless(b"\x16\x03\x03\x00\x00" * 1000)

    def test_of_a_handshake_message_without_end(self):
        self.check_endless(b"\x16\x03\x03\x40\x00\x0b\xff\xff\xf0" + os.urandom(0x3FFC))

    def test_of_hello_requests_without_end(self):
        self.check_endless(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 1000)

    def test_that_resets(self):
        class Resets(Registree):
            def serve(self, raw):
                raw.recv(10)
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with Resets() as server:
            self.assert_answer(self.ask(self.registered(server)), 404, 5103)
        self.assert_others_are_served()


# -- after it -------------------------------------------------------------------------------------------------------------


def head(more=b"", status=b"200 OK", length=None):
    length = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"HTTP/1.1 " + status + b"\r\nX-M2M-RSC: 2000\r\nX-M2M-RI: ours\r\n" + more + length + b"\r\n"


def forever(first, data):
    return itertools.chain([first], itertools.repeat(data))


def slowly(data):
    for byte in data:
        time.sleep(0.05)
        yield bytes([byte])


LOCATION = b"Location: http://127.0.0.1:1/\r\n"
ANSWERS = [
    ("no answer", lambda: None),
    ("half a head", lambda: head()[:30]),
    ("half a body", lambda: head(length=10) + b"12345"),
    ("a head that comes slowly", lambda: slowly(head(length=0) + b" " * 1000)),
    ("a body that comes slowly", lambda: slowly(head(length=1000) + b" " * 1000)),
    ("half a head and the end", lambda: [head()[:30]]),
    ("half a body and the end", lambda: [head(length=10) + b"12345"]),
    ("half a chunk and the end", lambda: [head(b"Transfer-Encoding: chunked\r\n") + b"a\r\n12345"]),
    ("a body until the end, without close_notify", lambda: [head() + b"12345"]),
    ("nothing and the end", lambda: []),
    ("a length that is too much", lambda: head(length=10 * MIB) + b"x" * MIB),
    ("a length of 20 digits", lambda: head(length=10 ** 20)),
    ("a negative length", lambda: head(b"Content-Length: -1\r\n")),
    ("more body than its bound", lambda: forever(head(), b"x" * 65536)),
    ("chunks without end", lambda: forever(head(b"Transfer-Encoding: chunked\r\n"), b"1000\r\n" + b"x" * 4096 + b"\r\n")),
    ("one chunk without end", lambda: forever(head(b"Transfer-Encoding: chunked\r\n") + b"ffffffff\r\n", b"x" * 65536)),
    ("a head without end", lambda: forever(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n" * 1000)),
    ("one line without end", lambda: forever(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 65536)),
    ("interim answers without end", lambda: forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)),
    ("both lengths", lambda: head(b"Transfer-Encoding: chunked\r\n", length=5) + b"0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    ("two lengths", lambda: head(b"Content-Length: 5\r\n", length=6) + b"123456"),
    ("two equal lengths", lambda: head(b"Content-Length: 6\r\n", length=6) + b"123456"),
    ("a list of lengths", lambda: head(b"Content-Length: 6, 6\r\n") + b"123456"),
    ("a length with a sign", lambda: head(b"Content-Length: +6\r\n") + b"123456"),
    ("another coding", lambda: head(b"Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n"),
    ("an unknown coding", lambda: head(b"Transfer-Encoding: xchunked\r\n", length=0)),
    ("a blank before the colon", lambda: head(b"Transfer-Encoding : chunked\r\n", length=0)),
    ("a folded line", lambda: head(b"X-A: a\r\n b\r\n", length=0)),
    ("a bare LF", lambda: head(b"X-A: a\nX-B: b\r\n", length=0)),
    ("a bare CR", lambda: head(b"X-A: a\rX-B: b\r\n", length=0)),
    ("a zero byte", lambda: head(b"X-A: a\0b\r\n", length=0)),
    ("a chunk of no size", lambda: head(b"Transfer-Encoding: chunked\r\n") + b"g\r\n"),
    ("trailers", lambda: head(b"Transfer-Encoding: chunked\r\n") + b"0\r\nX-M2M-RSC: 2001\r\n\r\n"),
    ("two request identifiers", lambda: head(b"X-M2M-RI: theirs\r\n", length=0)),
    ("two response codes", lambda: head(b"X-M2M-RSC: 4004\r\n", length=0)),
    ("headers that Connection takes away", lambda: head(b"Connection: X-M2M-RI, X-M2M-RSC\r\n", length=0)),
    ("HTTP/2", lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("a request", lambda: b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
    ("garbage", lambda: bytes(range(256)) * 10),
    ("an upgrade", lambda: head(b"Upgrade: websocket\r\nConnection: upgrade\r\n", b"101 Switching Protocols")),
    ("moved permanently", lambda: head(LOCATION, b"301 Moved Permanently", 0)),
    ("found", lambda: head(LOCATION, b"302 Found", 0)),
    ("see other", lambda: head(LOCATION, b"303 See Other", 0)),
    ("not modified", lambda: head(b"", b"304 Not Modified")),
    ("temporary redirect", lambda: head(LOCATION, b"307 Temporary Redirect", 0)),
    ("permanent redirect", lambda: head(LOCATION, b"308 Permanent Redirect", 0)),
    ("the answer to another request", lambda: head(length=0).replace(b"ours", b"theirs")),
    ("status 0", lambda: head(b"", b"000 OK", 0)),
    ("status 99", lambda: head(b"", b"99 OK", 0)),
    ("status 999", lambda: head(b"", b"1000 OK", 0)),
]


@expand(ANSWERS)
class BadAnswers(HostileCase):
    def check(self, make):
        before = self.proxy.resident_kib()
        with CertificateRegistree(self.pki, answer=lambda request: make()) as server:
            target = self.registered(server)
            answer = self.ask(target)
            self.assert_answer(answer, 404, 5103)
            self.assertIsNone(answer.header("Location"))
            server.next()
            self.assertTrue(server.requests.empty(), "asked again")
            wait_until(lambda: server.ended == server.accepted == 1, what="the end of the connection")
        self.assert_grown_by_less(4096, before)
        self.assert_others_are_served()


class OddAnswers(HostileCase):
    """Not as they should be, and answers all the same."""

    def answered(self, *answers):
        """What the CSE gets for each."""
        answers = iter(answers)
        with CertificateRegistree(self.pki, answer=lambda request: next(answers)) as server:
            self.server = server
            target = self.registered(server)
            while True:
                yield self.ask(target)

    def the_only(self, answer):
        return next(self.answered(answer))

    def test_two_at_once(self):
        """The second one is nobody's."""
        both = head(length=3) + b"one" + head(length=3).replace(b"2000", b"2004") + b"two"
        answers = self.answered(both, head(length=5) + b"three")
        self.assertEqual(b"one", next(answers).body)
        self.assertEqual(b"three", next(answers).body)
        self.assertEqual(2, self.server.connections)

    def test_one_before_it_was_asked(self):
        """It comes while nobody waits, and is not the answer to what is asked next."""

        class Speaks(CertificateRegistree):
            def talk(self, channel):
                if self.connections == 1:
                    channel.sendall(head(length=5) + b"early")
                super().talk(channel)

        with Speaks(self.pki) as server:
            target = self.registered(server)
            self.assertNotIn(b"early", self.ask(target).body[1:])  # there is nothing to tell the two apart by, the first time
            self.assert_answer(self.ask(target), 200, 2000)

    def test_one_behind_the_answer(self):
        class Speaks(CertificateRegistree):
            def talk(self, channel):
                if self.connections > 1:
                    return super().talk(channel)
                channel.recv(65536)
                channel.sendall(head(length=3) + b"one")
                ready.wait(10)
                channel.sendall(head(length=4) + b"late")
                sent.set()
                self.hang(channel)

        ready, sent = threading.Event(), threading.Event()
        with Speaks(self.pki, answer=lambda request: head(length=3) + b"two") as server:
            target = self.registered(server)
            self.assertEqual(b"one", self.ask(target).body)
            ready.set()
            sent.wait(10)
            wait_until(lambda: server.ended == 1, what="the end of the session")
            self.assertEqual(b"two", self.ask(target).body)

    def test_our_identity_headers_are_taken_out(self):
        forged = b"".join(b"%b: forged\r\n" % name for name in (
            b"X-M2M-SA-Credential-ID", b"x_m2m_sa_entity", b"X-M2M-SA-Identities", b"X-M2M-SA-SAEF", b"X-M2M-SA-Association",
            b"Client-Cert", b"Forwarded", b"X-Forwarded-For", b"X-SSL-Client-DN"))
        answer = self.the_only(head(forged, length=0))
        self.assert_answer(answer, 200, 2000)
        self.assertEqual([], [(name, value) for name, value in answer.headers if value == "forged"])

    def test_headers_of_one_hop_are_taken_out(self):
        answer = self.the_only(head(b"Keep-Alive: timeout=1\r\nProxy-Authenticate: Basic\r\nConnection: X-A\r\nX-A: a\r\n", length=0))
        self.assert_answer(answer, 200, 2000)
        self.assertEqual({"Keep-Alive", "Proxy-Authenticate", "X-A"} & {name for name, _ in answer.headers}, set())

    def test_without_a_header_of_onem2m(self):
        for status, rsc in ((b"200 OK", 2000), (b"201 Created", 2001), (b"204 No Content", 2004), (b"403 Forbidden", 4103),
                            (b"404 Not Found", 4004), (b"405 Method Not Allowed", 4005), (b"500 Oops", 5000), (b"501 No", 5001)):
            with self.subTest(status=status):
                answer = self.the_only(b"HTTP/1.1 " + status + b"\r\n" + (b"" if rsc == 2004 else b"Content-Length: 0\r\n") + b"\r\n")
                self.assertEqual((int(status[:3]), [str(rsc)]), (answer.status, answer.values("X-M2M-RSC")))

    def test_a_response_code_that_is_none(self):
        for code in (b"abc", b"20000", b"-200", b"2000x", b"2000, 4004"):
            with self.subTest(code=code):
                answer = self.the_only(head(length=0).replace(b"2000", code))
                self.assertEqual(["2000"], answer.values("X-M2M-RSC"))

    def test_another_spelling_of_ours(self):
        answer = self.the_only(head(b"X_M2M_RSC: 4004\r\nx_m2m_ri: theirs\r\n", length=0))
        self.assert_answer(answer, 200, 2000)
        self.assertNotIn("theirs", [value for _, value in answer.headers])

    def test_interim_answers_are_passed_over(self):
        answer = self.the_only(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head(length=2) + b"ok")
        self.assertEqual(b"ok", answer.body)

    def test_chunks_become_one_body(self):
        answer = self.the_only(head(b"Transfer-Encoding: chunked\r\n") + b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n")
        if answer.rsc == 2000:  # extensions of chunks may be refused, too
            self.assertEqual((b"abcde", "5"), (answer.body, answer.header("Content-Length")))


class LargeAnswers(HostileCase):
    STAGE = {"more": egress_table(more='max_answer = "20MiB"')}

    def test_reach_a_cse_that_is_slow_to_read(self):
        """Also one that closes after each request: they are more than the kernel takes at once."""
        body = os.urandom(16 * MIB)
        with CertificateRegistree(self.pki, answer=lambda request: an_answer(request, body=body)) as server:
            target = self.registered(server)
            for more in ([], [("Connection", "close")]):
                self.assertTrue(body == self.notify(target, headers=more).body)


if __name__ == "__main__":
    main()
