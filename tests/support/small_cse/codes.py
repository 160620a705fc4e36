"""Response status codes of TS-0004 6.6.3 and their HTTP status (TS-0009 table 6.3.2-1)."""

OK, CREATED, DELETED, UPDATED = 2000, 2001, 2002, 2004
BAD_REQUEST, RELEASE_VERSION_NOT_SUPPORTED, NOT_FOUND, OPERATION_NOT_ALLOWED = 4000, 4001, 4004, 4005
REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE = 4008, 4015
CONTENTS_UNACCEPTABLE, ORIGINATOR_HAS_NO_PRIVILEGE, CONFLICT = 4102, 4103, 4105
SECURITY_ASSOCIATION_REQUIRED, INVALID_CHILD_RESOURCE_TYPE = 4107, 4108
ORIGINATOR_HAS_ALREADY_REGISTERED = 4117
INTERNAL_SERVER_ERROR, NOT_IMPLEMENTED, TARGET_NOT_REACHABLE = 5000, 5001, 5103
VERIFICATION_FAILED, NOT_ACCEPTABLE = 5204, 5207

HTTP_STATUS = {
    OK: 200,
    CREATED: 201,
    DELETED: 200,
    UPDATED: 200,
    BAD_REQUEST: 400,
    RELEASE_VERSION_NOT_SUPPORTED: 501,
    NOT_FOUND: 404,
    OPERATION_NOT_ALLOWED: 405,
    REQUEST_TIMEOUT: 504,
    UNSUPPORTED_MEDIA_TYPE: 415,
    CONTENTS_UNACCEPTABLE: 400,
    ORIGINATOR_HAS_NO_PRIVILEGE: 403,
    CONFLICT: 409,
    SECURITY_ASSOCIATION_REQUIRED: 403,
    INVALID_CHILD_RESOURCE_TYPE: 403,
    ORIGINATOR_HAS_ALREADY_REGISTERED: 403,
    INTERNAL_SERVER_ERROR: 500,
    NOT_IMPLEMENTED: 501,
    TARGET_NOT_REACHABLE: 404,
    VERIFICATION_FAILED: 500,
    NOT_ACCEPTABLE: 406,
}

REASON_PHRASE = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
}


class Refused(Exception):
    """A request that cannot be granted: response status code and a text for the person who debugs the client."""

    def __init__(self, rsc, text):
        super().__init__(text)
        self.rsc = rsc
        self.text = text


class Crash(Exception):
    """Input that would have killed the CSE whose quirks are imitated; the connection is dropped and counted."""
