"""HTTP requests to primitives and results to answers (TS-0009 clause 6)."""

import logging
from urllib.parse import parse_qs, unquote

from . import codes, content
from .codes import Crash, Refused
from .cse import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE, Primitive
from .tree import Clock
from .wire import Answer

_RELEASES = ("3", "2a", "2", "1", "4", "5")
_OPERATION = {"GET": RETRIEVE, "PUT": UPDATE, "DELETE": DELETE}
_JSON_TYPES = ("application/json", "application/vnd.onem2m-res+json", "application/vnd.onem2m-ntfy+json")


class Binding:
    """Joins HTTP to a Cse."""

    def __init__(self, cse, quirks, require_rvi):
        self._cse = cse
        self._quirks = quirks
        self._require_rvi = require_rvi or quirks.require_rvi

    def answer(self, request):
        """Answer, or a coroutine of it."""
        fields = request.fields
        ri, rvi = fields.get("x-m2m-ri"), fields.get("x-m2m-rvi")
        answered_rvi = rvi if rvi in _RELEASES else "3"
        try:
            result = self._cse.handle(self._primitive(request, ri, rvi))
        except Refused as refused:
            return self._refusal(refused, ri, answered_rvi)
        except Crash:
            raise
        except Exception:  # a bug of ours: the peer gets the code, the terminal the trace
            logging.exception("request %r", request.raw[:200])
            return Answer(500, codes.INTERNAL_SERVER_ERROR, ri, answered_rvi)
        if type(result) is tuple:
            return self._result(result, ri, answered_rvi)
        return self._later(result, ri, answered_rvi)

    @staticmethod
    def bad_request(status, text):
        """The answer to bytes that are no request; the connection ends with it."""
        answer = Answer(status, codes.BAD_REQUEST, None, None, content.encode({"m2m:dbg": text}))
        answer.close = True
        return answer

    async def _later(self, pending, ri, rvi):
        try:
            return self._result(await pending, ri, rvi)
        except Refused as refused:
            return self._refusal(refused, ri, rvi)

    def _result(self, result, ri, rvi):
        code, value = result
        body = b""
        if value is not None:
            body = value if type(value) is bytes else self._encode(value)
        return Answer(codes.HTTP_STATUS.get(code, 500), code, ri, rvi, body)

    def _encode(self, value):
        body = content.encode(value, self._quirks.numbers_as_doubles)
        csr = value.get("m2m:csr") if self._quirks.tinyiot_remote_cses and isinstance(value, dict) else None
        return body if csr is None else body[:-2] + b"," + content.encode({"csi": csr["csi"]})[1:] + b"}"

    @staticmethod
    def _refusal(refused, ri, rvi):
        return Answer(codes.HTTP_STATUS[refused.rsc], refused.rsc, ri, rvi, content.encode({"m2m:dbg": refused.text}))

    def _primitive(self, request, ri, rvi):
        fields = request.fields
        if not ri and self._quirks.require_ri:
            raise Refused(codes.BAD_REQUEST, "X-M2M-RI is missing")
        if rvi is None:
            if self._require_rvi:
                raise Refused(codes.BAD_REQUEST, "rvi is mandatory")
        elif rvi not in _RELEASES:
            raise Refused(codes.RELEASE_VERSION_NOT_SUPPORTED, f"release {rvi[:20]} is not supported")
        if "x-m2m-ret" in fields:
            _check_expiry(fields["x-m2m-ret"])
        accept = fields.get("accept")
        if accept is not None and accept != "*/*" and not any(t in accept for t in ("json", "*/*", "application/*")):
            raise Refused(codes.NOT_ACCEPTABLE, "answers are JSON")
        primitive = Primitive()
        primitive.ri, primitive.rvi, primitive.fr = ri, rvi, fields.get("x-m2m-origin")
        primitive.ty = primitive.pc = None
        primitive.body = request.body
        primitive.request = request
        self._read_target(primitive, request.target)
        self._read_operation(primitive, request)
        return primitive

    def _read_target(self, primitive, target):
        if not target.startswith("/"):
            target = self._origin_form(target)
        path, _, query = target.partition("?")
        if "%" in path:
            path = unquote(path, errors="replace")
        if path.startswith(("//", "/~//")):
            raise Refused(codes.NOT_FOUND, "an empty path segment names nothing")
        if path.startswith("/~/"):
            primitive.to = path[2:]
        elif path.startswith("/_/"):
            primitive.to = "/" + path[2:]
        else:
            primitive.to = path[1:].rstrip("/")
        try:
            primitive.query = parse_qs(query, keep_blank_values=True, max_num_fields=100) if query else {}
        except ValueError:
            raise Refused(codes.BAD_REQUEST, "malformed query") from None

    def _origin_form(self, target):
        scheme, _, rest = target.partition("://")
        if scheme.lower() != "http" or "/" not in rest or self._quirks.single_recv:
            raise Refused(codes.NOT_FOUND, "the request target is no path")
        return rest[rest.index("/") :]

    @staticmethod
    def _read_operation(primitive, request):
        method = request.method
        if method == "POST":
            media_type, primitive.ty = _content_type(request.fields.get("content-type", ""))
            primitive.op = NOTIFY if primitive.ty is None else CREATE
        elif method in _OPERATION:
            primitive.op = _OPERATION[method]
            if primitive.op != UPDATE:
                return
            media_type, _ = _content_type(request.fields.get("content-type", ""))
        else:
            raise Refused(codes.OPERATION_NOT_ALLOWED, f"method {method[:20]} has no meaning in oneM2M")
        if media_type not in _JSON_TYPES:
            raise Refused(codes.UNSUPPORTED_MEDIA_TYPE, "content must be JSON")
        if not request.body:
            raise Refused(codes.BAD_REQUEST, "content is missing")
        primitive.pc = content.decode(request.body)


def _content_type(value):
    """`application/json;ty=2` -> ("application/json", 2)."""
    media_type, *parameters = value.split(";")
    ty = None
    for parameter in parameters:
        name, _, number = parameter.strip().partition("=")
        if name.strip().lower() == "ty":
            number = number.strip()
            if ty is not None or not (number.isascii() and number.isdigit() and len(number) < 6):
                raise Refused(codes.BAD_REQUEST, "resource type is invalid")
            ty = int(number)
    return media_type.strip().lower(), ty


def _check_expiry(value):
    if "T" in value and value < Clock.now():
        raise Refused(codes.REQUEST_TIMEOUT, "the request has expired")
