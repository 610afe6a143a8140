from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.coretypes.multidict import MultiDict
from mitmproxy.http import Headers

from gateway.proxy.connection import find_all

NAMES = st.sampled_from([b"Accept", b"ACCEPT", b"accept", b"X-\xe9", b"x-\xe9", b"Content-Length", b""])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=5))), NAMES)
def test_headers_are_found_as_mitmproxy_finds_them(fields: list[tuple[bytes, bytes]], name: bytes) -> None:
    headers = Headers(fields)
    theirs = [value.decode("utf-8", "surrogateescape") for value in MultiDict.get_all(headers, name)]
    assert find_all(headers, name) == theirs
    if name.isascii():
        assert find_all(headers, name.decode()) == theirs
