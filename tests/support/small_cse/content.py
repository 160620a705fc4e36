"""JSON in and out, as strict as the primitives need it."""

import json
import math

from . import codes
from .codes import Refused

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _finite(text):
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def decode(body):
    """Bytes of a body -> value; raises Refused."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Refused(codes.BAD_REQUEST, f"content is not valid JSON: {str(error)[:100]}") from None


def encode(value, doubles=False):
    """Value -> bytes. `doubles` writes whole numbers as 2.0."""
    if doubles:
        value = _with_doubles(value)
    return _encoder.encode(value).encode("utf-8", "backslashreplace")


def _with_doubles(value):
    if isinstance(value, dict):
        return {key: _with_doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_doubles(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
