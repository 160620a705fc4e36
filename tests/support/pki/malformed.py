"""Bytes that are no certificate, all made from one good certificate: for the parser's tests and as fuzz seeds.

Each one has to be refused by parse_certificate, whatever else is true of it.
"""

import der


def elements(data, offset=0, depth=0):
    """Every element of a certificate, depth first, as (offset, start, end)."""
    tag, start, end = der.read(data, offset)
    yield offset, start, end
    if tag & 0x20 and depth < 8:
        for child in der.children(data, offset):
            yield from elements(data, child[0], depth + 1)


def truncations(good):
    """Cut at every byte of the first element heads, then after the head and in the middle of each element."""
    cuts = set(range(1, 16)) | {len(good) - 1, len(good) // 2}
    for offset, start, end in elements(good):
        cuts |= {offset, start, (start + end) // 2}
    for cut in sorted(cuts - {0, len(good)}):
        yield f"truncated-{cut:04}", good[:cut]


def bad_lengths(good):
    """Length octets of the whole and of the signed part that lie or are not DER."""
    _, start, _ = der.read(good)
    body = good[start:]
    for label, octets in (("zero", b"\x00"), ("indefinite", b"\x80"), ("reserved", b"\xff"),
                          ("four-bytes", b"\x84\xff\xff\xff\xff"),
                          ("eight-bytes", b"\x88" + b"\xff" * 8), ("wraps", b"\x88" + (2**64 - 2).to_bytes(8, "big")),
                          ("sign", b"\x84\x80\x00\x00\x00"), ("missing", b"\x82"),
                          ("one-more", b"\x82" + (len(body) + 1).to_bytes(2, "big")),
                          ("one-less", b"\x82" + (len(body) - 1).to_bytes(2, "big")),
                          ("padded", b"\x83" + len(body).to_bytes(3, "big"))):
        yield f"length-{label}", good[:1] + octets + body
    yield "length-indefinite-closed", good[:1] + b"\x80" + body + b"\0\0"
    tbs = der.children(good)[0]
    size = tbs[3] - tbs[2]
    for label, claimed in (("one-more", size + 1), ("one-less", size - 1), ("past-end", 0xffff)):
        yield f"tbs-length-{label}", good[:tbs[0] + 2] + claimed.to_bytes(2, "big") + good[tbs[2]:]


def inner_length_overflows(good):
    """Each short element in turn claims one byte more, and 127: it then reaches out of its parent or swallows its sibling."""
    for number, (offset, start, end) in enumerate(elements(good)):
        if start - offset == 2 and end - start < 0x7f:
            yield f"inner-{number:03}-all-bits", good[:offset + 1] + b"\x7f" + good[start:]
            if number % 3 == 0:
                yield f"inner-{number:03}-indefinite", good[:offset + 1] + b"\x80" + good[start:]


def garbage(good):
    tbs, algorithm, signature = der.children(good)
    signed = good[tbs[0]:tbs[3]]
    rest = good[algorithm[0]:]
    yield "trailing-byte", good + b"\0"
    yield "trailing-certificate", good + good
    yield "garbage-in-outer", der.sequence(signed, rest, der.null())
    yield "garbage-in-tbs", der.sequence(der.sequence(good[tbs[2]:tbs[3]], der.null()), rest)
    yield "outer-set", b"\x31" + good[1:]
    yield "outer-primitive", b"\x10" + good[1:]
    yield "no-signature", der.sequence(signed, good[algorithm[0]:algorithm[3]])
    yield "empty", b""
    yield "empty-sequence", b"\x30\x00"
    yield "text", b"-----BEGIN CERTIFICATE-----\n"
    yield "long-tag", b"\x3f\x81\x00" + good[1:]
    yield "64-kib", der.sequence(signed, good[algorithm[0]:algorithm[3]], der.bit_string(bytes(66000)))
    yield "nested-sequences", nested(20000)
    unused = bytearray(good)
    unused[signature[2]] = 9
    yield "bit-string-unused-9", bytes(unused)


def nested(levels):
    data = b"\x05\x00"
    for _ in range(levels):
        data = der.sequence(data)
    return data


def replaced(good, old, new):
    """`good` with one field of its signed part exchanged; all lengths around it are put right."""
    tbs, algorithm, _ = der.children(good)
    fields = [good[field[0]:field[3]] for field in der.children(good, tbs[0])]
    fields[old] = new
    return der.sequence(der.sequence(*fields), good[algorithm[0]:])


def bad_fields(good):
    """Fields that have the right length and the wrong content."""
    when = lambda text, tag=0x17: der.sequence(der.tlv(tag, text), der.tlv(0x17, b"391231235959Z"))
    yield "version-7", replaced(good, 0, der.explicit(0, der.integer(6)))
    yield "version-256", replaced(good, 0, der.explicit(0, der.integer(258)))
    yield "version-empty", replaced(good, 0, der.explicit(0))
    yield "serial-empty", replaced(good, 1, b"\x02\x00")
    yield "serial-padded", replaced(good, 1, b"\x02\x02\x00\x01")
    yield "serial-octets", replaced(good, 1, der.octet_string(b"1"))
    yield "algorithm-oid-cut", replaced(good, 2, der.sequence(der.tlv(0x06, b"\x2a\x86\x48\xce")))
    yield "algorithm-oid-empty", replaced(good, 2, der.sequence(der.tlv(0x06)))
    for label, value in (("month-13", when(b"251301000000Z")), ("day-31", when(b"250231000000Z")),
                         ("hour-24", when(b"250101240000Z")),
                         ("no-zone", when(b"250101000000")), ("offset", when(b"250101000000+0100")),
                         ("letters", when(b"25AB01000000Z")),
                         ("no-seconds", when(b"2501010000Z")), ("empty", when(b"")), ("minus", when(b"-50101000000Z")),
                         ("fraction", when(b"20250101000000.5Z", 0x18)),
                         ("one-only", der.sequence(der.tlv(0x17, b"250101000000Z")))):
        yield f"time-{label}", replaced(good, 4, value)
    yield "spki-empty", replaced(good, 6, der.sequence())
    yield "spki-no-point", replaced(good, 6, der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"),
                                                                       der.oid("1.2.840.10045.3.1.7")), der.tlv(0x03)))
    yield "extensions-empty", replaced(good, 7, der.explicit(3))
    yield "extensions-no-entry", replaced(good, 7, der.explicit(3, der.sequence()))


def bad_extensions(good):
    def with_extension(*content):
        tbs = der.children(good)[0]
        outer = der.children(good, tbs[0])[7]
        listed = der.children(good, outer[2])
        return replaced(good, 7, der.explicit(3, der.sequence(good[listed[0][0]:listed[-1][3]], der.sequence(*content))))

    private = der.oid("1.3.6.1.4.1.99999.3")
    yield "extension-empty", with_extension()
    yield "extension-no-value", with_extension(private)
    yield "extension-boolean-1", with_extension(private, b"\x01\x01\x01", der.octet_string(b""))
    yield "extension-boolean-long", with_extension(private, b"\x01\x02\xff\xff", der.octet_string(b""))
    yield "extension-trailing", with_extension(private, der.octet_string(b""), der.null())
    yield "extension-value-text", with_extension(private, der.utf8_string("x"))
    for label, kind, value in (
            ("purposes-empty", "2.5.29.37", der.tlv(0x30, b"\x06\x05\x2b")),
        ("constraints-cut", "2.5.29.30", b"\x30\x10\xa0\x0e"),
            ("constraints-trailing", "2.5.29.30", der.sequence() + b"\0")):
        # The good certificate has purposes already, so that one is a duplicate as well; either fault is enough.
        yield f"extension-{label}", with_extension(der.oid(kind), der.octet_string(value))


def samples(good):
    for maker in (truncations, bad_lengths, inner_length_overflows, garbage, bad_fields, bad_extensions):
        yield from maker(good)
