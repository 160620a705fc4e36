#!/usr/bin/env python3
"""Promise: a registration whose content lies, or could be read in two ways, never reaches the CSE; and nobody changes or ends the
registration of another.

Spec: TS-0004 7.4.5.2.1, 7.3.2.7 (4126), 8.2 to 8.5; TS-0001 10.2.2.2, 7.2 (addresses), 9.6.29
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import expand, main  # noqa: E402
from saproxy.registering import (  # noqa: E402
    ALREADY, BAD_REQUEST, CREATED, DELETED, NAMESPACE, NOT_AUTHENTICATED, RegistryCase, an_ae, serialise, timestamp)

TOO_LARGE = (413, 4000)
XML = f'<?xml version="1.0" encoding="UTF-8"?><m2m:ae xmlns:m2m="{NAMESPACE}">%s<api>NApp</api><rr>false</rr>%s</m2m:ae>'
DOCTYPE = '<!DOCTYPE a [<!ENTITY e "Cnode1x">]>'


def json_ae(members):
    return b'{"m2m:ae":{"api":"NApp","rr":false,"srv":["3"]' + members + b"}}"


CONTENTS = [
    # name, serialisation, content, status and RSC
    ("aei_of_another", "json", json_ae(b',"aei":"Cvictim"'), BAD_REQUEST),
    ("aei_of_an_administrator", "json", json_ae(b',"aei":"CAdmin"'), BAD_REQUEST),
    ("aei_of_another_xml", "xml", (XML % ("", "<aei>Cvictim</aei>")).encode(), BAD_REQUEST),
    ("aei_of_another_cbor", "cbor", serialise(an_ae(aei="Cvictim"), "cbor"), BAD_REQUEST),
    ("aei_twice", "json", json_ae(b',"aei":"OWN","aei":"Cvictim"'), BAD_REQUEST),
    ("aei_twice_escaped", "json", json_ae(b',"aei":"OWN","\\u0061ei":"Cvictim"'), BAD_REQUEST),
    ("aei_twice_in_other_case", "json", json_ae(b',"aei":"OWN","AEI":"Cvictim"'), BAD_REQUEST),
    ("aei_twice_xml", "xml", (XML % ("<aei>OWN</aei>", "<aei>Cvictim</aei>")).encode(), BAD_REQUEST),
    ("aei_twice_cbor", "cbor", b"\xa1\x66m2m:ae\xa2\x63aei\x63OWN\x63aei\x67Cvictim", BAD_REQUEST),
    ("ae_twice", "json", b'{"m2m:ae":{"api":"NApp","rr":false},"m2m:ae":{"api":"NApp","rr":false,"aei":"Cvictim"}}', BAD_REQUEST),
    ("another_beside_it", "json", b'{"m2m:ae":{"api":"NApp","rr":false},"m2m:csr":{"csi":"/mn1","cb":"/mn1/x","rr":false}}', BAD_REQUEST),
    ("remote_cse_instead", "json", b'{"m2m:csr":{"csi":"/mn1","cb":"/mn1/x","rr":false}}', BAD_REQUEST),
    ("container_instead", "json", b'{"m2m:cnt":{}}', BAD_REQUEST),
    ("nothing", "json", b"", BAD_REQUEST),
    ("empty_object", "json", b"{}", BAD_REQUEST),
    ("no_json", "json", b"{m2m:ae}", BAD_REQUEST),
    ("something_after_it", "json", json_ae(b"") + b"{}", BAD_REQUEST),
    ("byte_order_mark", "json", b"\xef\xbb\xbf" + json_ae(b""), BAD_REQUEST),
    ("no_utf8", "json", json_ae(b',"apn":"\xff"'), BAD_REQUEST),
    ("nested_deeply", "json", json_ae(b',"lbl":' + b"[" * 10000 + b"]" * 10000), BAD_REQUEST),
    ("nested_deeply_xml", "xml", (XML % ("<a>" * 5000, "</a>" * 5000)).encode(), BAD_REQUEST),
    ("nested_deeply_cbor", "cbor", b"\xa1\x66m2m:ae\xa1\x63lbl" + b"\x81" * 20000, BAD_REQUEST),
    ("doctype", "xml", (XML.replace("<m2m:ae", DOCTYPE + "<m2m:ae", 1) % ("", "<aei>&e;</aei>")).encode(), BAD_REQUEST),
    ("doctype_external", "xml", (XML.replace("<m2m:ae", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><m2m:ae', 1) % ("", "")).encode(), BAD_REQUEST),
    ("unknown_entity", "xml", (XML % ("", "<aei>&e;</aei>")).encode(), BAD_REQUEST),
    ("cbor_that_ends_early", "cbor", serialise(an_ae(), "cbor")[:-3], BAD_REQUEST),
    ("cbor_of_indefinite_promise", "cbor", b"\xa1\x66m2m:ae\xbb\xff\xff\xff\xff\xff\xff\xff\xff", BAD_REQUEST),
    ("app_id_of_no_class", "json", b'{"m2m:ae":{"api":"APP01","rr":false}}', BAD_REQUEST),
    ("app_id_missing", "json", b'{"m2m:ae":{"rr":false}}', BAD_REQUEST),
    ("many_points_of_access", "json", serialise(an_ae(poa=["http://192.0.2.1"] * 65)), BAD_REQUEST),
    ("hundred_kilobytes", "json", json_ae(b',"apn":"' + b"x" * 100_000 + b'"'), TOO_LARGE),
    ("xml_in_a_json_coat", "json", (XML % ("", "")).encode(), BAD_REQUEST),
    ("json_in_an_xml_coat", "xml", json_ae(b""), BAD_REQUEST),
]


@expand(CONTENTS)
class Content(RegistryCase):
    def check(self, how, content, expected):
        stem = self.a_stem("Cnode1x")
        with self.node() as connection:
            answer = self.register(connection, stem, content=content.replace(b"OWN", stem.encode()), how=how, headers=[("X-M2M-RI", "it")])
            self.assert_answer(answer, *expected)
            self.assertEqual("it", answer.header("X-M2M-RI"))
            self.assertNotIn(b"Cvictim", answer.body)
            self.assert_nothing_forwarded()
            self.assertNotIn(stem, self.records.all())
            with self.node() as again:  # nothing stays behind: the identity is free
                self.registered(again, stem)
        self.assertEqual([stem], [request["fields"]["x-m2m-origin"][0] for request in self.recorded()])


class Envelope(RegistryCase):
    """What stands around the content."""

    def test_content_type_that_nobody_knows(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json5", "multipart/form-data"):
            with self.subTest(kind), self.node() as connection:
                answer = connection.request("POST", origin=self.a_stem(), body=serialise(an_ae()), headers=[("Content-Type", f"{kind};ty=2")])
                self.assert_answer(answer, *BAD_REQUEST)
        self.assert_nothing_forwarded()

    def test_in_pieces_too_large(self):
        with self.node() as connection:
            pieces = [json_ae(b',"apn":"' + b"x" * 20_000)] + [b"x" * 20_000] * 5
            answer = connection.request("POST", origin=self.a_stem(), ty=2, body=pieces, chunked=True)
            self.assert_answer(answer, *TOO_LARGE)
        self.assert_nothing_forwarded()

    def test_in_pieces_reaches_the_cse_whole(self):
        body, stem = serialise(an_ae()), self.a_stem()
        with self.node() as connection:
            answer = connection.request("POST", origin=stem, ty=2, body=[body[i:i + 1] for i in range(len(body))], chunked=True)
            self.assert_answer(answer, *CREATED)
        request = self.the_only_request()
        self.assertEqual((body, [str(len(body))]), (request["body"], request["fields"]["content-length"]))
        self.assertIn(stem, self.records.all())

    def test_result_that_would_hide_the_assigned_identity(self):
        with self.stage.psk("list") as connection:
            for origin in ("C", None):
                for shown in (0, 2):
                    self.assert_answer(self.register(connection, origin, f"/cse-in?rcn={shown}"), *BAD_REQUEST)
            self.assert_nothing_forwarded()
            stem = self.a_stem("Cshown")
            self.assert_answer(self.register(connection, stem, "/cse-in?rcn=0"), *CREATED)
            self.assertIn(stem, self.records.all())
            self.assert_may_speak(connection, stem)
            wrapped = self.register(connection, "C", "/cse-in?rcn=3")
            self.assert_answer(wrapped, *CREATED)
            self.assertIn(wrapped.json["m2m:rce"]["m2m:ae"]["aei"], self.records.all())


class AnotherAe(RegistryCase):
    """B and the registration of A."""

    def setUp(self):
        super().setUp()
        self.a, self.b, self.name = self.a_stem(), self.a_stem("Cb"), f"name{self.a_stem('')}"
        self.owner, self.other = self.node(), self.stage.psk("list")
        self.addCleanup(self.owner.close)
        self.addCleanup(self.other.close)
        self.registered(self.owner, self.a, rn=self.name, poa=["http://192.0.2.1"], et=timestamp(time.time() + 3600))
        self.registered(self.other, self.b)
        self.before = self.records.all()[self.a]

    def assert_untouched(self):
        self.assertEqual(self.before, self.records.all().get(self.a))
        self.assert_may_speak(self.owner, self.a)

    def make_container(self, target, name):
        body = {"m2m:cnt": {"rn": name}}
        answer = self.other.request("POST", target, origin=self.b, ty=3, body=body)
        self.assert_answer(answer, *CREATED)
        return answer.json["m2m:cnt"]["ri"]

    def test_a_container_of_the_same_name_is_another_resource(self):
        """TS-0001 7.2: an address that begins with an unstructured identifier and goes on with names."""
        self.make_container(f"/{self.b}", self.name)
        end = timestamp(time.time() + 2)
        for body in ({"m2m:cnt": {"et": end}}, {"m2m:cnt": {"lbl": ["x"]}}):
            self.assert_answer(self.other.request("PUT", f"/{self.b}/{self.name}", origin=self.b, body=body), 200, 2004)
            self.assert_untouched()
        self.assert_answer(self.other.request("DELETE", f"/{self.b}/{self.name}", origin=self.b), *DELETED)
        self.assert_untouched()

    def test_nor_is_one_in_a_container(self):
        inner = self.make_container(f"/{self.b}", "box")
        self.make_container(f"/{inner}", self.name)
        self.assert_answer(self.other.request("PUT", f"/{inner}/{self.name}", origin=self.b, body={"m2m:cnt": {"et": timestamp(time.time() + 2)}}),
                           200, 2004)
        self.assert_untouched()
        self.assert_answer(self.other.request("DELETE", f"/{inner}/{self.name}", origin=self.b), *DELETED)
        self.assert_untouched()

    def test_who_may_not_speak_as_it_cannot_end_it(self):
        for target in (f"/{self.a}", f"/cse-in/{self.name}"):
            self.assert_answer(self.other.request("DELETE", target, origin=self.a), *NOT_AUTHENTICATED)
            self.assert_answer(self.other.request("PUT", target, origin=self.a, body={"m2m:ae": {"poa": ["http://198.51.100.1"]}}),
                               *NOT_AUTHENTICATED)
        self.assert_untouched()

    def test_the_cse_decides_whether_another_may_end_it(self):
        """The resource is gone then, whoever has asked."""
        self.assert_answer(self.other.request("DELETE", f"/{self.a}", origin=self.b), *DELETED)
        self.assertNotIn(self.a, self.records.all())
        self.assert_may_not_speak(self.owner, self.a)

    def test_a_registration_of_the_same_name_changes_nothing(self):
        self.assert_answer(self.register(self.other, self.a_stem("Cb"), rn=self.name), 409, 4105)
        self.assert_untouched()


class IdentityInAnUpdate(RegistryCase):
    """Spec: TS-0004 7.4.4, 7.4.5: AE-ID and CSE-ID are not for UPDATE; a CSE that let one be changed would send the messages of another here."""

    def check_refused(self, connection, target, origin, bodies):
        self.cse.reset()
        for body in bodies:
            with self.subTest(body):
                self.assert_answer(connection.request("PUT", target, origin=origin, body=body), *BAD_REQUEST)
        self.assert_nothing_forwarded()

    def test_of_an_ae(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
            self.check_refused(connection, f"/{stem}", stem, [
                {"m2m:ae": {"aei": "Cvictim"}}, {"m2m:ae": {"poa": ["http://192.0.2.1"], "aei": "CAdmin"}}, {"m2m:csr": {"csi": "/mn1"}},
                {"m2m:cnt": {"lbl": []}}, {}])

    def test_of_a_cse(self):
        with self.stage.psk("cse") as connection:
            body = {"m2m:csr": {"cb": "/mn9/base", "rr": True, "rn": "mn9"}}
            self.assert_answer(connection.request("POST", origin="/mn9", ty=16, body=body), *CREATED)
            self.check_refused(connection, "/cse-in/mn9", "/mn9", [
                {"m2m:csr": {"csi": "/mn1"}}, {"m2m:csr": {"csi": "/cse1"}}, {"m2m:csr": {"csi": "//other.example.com/mn9"}},
                {"m2m:ae": {"poa": []}}])


class ApplicationRules(RegistryCase):
    """Spec: TS-0004 7.3.2.7; TS-0001 9.6.29"""

    STAGE = RegistryCase.STAGE | {"more": RegistryCase.STAGE["more"] + f"""
[[app_rule]]
credentials = ["{RegistryCase.NODE}"]
app_ids = ["NApp", "R01.com.example.*"]
aes = ["Cnode1r*"]
"""}

    def test_what_a_rule_covers_is_registered(self):
        for app_id in ("NApp", "R01.com.example.meter"):
            stem = self.a_stem("Cnode1r")
            with self.node() as connection:
                self.assert_recorded_as(self.registered(connection, stem, api=app_id), self.NODE, "certificate")
                self.assert_may_speak(connection, stem)
                self.assert_answer(self.register(connection, stem, api=app_id), *ALREADY)

    def test_what_none_covers_is_refused(self):
        rows = [(self.node, "Cnode1r9", "Nother"), (self.node, "Cnode1x9", "NApp"), (self.stage.certificate, "Cdemo", "NApp"),
                (lambda: self.stage.psk("list"), "Cnode1r9", "NApp")]
        for connect, origin, app_id in rows:
            with self.subTest((origin, app_id)), connect() as connection:
                self.assert_answer(self.register(connection, origin, api=app_id), 403, 4126)
        self.assert_nothing_forwarded()
        self.assertNotIn("Cnode1r9", self.records.all())


if __name__ == "__main__":
    main()
