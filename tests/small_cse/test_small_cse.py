"""What the small CSE promises as a CSE: registration, data, addressing, access, notification."""

import os
import tempfile
import unittest

from peer import Client, Receiver, SmallCse, ask, register, request


class SharedCse(unittest.TestCase):
    """One process for the tests of a class; each test uses names of its own."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.cse = cls.enterClassContext(SmallCse(*cls.arguments))

    def expect(self, reply, status, rsc):
        self.assertEqual((reply.status, reply.rsc), (status, rsc), reply.body)
        self.assertEqual(reply.fields.get("x-m2m-ri"), "r1")
        self.assertEqual(reply.fields.get("x-m2m-rvi"), "3")
        return reply


class Registration(SharedCse):
    def test_absent_originator_and_bare_letters_get_an_identifier(self):
        for originator, letter in ((None, "C"), ("", "C"), ("C", "C"), ("S", "S")):
            reply = ask(self.cse, "POST", "/cse-in", originator, 2, {"m2m:ae": {"api": "Na", "rr": False}})
            assigned = self.expect(reply, 201, 2001).json["m2m:ae"]
            self.assertEqual(assigned["aei"], assigned["ri"])
            self.assertEqual(assigned["aei"][0], letter)
            self.assertGreater(len(assigned["aei"]), 6)

    def test_stem_is_taken_in_each_of_its_forms(self):
        for originator in ("Cf1", "/cse1/Cf2", "//sp.example.com/cse1/Cf3", "/Sf4", "//sp.example.com/Sf5"):
            stem = originator.rpartition("/")[2]
            reply = ask(self.cse, "POST", "/cse-in", originator, 2, {"m2m:ae": {"api": "Na", "rr": False}})
            self.assertEqual(self.expect(reply, 201, 2001).json["m2m:ae"]["aei"], stem)

    def test_second_registration_is_refused(self):
        self.expect(register(self.cse, "Ctwice"), 201, 2001)
        self.expect(register(self.cse, "Ctwice", "other"), 403, 4117)

    def test_bad_registrations_are_refused(self):
        good = {"api": "Na", "rr": True}
        rows = (
            ("Cx1", {"rr": True}, 400, 4000),
            ("Cx1", {"api": "Na"}, 400, 4000),
            ("Cx1", {**good, "api": "Xa"}, 400, 4000),
            ("Cx1", {**good, "rr": "yes"}, 400, 4000),
            ("Cx1", {**good, "poa": "http://a"}, 400, 4000),
            ("Cx1", {**good, "aei": "Cx1"}, 400, 4000),
            ("Cx1", {**good, "zzz": 1}, 400, 4000),
            ("Cx1", {**good, "rn": "a/b"}, 400, 4000),
            ("Cx1", {**good, "rn": "la"}, 400, 4000),
            ("Cx1", {**good, "et": "20000101T000000"}, 400, 4000),
            ("X1", good, 400, 4000),
            ("//other.example.com/cse1/Cx1", good, 400, 4000),
        )
        for originator, attributes, status, rsc in rows:
            with self.subTest(originator=originator, attributes=attributes):
                self.expect(ask(self.cse, "POST", "/cse-in", originator, 2, {"m2m:ae": attributes}), status, rsc)

    def test_originator_is_needed_elsewhere(self):
        self.expect(ask(self.cse, "GET", "/cse-in", None), 400, 4000)

    def test_duplicate_originators_are_joined(self):
        register(self.cse, "Cdup")
        self.expect(ask(self.cse, "GET", "/Cdup", "Cdup", headers=("X-M2M-Origin: CAdmin",)), 403, 4103)
        last = self.cse.recorded()[-1]
        self.assertEqual(last["fields"]["x-m2m-origin"], ["CAdmin", "Cdup"])

    def test_remote_cse_takes_its_identifier_from_the_originator(self):
        content = {"m2m:csr": {"cb": "//sp.example.com/cse7/x", "csi": "/other", "rr": True}}
        reply = self.expect(ask(self.cse, "POST", "/cse-in", "/cse7", 16, content), 201, 2001)
        self.assertEqual(reply.json["m2m:csr"]["csi"], "/cse7")
        self.expect(ask(self.cse, "POST", "/cse-in", "/cse7", 16, content), 403, 4117)
        self.expect(ask(self.cse, "POST", "/cse-in", "Cabc", 16, content), 405, 4005)

    def test_deregistration_takes_everything_below_along(self):
        register(self.cse, "Cgone")
        ask(self.cse, "POST", "/Cgone", "Cgone", 3, {"m2m:cnt": {"rn": "c"}})
        self.expect(ask(self.cse, "DELETE", "/Cgone", "Cgone"), 200, 2002)
        self.expect(ask(self.cse, "GET", "/cse-in/cgone/c", "CAdmin"), 404, 4004)
        self.expect(register(self.cse, "Cgone"), 201, 2001)


class Data(SharedCse):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        register(cls.cse, "CAE1", "ae1", lbl=["kitchen"])
        register(cls.cse, "CAE2", "ae2")
        container = {"m2m:cnt": {"rn": "cnt1", "mni": 3, "lbl": ["kitchen", "warm"]}}
        ask(cls.cse, "POST", "/cse-in/ae1", "CAE1", 3, container)

    def container(self, name, **attributes):
        reply = ask(self.cse, "POST", "/cse-in/ae1", "CAE1", 3, {"m2m:cnt": {"rn": name, **attributes}})
        return self.expect(reply, 201, 2001).json["m2m:cnt"]

    def put_in(self, name, con):
        reply = ask(self.cse, "POST", f"/cse-in/ae1/{name}", "CAE1", 4, {"m2m:cin": {"con": con}})
        return self.expect(reply, 201, 2001)

    def test_every_form_of_address_reaches_the_resource(self):
        container = self.container("forms")
        self.put_in("forms", "x")
        ri = container["ri"]
        for target in (
            "/cse-in/ae1/forms", "/-/ae1/forms", f"/{ri}", "/CAE1/forms", f"/~/cse1/{ri}", "/~/cse1/cse-in/ae1/forms",
            "/~/cse1/-/ae1/forms", f"/_/sp.example.com/cse1/{ri}", "/_/sp.example.com/cse1/cse-in/ae1/forms",
            "/cse-in/ae1/f%6frms", "http://cse/cse-in/ae1/forms",
        ):  # fmt: skip
            with self.subTest(target=target):
                self.assertEqual(self.expect(ask(self.cse, "GET", target), 200, 2000).json["m2m:cnt"]["ri"], ri)
        for target in (
            "/~/cse2/cse-in", "/_/other.example.com/cse1/cse-in", "/cse-in/ae1/nothing", "/~/cse12/cse-in", "/",
            "//cse1/cse-in", "/~//sp.example.com/cse1/cse-in",
        ):  # fmt: skip
            with self.subTest(target=target):
                self.expect(ask(self.cse, "GET", target), 404, 4004)

    def test_container_counts_and_forgets_the_oldest(self):
        self.container("ring", mni=2)
        for con in ("one", "zwölf", "drei"):
            self.put_in("ring", con)
        ring = ask(self.cse, "GET", "/cse-in/ae1/ring").json["m2m:cnt"]
        self.assertEqual((ring["cni"], ring["cbs"], ring["st"]), (2, 10, 3))
        self.assertEqual(ask(self.cse, "GET", "/cse-in/ae1/ring/ol").json["m2m:cin"]["con"], "zwölf")
        latest = ask(self.cse, "GET", "/cse-in/ae1/ring/la").json["m2m:cin"]
        self.assertEqual((latest["con"], latest["cs"]), ("drei", 4))
        self.expect(ask(self.cse, "DELETE", "/cse-in/ae1/ring/la", "CAE1"), 200, 2002)
        self.assertEqual(ask(self.cse, "GET", "/cse-in/ae1/ring").json["m2m:cnt"]["cni"], 1)

    def test_content_may_be_any_json_value(self):
        self.container("values")
        for con in ({"t": [1, 2.5, None]}, 3, "", "\ud800"):
            self.put_in("values", con)
            self.assertEqual(ask(self.cse, "GET", "/cse-in/ae1/values/la").json["m2m:cin"]["con"], con)

    def test_update_changes_what_it_names_and_null_removes(self):
        self.container("change", mni=5, lbl=["a"])
        reply = ask(self.cse, "PUT", "/cse-in/ae1/change", "CAE1", None, {"m2m:cnt": {"lbl": ["b"], "mni": None}})
        changed = self.expect(reply, 200, 2004).json["m2m:cnt"]
        self.assertEqual(changed["lbl"], ["b"])
        self.assertNotIn("mni", changed)
        for bad in ({"ri": "x"}, {"rn": "x"}, {"mni": -1}, {"cni": 3}):
            self.expect(ask(self.cse, "PUT", "/cse-in/ae1/change", "CAE1", None, {"m2m:cnt": bad}), 400, 4000)

    def test_points_of_access_can_be_updated(self):
        reply = ask(self.cse, "PUT", "/CAE2", "CAE2", None, {"m2m:ae": {"poa": ["http://127.0.0.1:2/z"]}})
        self.assertEqual(self.expect(reply, 200, 2004).json["m2m:ae"]["poa"], ["http://127.0.0.1:2/z"])

    def test_only_the_owner_and_the_administrator_have_access(self):
        for originator in ("CAE1", "/cse1/CAE1", "CAdmin", "CAE2", "Cnobody"):
            rsc = 4103 if originator in ("CAE2", "Cnobody") else 2000
            self.assertEqual(ask(self.cse, "GET", "/cse-in/ae1/cnt1", originator).rsc, rsc, originator)
        self.expect(ask(self.cse, "DELETE", "/CAE1", "CAE2"), 403, 4103)
        self.expect(ask(self.cse, "DELETE", "/cse-in", "CAdmin"), 405, 4005)
        self.expect(ask(self.cse, "POST", "/cse-in", "Cnobody", 3, {"m2m:cnt": {}}), 403, 4103)

    def test_access_control_policy_opens_what_names_it(self):
        rules = {"pv": {"acr": [{"acor": ["CAE2"], "acop": 2}]}, "pvs": {"acr": [{"acor": ["CAE1"], "acop": 63}]}}
        policy = ask(self.cse, "POST", "/CAE1", "CAE1", 1, {"m2m:acp": {"rn": "p", **rules}})
        self.expect(policy, 201, 2001)
        self.container("shared", acpi=["cse-in/ae1/p"])
        self.expect(ask(self.cse, "GET", "/cse-in/ae1/shared", "CAE2"), 200, 2000)
        self.expect(ask(self.cse, "PUT", "/cse-in/ae1/shared", "CAE2", None, {"m2m:cnt": {"lbl": ["x"]}}), 403, 4103)

    def test_discovery_filters_by_type_and_label(self):
        def found(query, originator="CAdmin"):
            return self.expect(ask(self.cse, "GET", f"/cse-in?fu=1{query}", originator), 200, 2000).json["m2m:uril"]

        self.assertEqual(set(found("&lbl=kitchen")), {"cse-in/ae1", "cse-in/ae1/cnt1"})
        self.assertEqual(found("&lbl=kitchen&ty=3"), ["cse-in/ae1/cnt1"])
        self.assertEqual(found("&lbl=kitchen&ty=2&drt=2"), ["CAE1"])
        self.assertEqual(len(found("&ty=2+3&lim=2")), 2)
        self.assertEqual(found("&lbl=kitchen", "CAE2"), [])
        self.expect(ask(self.cse, "GET", "/cse-in?fu=1&ty=x"), 400, 4000)

    def test_result_content_selects_what_is_shown(self):
        self.container("tree")
        self.put_in("tree", "leaf")
        tree = ask(self.cse, "GET", "/cse-in/ae1/tree?rcn=4").json["m2m:cnt"]
        self.assertEqual((tree["rn"], tree["m2m:cin"][0]["con"]), ("tree", "leaf"))
        tree = ask(self.cse, "GET", "/cse-in?rcn=8").json["m2m:cb"]
        self.assertNotIn("rn", tree)
        self.assertIn("cnt1", [cnt["rn"] for ae in tree["m2m:ae"] for cnt in ae.get("m2m:cnt", ())])
        references = ask(self.cse, "GET", "/CAE1?rcn=6").json["m2m:rrl"]["rrf"]
        self.assertIn("cse-in/ae1/tree", [reference["val"] for reference in references])
        self.assertIn("ch", ask(self.cse, "GET", "/CAE1?rcn=5").json["m2m:ae"])
        reply = ask(self.cse, "POST", "/CAE1?rcn=0", "CAE1", 3, {"m2m:cnt": {"rn": "silent"}})
        self.assertEqual(self.expect(reply, 201, 2001).body, b"")
        self.expect(ask(self.cse, "GET", "/CAE1?rcn=7"), 400, 4000)

    def test_bad_requests_get_the_code_of_their_fault(self):
        json_type = "Content-Type: application/json;ty=3"

        def with_body(body):
            return request("POST", "/CAE1", "CAE1", headers=(json_type, f"Content-Length: {len(body)}")) + body

        rows = (
            ("wrapper", request("POST", "/CAE1", "CAE1", 3, {"m2m:cin": {}}), 400, 4000),
            ("list", request("POST", "/CAE1", "CAE1", 3, []), 400, 4000),
            ("child type", request("POST", "/cse-in", "CAdmin", 4, {"m2m:cin": {"con": ""}}), 403, 4108),
            ("unknown type", request("POST", "/CAE1", "CAE1", 99, {"m2m:xyz": {}}), 400, 4000),
            ("name taken", request("POST", "/CAE1", "CAE1", 3, {"m2m:cnt": {"rn": "cnt1"}}), 409, 4105),
            ("no content", request("POST", "/CAE1", "CAE1", headers=(json_type,)), 400, 4000),
            ("xml", request("POST", "/CAE1", "CAE1", headers=("Content-Type: application/xml;ty=3",)), 415, 4015),
            ("accept", request("GET", "/CAE1", "CAE1", headers=("Accept: application/xml",)), 406, 5207),
            ("not json", with_body(b"{a}"), 400, 4000),
            ("infinite", with_body(b'{"m2m:cnt":{"mni":1e999}}'), 400, 4000),
            ("deep", with_body(b"[" * 200_000), 400, 4000),
            ("method", request("PATCH", "/CAE1", "CAE1"), 405, 4005),
            ("expired", request("GET", "/CAE1", "CAE1", headers=("X-M2M-RET: 20000101T000000",)), 504, 4008),
        )
        for name, data, status, rsc in rows:
            with self.subTest(name), Client(self.cse.port) as client:
                client.send(data)
                self.expect(client.reply(), status, rsc)

    def test_parameters_of_the_binding_are_required(self):
        with Client(self.cse.port) as client:
            head = b"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: CAdmin\r\n"
            client.send(head + b"\r\n")
            self.assertEqual(client.reply().rsc, 4000)
            client.send(head + b"X-M2M-RI: 1\r\nX-M2M-RVI: 9\r\n\r\n")
            self.assertEqual(client.reply().rsc, 4001)


class Notifications(SharedCse):
    def setUp(self):
        self.receiver = self.enterContext(Receiver())
        self.stem = f"CN{self.receiver.port}"
        register(self.cse, self.stem, poa=["coaps://127.0.0.1/", self.receiver.url("/poa/x")])
        ask(self.cse, "POST", f"/{self.stem}", self.stem, 3, {"m2m:cnt": {"rn": "c"}})

    def subscribe(self, nu, originator=None, **attributes):
        content = {"m2m:sub": {"nu": [nu], "enc": {"net": [3]}, "rn": "s", **attributes}}
        return ask(self.cse, "POST", f"/{self.stem}/c", originator or self.stem, 23, content)

    def add(self, con):
        return ask(self.cse, "POST", f"/{self.stem}/c", self.stem, 4, {"m2m:cin": {"con": con}})

    def test_own_subscription_is_notified_at_the_point_of_access_in_order(self):
        self.expect(self.subscribe(self.stem), 201, 2001)
        for number in range(5):
            self.expect(self.add(str(number)), 201, 2001)
        for number in range(5):
            line, fields, content = self.receiver.next()
            self.assertEqual(line, "POST /poa/x HTTP/1.1")
            self.assertEqual(fields["x-m2m-origin"], "/cse1")
            self.assertEqual(content["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"], str(number))
            self.assertEqual(content["m2m:sgn"]["sur"], f"/cse1/cse-in/{self.stem.lower()}/c/s")

    def test_foreign_target_is_verified_first(self):
        self.expect(self.subscribe(self.receiver.url("/direct?x=1")), 201, 2001)
        line, _, content = self.receiver.next()
        self.assertEqual(line, "POST /direct?x=1 HTTP/1.1")
        self.assertIs(content["m2m:sgn"]["vrq"], True)
        self.add("hi")
        self.assertEqual(self.receiver.next()[2]["m2m:sgn"]["nev"]["net"], 3)

    def test_target_that_refuses_verification_gets_no_subscription(self):
        with Receiver(rsc="4103") as unwilling:
            self.expect(self.subscribe(unwilling.url()), 500, 5204)
        self.expect(self.subscribe("http://127.0.0.1:1/"), 500, 5204)
        self.expect(self.subscribe("Cnobody"), 500, 5204)
        self.expect(self.subscribe("http://a/\r\nX-M2M-Origin: CAdmin"), 500, 5204)
        self.expect(ask(self.cse, "GET", f"/{self.stem}/c/s"), 404, 4004)

    def test_update_and_delete_of_the_subscribed_resource_are_events(self):
        self.subscribe(self.stem, enc={"net": [1, 2]}, nct=2)
        ask(self.cse, "PUT", f"/{self.stem}/c", self.stem, None, {"m2m:cnt": {"lbl": ["x"]}})
        event = self.receiver.next()[2]["m2m:sgn"]["nev"]
        self.assertEqual((event["net"], event["rep"]["m2m:cnt"]["lbl"]), (1, ["x"]))
        ask(self.cse, "DELETE", f"/{self.stem}/c", self.stem)
        self.assertEqual(self.receiver.next()[2]["m2m:sgn"]["nev"]["net"], 2)

    def test_deleted_subscription_tells_its_subscriber(self):
        self.subscribe(self.stem, su=self.receiver.url("/su"))
        ask(self.cse, "DELETE", f"/{self.stem}/c/s", self.stem)
        line, _, content = self.receiver.next()
        self.assertEqual((line, content["m2m:sgn"]["sud"]), ("POST /su HTTP/1.1", True))

    def test_notify_request_is_handed_to_the_ae(self):
        reply = ask(self.cse, "POST", f"/{self.stem}", self.stem, None, {"m2m:sgn": {"x": 1}})
        self.expect(reply, 200, 2000)
        line, fields, content = self.receiver.next()
        self.assertEqual((line, fields["x-m2m-origin"]), ("POST /poa/x HTTP/1.1", self.stem))
        self.assertEqual(content, {"m2m:sgn": {"x": 1}})

    def test_ae_without_point_of_access_is_not_reachable(self):
        ask(self.cse, "PUT", f"/{self.stem}", self.stem, None, {"m2m:ae": {"poa": None}})
        self.expect(ask(self.cse, "POST", f"/{self.stem}", self.stem, None, {"m2m:sgn": {}}), 404, 5103)

    def test_subscriber_behind_a_remote_cse_is_reached_through_its_point_of_access(self):
        cse_id = f"/cse{self.receiver.port}"
        content = {"m2m:csr": {"cb": "x", "rr": True, "poa": [self.receiver.url("/peer")]}}
        ask(self.cse, "POST", "/cse-in", cse_id, 16, content)
        self.expect(self.subscribe(f"{cse_id}/Cfar"), 201, 2001)
        self.assertEqual(self.receiver.next()[0], f"POST /peer/~{cse_id}/Cfar HTTP/1.1")


class Options(unittest.TestCase):
    def test_identity_and_policy_come_from_the_command_line(self):
        arguments = "--cse-id /mn7 --name base --sp //m2m.example.org --admin Croot --require-rvi"
        with SmallCse(*arguments.split()) as cse:
            self.assertEqual(ask(cse, "GET", "/_/m2m.example.org/mn7/base").json["m2m:cb"]["csi"], "/mn7")
            ask(cse, "POST", "/base", "Cx", 2, {"m2m:ae": {"api": "Na", "rr": True}})
            self.assertEqual(ask(cse, "GET", "/Cx", "CAdmin").rsc, 4103)
            self.assertEqual(ask(cse, "GET", "/Cx", "Croot").rsc, 2000)
            with Client(cse.port) as client:
                client.send(b"GET /base HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: Croot\r\nX-M2M-RI: 1\r\n\r\n")
                self.assertEqual(client.reply().rsc, 4000)

    def test_open_access_lets_everybody_in(self):
        with SmallCse("--open-access") as cse:
            register(cse, "C1")
            self.assertEqual(ask(cse, "GET", "/C1", "Cother").rsc, 2000)

    def test_unix_socket_port_files_and_orderly_end(self):
        with tempfile.TemporaryDirectory() as folder:
            path, port_file = os.path.join(folder, "cse.sock"), os.path.join(folder, "port")
            with SmallCse("--unix", path, "--port-file", port_file) as cse:
                with Client(0, path) as client:
                    self.assertEqual(client.ask("GET", "/cse-in").rsc, 2000)
                with open(port_file, encoding="ascii") as file:
                    self.assertEqual(int(file.read()), cse.port)
                self.assertEqual(cse.stop(), 0)
            self.assertFalse(os.path.exists(path))

    def test_expired_resource_disappears(self):
        import time

        with SmallCse() as cse:
            register(cse, "Cshort", et=time.strftime("%Y%m%dT%H%M%S", time.gmtime(time.time() + 2)))
            deadline = time.monotonic() + 10
            while ask(cse, "GET", "/Cshort").rsc == 2000 and time.monotonic() < deadline:
                pass
            self.assertEqual(ask(cse, "GET", "/Cshort").rsc, 4004)


if __name__ == "__main__":
    unittest.main()
