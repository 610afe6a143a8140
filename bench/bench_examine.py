"""What one examination costs in CPU time, without the way there."""

import io
import statistics
import time
from collections.abc import Iterator

import numpy as np
import pydicom
import pydicom.data

from bench.table import Options, Row
from gateway import pipeline
from gateway.limits import Limits
from gateway.model import Destination, Look, Sender, Transfer
from gateway.policy import decide, load_rules


def rows(options: Options) -> Iterator[Row]:
    """A CT slice of half a megabyte to a destination where it is blocked: decode, recognise, decide."""
    rules, limits, body = load_rules(), Limits(), ct_slice()
    destination = Destination("api.openai.com", provider="openai")
    transfer = Transfer(
        destination,
        Sender(client="10.0.0.1"),
        headers=((b"Content-Type", b"application/octet-stream"),),
        body=body,
    )
    pipeline.warm()
    times = []
    for _ in range(10 if options.quick else 50):
        started = time.process_time()
        seen = pipeline.examine(transfer, limits, Look.MEDICAL)
        decision = decide(rules, transfer, seen)
        times.append((time.process_time() - started) * 1000)
        assert decision.action.word == "block"
    median = statistics.median(times)
    yield Row(
        f"CT DICOM of {len(body) / 1e6:.1f} MB blocked: CPU",
        median,
        "ms",
        "limit",
        10.0,
        "<= 10 ms",
        median <= 10,
    )


def ct_slice() -> bytes:
    """The CT slice that comes with pydicom, enlarged to 512 x 512 as scanners make them."""
    dataset = pydicom.dcmread(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False)))
    pixels = np.kron(dataset.pixel_array, np.ones((4, 4), dataset.pixel_array.dtype))
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.PixelData = pixels.tobytes()
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset)
    return buffer.getvalue()
