"""SA2: registrees with a point of access, what the CSE keeps instead of it, and the test itself as the CSE that uses it."""

import http.client
import json
import urllib.parse

from .cases import StageCase
from .clients import PlainChannel, http as over
from .process import wait_until
from .registering import CREATED, an_ae

REFUSED = (404, 5103)


def egress_table(listen="127.0.0.1:0", allow='["127.0.0.1"]', more=""):
    """[egress] for registrees on this machine; what fails is left alone for a moment only."""
    return f'[egress]\nlisten = "{listen}"\ncertificate = "cse"\nallow = {allow}\ndead_for = "100ms"\n{more}\n'


class Sa2Case(StageCase):
    STAGE = {"more": egress_table()}

    # -- as the registree -----------------------------------------------------------------------------------------------

    def register(self, connection, origin, registree, rn, **more):
        """`registree`: a server, or the list of its points of access."""
        poa = registree if isinstance(registree, list) else [registree.poa]
        body = {"m2m:ae": an_ae() | {"rr": True, "rn": rn, "poa": poa} | more}
        answer = connection.request("POST", origin=origin, ty=2, body=body)
        self.assert_answer(answer, *CREATED)
        return answer

    def update(self, connection, origin, rn, **attributes):
        answer = connection.request("PUT", f"/cse-in/{rn}", origin=origin, body={"m2m:ae": attributes})
        self.assert_answer(answer, 200, 2004)
        return answer

    def deregister(self, connection, origin, rn):
        self.assert_answer(connection.request("DELETE", f"/cse-in/{rn}", origin=origin), 200, 2002)

    def subscribe(self, connection, origin, rn):
        body = {"m2m:cnt": {"rn": "data"}}
        self.assert_answer(connection.request("POST", f"/cse-in/{rn}", origin=origin, ty=3, body=body), *CREATED)
        body = {"m2m:sub": {"rn": "sub", "nu": [f"/cse1/{origin}"], "enc": {"net": [3]}}}
        self.assert_answer(connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=23, body=body), *CREATED)

    def post_data(self, connection, origin, rn, text="hi"):
        body = {"m2m:cin": {"con": text}}
        self.assert_answer(connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=4, body=body), *CREATED)

    def assert_notified(self, registree, text="hi"):
        request = registree.next()
        self.assertEqual("POST / HTTP/1.1", request.line)
        self.assertEqual(text, json.loads(request.body)["m2m:sgn"]["nev"]["rep"]["m2m:cin"]["con"])
        self.assertEqual((f"127.0.0.1:{registree.port}", "/cse1"), (request.fields["host"], request.fields["x-m2m-origin"]))
        return request

    # -- as the CSE -----------------------------------------------------------------------------------------------------

    def stored(self, rn):
        """The AE as the CSE keeps it: nobody is asked but the CSE."""
        connection = http.client.HTTPConnection("127.0.0.1", self.cse.port, timeout=10)
        try:
            connection.request("GET", f"/cse-in/{rn}", headers={"X-M2M-Origin": "CAdmin", "X-M2M-RI": "1", "X-M2M-RVI": "3"})
            return json.loads(connection.getresponse().read())["m2m:ae"]
        finally:
            connection.close()

    def target(self, rn):
        """The request target that the CSE has got: the path of the local address."""
        (address,) = self.stored(rn)["poa"]
        url = urllib.parse.urlsplit(address)
        self.assertEqual(("http", f"127.0.0.1:{self.proxy.endpoint('egress')[1]}"), (url.scheme, url.netloc))
        return url.path

    def as_cse(self):
        """A connection to the egress listener."""
        return over(PlainChannel(self.proxy.endpoint("egress")))

    def notify(self, target, seconds=15, method="POST", **options):
        """One request of the CSE; its answer."""
        options = {"origin": "/cse1", "body": {"m2m:sgn": {"nev": {"rep": {}}}}} | options
        with self.as_cse() as connection:
            return connection.request(method, target, seconds=seconds, **options)

    def assert_refused(self, target, **options):
        self.assert_answer(self.notify(target, **options), *REFUSED)

    def assert_served(self, target, registree, **options):
        self.assert_answer(self.notify(target, **options), 200, 2000)
        return registree.next()

    def wait_until_served(self, target, seconds=10):
        """A point of access that has failed is left alone for a while."""
        wait_until(lambda: self.notify(target).rsc == 2000, seconds, "an answer of the registree")
