"""Every way around the gateway that we know of, one named case each, with its benign twin.

`case.py` says what a case is, `family_*.py` are the tables, `oracle.py` decides whether a picture got through, and the
`test_*.py` files send every case over HTTP/1 with a length, HTTP/1 in chunks, and HTTP/2 through a real gateway.
"""
