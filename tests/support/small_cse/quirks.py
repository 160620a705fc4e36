"""How a particular CSE deviates from what HTTP and oneM2M would let one expect."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quirks:
    """One CSE's habits; the defaults are those of a well-behaved one."""

    name: str = "none"
    always_close: bool = False  # every answer says `Connection: close` and means it
    idle_seconds: float = 0  # keep-alive connections are closed after so long without a request; 0 = never
    surplus: bytes = b""  # bytes sent after the body, outside Content-Length
    single_recv: bool = False  # a head in two pieces kills it, a body in two pieces is cut
    chunked_requests: bool = True
    require_ri: bool = True
    require_rvi: bool = False
    length_without_body: bool = True  # bodyless answers carry `Content-Length: 0`
    lower_case_headers: bool = False
    numbers_as_doubles: bool = False  # "ty":2.0
    originator_required: bool = False  # no assignment when From is absent
    empty_originator_means_s: bool = False
    tinyiot_originators: bool = False  # SP-relative From ignored, absolute From kills it, bare CSE-ID gives 4107
    tinyiot_remote_cses: bool = False  # named by their CSE-ID whatever rn says, csi comes twice, a second one is the first
    tinyiot_notifications: bool = False  # one-segment answers, constant id, target without slash in the verification
    verify_subscriptions: bool = True
    wait_for_notifications: bool = False  # the triggering request waits until its notifications are through
    forwarding: str = "path"  # to a remote CSE: behind the whole poa; "host": its path dropped; "relative": the CSE-ID dropped
    follows_registrar_poa: bool = True  # what the registrar's CSEBase says; otherwise the configured address
    headers: bytes = b""  # header lines of every answer


TINYIOT = Quirks(
    name="tinyiot",
    always_close=True,
    surplus=b"\r\n",
    single_recv=True,
    chunked_requests=False,
    require_ri=False,
    require_rvi=True,
    length_without_body=False,
    numbers_as_doubles=True,
    originator_required=True,
    tinyiot_originators=True,
    tinyiot_remote_cses=True,
    tinyiot_notifications=True,
    wait_for_notifications=True,
    forwarding="host",
    headers=b"Connection: Close\r\nServer: tinyIoT v0.1\r\nAccept: application/json\r\n"
    b"Access-Control-Allow-Origin: *\r\n",
)

MOBIUS = Quirks(
    name="mobius",
    idle_seconds=5,
    lower_case_headers=True,
    originator_required=True,
    empty_originator_means_s=True,
    verify_subscriptions=False,
    forwarding="host",
    follows_registrar_poa=False,
    headers=b"Access-Control-Allow-Origin: *\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
)

MOBIUS4 = Quirks(
    name="mobius4",
    idle_seconds=5,
    verify_subscriptions=False,
    forwarding="relative",
    follows_registrar_poa=False,
    headers=b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n",
)

BY_NAME = {"none": Quirks(), "tinyiot": TINYIOT, "mobius": MOBIUS, "mobius4": MOBIUS4}
