#!/usr/bin/env python3
"""Promise: a message that two servers could read differently never reaches the CSE, and does not disturb anybody else.

Every row is sent as it stands over an association; behind it follows a second request that would be smuggled. What the CSE received
is compared byte for byte: nothing, or (for rows that are merely unusual) exactly one request as we serialise it.
Spec: RFC 9112 2.2, 3, 5, 6, 7, 11.2; design invariant 3
"""
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402

M2M = b"X-M2M-Origin: Cdemo\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: CAdmin\r\nX-M2M-RI: 2\r\nX-M2M-RVI: 3\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"


def put(headers, body=b""):
    return b"PUT /cse-in HTTP/1.1\r\nHost: a\r\n" + M2M + JSON + headers + b"\r\n" + body


def get(line=b"GET /cse-in HTTP/1.1", headers=b"", host=b"Host: a\r\n"):
    return line + b"\r\n" + host + M2M + headers + b"\r\n"


REFUSED = [
    # Two lengths
    ("cl_and_te", put(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
    ("te_and_cl", put(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n")),
    ("two_cl", put(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}")),
    ("two_equal_cl", put(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}")),
    ("cl_list", put(b"Content-Length: 2, 2\r\n", b"{}")),
    ("cl_list_of_two", put(b"Content-Length: 2, 60\r\n", b"{}")),
    # One length, oddly written
    ("cl_plus", put(b"Content-Length: +2\r\n", b"{}")),
    ("cl_minus", put(b"Content-Length: -2\r\n", b"{}")),
    ("cl_minus_zero", put(b"Content-Length: -0\r\n")),
    ("cl_hex", put(b"Content-Length: 0x2\r\n", b"{}")),
    ("cl_empty", put(b"Content-Length:\r\n", b"{}")),
    ("cl_blank", put(b"Content-Length:  \r\n", b"{}")),
    ("cl_letters", put(b"Content-Length: two\r\n", b"{}")),
    ("cl_2_64", put(b"Content-Length: 18446744073709551618\r\n", b"{}")),
    ("cl_2_63", put(b"Content-Length: 9223372036854775808\r\n", b"{}")),
    ("cl_inner_blank", put(b"Content-Length: 1 2\r\n", b"{}")),
    ("cl_decimal_point", put(b"Content-Length: 2.0\r\n", b"{}")),
    ("cl_underscore", put(b"Content_Length: 2\r\n", b"{}")),
    ("cl_blank_before_colon", put(b"Content-Length : 2\r\n", b"{}")),
    ("cl_nul", put(b"Content-Length: 2\0\r\n", b"{}")),
    ("cl_vertical_tab", put(b"Content-Length: \x0b2\r\n", b"{}")),
    ("cl_too_large", put(b"Content-Length: 99999999\r\n", b"{}")),
    # Transfer codings
    ("te_identity", put(b"Transfer-Encoding: identity\r\n", b"{}")),
    ("te_gzip_chunked", put(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
    ("te_chunked_identity", put(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n")),
    ("te_twice", put(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n")),
    ("te_chunked_twice_in_one", put(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n")),
    ("te_xchunked", put(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n")),
    ("te_quoted", put(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n")),
    ("te_semicolon", put(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n")),
    ("te_upper_case", put(b"Transfer-Encoding: CHUNKED\r\n", b"0\r\n\r\n")),
    ("te_vertical_tab", put(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n")),
    ("te_folded", put(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n")),
    ("te_blank_before_colon", put(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n")),
    ("te_underscore_and_cl", put(b"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n")),
    ("te_empty", put(b"Transfer-Encoding:\r\n", b"0\r\n\r\n")),
    ("te_in_http_1_0", b"PUT /cse-in HTTP/1.0\r\n" + M2M + JSON + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    # Lines
    ("bare_lf_line_ends", get().replace(b"\r\n", b"\n")),
    ("bare_lf_in_head", get(headers=b"X-A: a\nX-B: b\r\n")),
    ("bare_cr_in_head", get(headers=b"X-A: a\rX-B: b\r\n")),
    ("bare_cr_at_line_end", get(headers=b"X-A: a\r\r\n")),
    ("lf_cr", get(headers=b"X-A: a\n\r\n")),
    ("nul_in_value", get(headers=b"X-A: a\0b\r\n")),
    ("delete_in_value", get(headers=b"X-A: a\x7fb\r\n")),
    ("obs_fold_blank", get(headers=b"X-A: a\r\n b\r\n")),
    ("obs_fold_tab", get(headers=b"X-A: a\r\n\tb\r\n")),
    ("blank_before_first_header", b"GET /cse-in HTTP/1.1\r\n Host: a\r\n" + M2M + b"\r\n"),
    ("no_colon", get(headers=b"X-A a\r\n")),
    ("empty_name", get(headers=b": a\r\n")),
    ("blank_in_name", get(headers=b"X A: a\r\n")),
    ("blank_before_colon", get(headers=b"X-A : a\r\n")),
    ("name_with_high_bit", get(headers=b"X-\xc4: a\r\n")),
    ("name_in_brackets", get(headers=b"X-(A): a\r\n")),
    # Request line
    ("tab_in_request_line", get(b"GET\t/cse-in\tHTTP/1.1")),
    ("two_blanks", get(b"GET  /cse-in HTTP/1.1")),
    ("blank_at_the_end", get(b"GET /cse-in HTTP/1.1 ")),
    ("blank_in_target", get(b"GET /cse-in /x HTTP/1.1")),
    ("no_version", get(b"GET /cse-in")),
    ("http_0_9", b"GET /cse-in\r\n\r\n"),
    ("http_1_2", get(b"GET /cse-in HTTP/1.2")),
    ("http_2_0", get(b"GET /cse-in HTTP/2.0")),
    ("http_2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("version_with_blank", get(b"GET /cse-in HTTP/ 1.1")),
    ("version_long", get(b"GET /cse-in HTTP/1.10")),
    ("lower_case_version", get(b"GET /cse-in http/1.1")),
    ("absolute_form", get(b"GET http://other.example.com/cse-in HTTP/1.1")),
    ("absolute_form_of_the_host", get(b"GET http://a/cse-in HTTP/1.1")),
    ("authority_form", get(b"CONNECT a:443 HTTP/1.1")),
    ("asterisk_form", get(b"GET * HTTP/1.1")),
    ("fragment", get(b"GET /cse-in#x HTTP/1.1")),
    ("no_slash", get(b"GET cse-in HTTP/1.1")),
    ("backslash", get(b"GET /cse-in\\..\\x HTTP/1.1")),
    ("dot_segments", get(b"GET /cse-in/../x HTTP/1.1")),
    ("dot_segments_escaped", get(b"GET /cse-in/%2e%2e/x HTTP/1.1")),
    ("slash_escaped", get(b"GET /cse-in%2fx HTTP/1.1")),
    ("double_slash", get(b"GET //cse-in HTTP/1.1")),
    ("nul_escaped", get(b"GET /cse-in%00 HTTP/1.1")),
    ("crlf_escaped", get(b"GET /cse-in%0d%0aX-M2M-Origin:%20CAdmin HTTP/1.1")),
    ("bad_escape", get(b"GET /cse-in%zz HTTP/1.1")),
    ("overlong_utf8", get(b"GET /cse-in%c0%af HTTP/1.1")),
    ("sp_relative_marker_inside", get(b"GET /cse-in/~/cse2/x HTTP/1.1")),
    ("lower_case_method", get(b"get /cse-in HTTP/1.1")),
    ("unknown_method", get(b"FOO /cse-in HTTP/1.1")),
    ("trace", get(b"TRACE /cse-in HTTP/1.1")),
    # Host, upgrade, expectation
    ("no_host", get(host=b"")),
    ("two_hosts", get(host=b"Host: a\r\nHost: b\r\n")),
    ("host_list", get(host=b"Host: a, b\r\n")),
    ("host_with_path", get(host=b"Host: a/b\r\n")),
    ("host_empty", get(host=b"Host:\r\n")),
    ("upgrade", get(headers=b"Connection: upgrade\r\nUpgrade: websocket\r\n")),
    ("upgrade_h2c", get(headers=b"Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n")),
    ("expect_unknown", put(b"Content-Length: 2\r\nExpect: 200-ok\r\n", b"{}")),
    ("expect_twice", put(b"Content-Length: 2\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", b"{}")),
    # Chunks; a part may have been sent before the fault shows
    ("chunk_no_size", put(b"Transfer-Encoding: chunked\r\n", b"\r\n{}\r\n0\r\n\r\n")),
    ("chunk_plus", put(b"Transfer-Encoding: chunked\r\n", b"+2\r\n{}\r\n0\r\n\r\n")),
    ("chunk_0x", put(b"Transfer-Encoding: chunked\r\n", b"0x2\r\n{}\r\n0\r\n\r\n")),
    ("chunk_minus", put(b"Transfer-Encoding: chunked\r\n", b"-2\r\n{}\r\n0\r\n\r\n")),
    ("chunk_blank_before", put(b"Transfer-Encoding: chunked\r\n", b" 2\r\n{}\r\n0\r\n\r\n")),
    ("chunk_overflow", put(b"Transfer-Encoding: chunked\r\n", b"10000000000000002\r\n{}\r\n0\r\n\r\n")),
    ("chunk_bare_lf", put(b"Transfer-Encoding: chunked\r\n", b"2\n{}\n0\n\n")),
    ("chunk_bare_lf_after_size", put(b"Transfer-Encoding: chunked\r\n", b"2\n{}\r\n0\r\n\r\n")),
    ("chunk_longer_than_said", put(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}xx\r\n0\r\n\r\n")),
    ("chunk_extension_with_lf", put(b"Transfer-Encoding: chunked\r\n", b"2;a\nb\r\n{}\r\n0\r\n\r\n")),
    ("chunk_trailer", put(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\nX-M2M-Origin: CAdmin\r\n\r\n")),
    # oneM2M
    ("get_with_body", get(headers=b"Content-Length: %d\r\n" % len(SMUGGLED)) + SMUGGLED),
    ("delete_with_chunks", get(b"DELETE /cse-in HTTP/1.1", b"Transfer-Encoding: chunked\r\n") + b"2\r\n{}\r\n0\r\n\r\n"),
    ("origin_twice", get(headers=b"X-M2M-Origin: Cdemo\r\n")),
    ("request_id_twice", get(headers=b"X-M2M-RI: 2\r\n")),
    ("origin_list", b"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: Cdemo, CAdmin\r\nX-M2M-RI: 1\r\n\r\n"),
    ("content_type_twice", put(b"Content-Type: application/json;ty=2\r\nContent-Length: 2\r\n", b"{}")),
    ("ty_twice", b"POST /cse-in HTTP/1.1\r\nHost: a\r\n" + M2M + b"Content-Type: application/json;ty=4;ty=2\r\nContent-Length: 2\r\n\r\n{}"),
    ("ty_in_query", b"POST /cse-in?ty=2 HTTP/1.1\r\nHost: a\r\n" + M2M + JSON + b"Content-Length: 2\r\n\r\n{}"),
    ("query_twice", get(b"GET /cse-in?rcn=1&rcn=4 HTTP/1.1")),
    ("head_too_large", get(headers=b"X-A: " + b"a" * 20000 + b"\r\n")),
    ("too_many_headers", get(headers=b"".join(b"X-%d: a\r\n" % i for i in range(80)))),
]


@expand(REFUSED)
class Refused(StageCase):
    def check(self, data):
        with self.stage.certificate() as connection:
            try:
                connection.send(data + SMUGGLED)
                answer = connection.read()
            except (ConnectionEnded, OSError):
                answer = None
            if answer is not None:
                self.assertTrue(400 <= answer.status < 600, answer)
                self.assertIn(answer.rsc, (4000, 4005, 4106), answer)
                self.assertRegex(answer.json["m2m:dbg"], r"^[^_]+ [^_]+$", answer)  # words for a person, not ours
                # Whatever stands behind it is no request of its own, unless the refused one was clear enough to know its end.
                try:
                    rest = connection.read_to_end(2) if answer.header("Connection") == "close" else b""
                except TimeoutError:
                    self.fail(f"promised to close and did not: {answer}")
                self.assertEqual(b"", rest)
        for record in self.recorded():
            self.assertFalse(record["complete"], record["raw"])
            self.assertNotIn(b"smuggled", record["raw"])
            self.assertNotIn(b"Admin", record["raw"])

    @classmethod
    def tearDownClass(cls):
        with cls.stage.certificate("ae-c") as client:
            if client.request(origin="Cdemo").status != 200:
                raise AssertionError("a good client is not served any more")
        if cls.proxy.metrics().sum("associations_open") > 1:
            cls.proxy.wait_for_metric("connections_open", 0)


UNUSUAL = [
    ("empty_line_before", b"\r\n" + get(), b"GET /cse-in HTTP/1.1"),
    ("many_blanks_around_value", get(headers=b"X-A: \t a \t \r\n"), b"X-A: a\r\n"),
    ("chunk_extension", put(b"Transfer-Encoding: chunked\r\n", b"2;a=b\r\n{}\r\n0\r\n\r\n"), b"Transfer-Encoding: chunked"),
    ("chunk_leading_zeros", put(b"Transfer-Encoding: chunked\r\n", b"0002\r\n{}\r\n0\r\n\r\n"), b"Transfer-Encoding: chunked"),
    ("cl_leading_zero", put(b"Content-Length: 002\r\n", b"{}"), b"Content-Length: 2\r\n"),
    ("escaped_letter", get(b"GET /%63se-in HTTP/1.1"), b"GET /cse-in HTTP/1.1"),
    ("lower_case_names", get().replace(b"X-M2M-Origin", b"x-m2m-origin"), b"X-M2M-Origin: Cdemo\r\n"),
    ("sp_relative", get(b"GET /~/cse1/cse-in HTTP/1.1"), b"GET /~/cse1/cse-in HTTP/1.1"),
    ("absolute", get(b"GET /_/sp.example.com/cse1/cse-in HTTP/1.1"), b"GET /_/sp.example.com/cse1/cse-in HTTP/1.1"),
    ("method_override", get(headers=b"X-HTTP-Method-Override: DELETE\r\n"), b"GET /cse-in HTTP/1.1"),
]


@expand(UNUSUAL)
class UnusualButClear(StageCase):
    """Sent on in our own words, or refused; never in the client's."""

    def check(self, data, expected):
        with self.stage.certificate() as connection:
            connection.send(data)
            answer = connection.read()
        if not self.recorded():
            return self.assert_answer(answer, 400, 4000)
        request = self.the_only_request()
        self.assertIn(expected, request["raw"])
        self.assertNotIn(b"Override", request["raw"])


class AfterGoodRequests(StageCase):
    def test_a_malformed_one_is_answered_too(self):
        """It is no part of the request before it, which had its answer."""
        with self.stage.certificate() as connection:
            for _ in range(2):
                self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
            connection.send(get(headers=b"X-A : b\r\n"))
            self.assert_answer(connection.read(), 400, 4000)
            self.assertTrue(connection.ended())


class OthersAreNotAffected(StageCase):
    """Two clients share the connections to the CSE; what one does must not show in the other's answers."""

    STAGE = {"cse": "max_connections = 1", "workers": 1}

    def test_answers_never_mix(self):
        wrong = []

        def client(name, stem):
            with self.stage.certificate(name) as connection:
                for n in range(150):
                    request_id = f"{stem}-{n}"
                    answer = connection.request(origin=stem, headers=[("X-M2M-RI", request_id)])
                    if (answer.status, answer.header("X-M2M-RI")) != (200, request_id):
                        wrong.append((request_id, answer))

        threads = [threading.Thread(target=client, args=args) for args in (("ae-c", "Cdemo"), ("ae-s", "Sdemo"), ("node-uri", "Cnode1"))]
        stop = threading.Event()

        def attacker():
            for row in REFUSED * 2:
                if stop.is_set():
                    return
                with self.stage.certificate("device") as connection:
                    try:
                        connection.send(row[1].replace(b"Cdemo", b"Cdevice") + SMUGGLED)
                        connection.read(5)
                    except (ConnectionEnded, OSError):
                        pass

        hostile = threading.Thread(target=attacker)
        for thread in [*threads, hostile]:
            thread.start()
        for thread in threads:
            thread.join()
        stop.set()
        hostile.join()
        self.assertEqual([], wrong)
        for record in self.recorded():
            self.assertNotIn(b"smuggled", record["raw"])
            self.assertEqual(1, len(record["fields"].get("x-m2m-origin", [1])))
        self.assertEqual(450, sum(1 for r in self.recorded() if r["complete"] and b"Cdevice" not in r["raw"]))
        self.assertLess(self.cse.stats()["connections"], 300)


if __name__ == "__main__":
    main()
