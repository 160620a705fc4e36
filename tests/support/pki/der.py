"""A small DER writer and reader: just what certificates need, and able to write what no library would.

The certificate corpus must hold arbitrary bytes in names, doubled extensions, wrong lengths: so it is built from here up.
"""

import time


def length(size):
    if size < 0x80:
        return bytes([size])
    body = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def tlv(tag, *parts):
    content = b"".join(parts)
    return bytes([tag]) + length(len(content)) + content


def sequence(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def explicit(number, *parts):
    return tlv(0xA0 | number, *parts)


def implicit(number, content):
    return tlv(0x80 | number, content)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def integer(value):
    """Two's complement, minimal: negative serial numbers are wanted here."""
    size = 1
    while not -(1 << (8 * size - 1)) <= value < (1 << (8 * size - 1)):
        size += 1
    return tlv(0x02, value.to_bytes(size, "big", signed=True))


def base128(arc):
    digits = [arc & 0x7F]
    while arc := arc >> 7:
        digits.append(0x80 | (arc & 0x7F))
    return bytes(reversed(digits))


def oid_content(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    return b"".join(base128(arc) for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]])


def oid(dotted):
    return tlv(0x06, oid_content(dotted))


def relative_oid(dotted):
    return tlv(0x0D, *(base128(int(arc)) for arc in dotted.split(".")))


def null():
    return tlv(0x05)


def octet_string(content):
    return tlv(0x04, content)


def bit_string(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def utf8_string(text):
    return tlv(0x0C, text.encode())


def ia5_string(content):
    return tlv(0x16, content)


def moment(seconds):
    """UTCTime until 2049, GeneralizedTime after that (RFC 5280 4.1.2.5)."""
    parts = time.gmtime(seconds)
    if 1950 <= parts.tm_year < 2050:
        return tlv(0x17, time.strftime("%y%m%d%H%M%SZ", parts).encode())
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ", parts).encode())


def read(data, offset=0):
    """(tag, start of content, end of content) of the element at `offset`; well-formed input only."""
    tag, size, start = data[offset], data[offset + 1], offset + 2
    if size & 0x80:
        count = size & 0x7F
        size = int.from_bytes(data[start:start + count], "big")
        start += count
    return tag, start, start + size


def children(data, offset=0):
    """The elements inside the element at `offset`, each as (offset, tag, start, end)."""
    _, position, end = read(data, offset)
    found = []
    while position < end:
        tag, start, stop = read(data, position)
        found.append((position, tag, start, stop))
        position = stop
    return found
