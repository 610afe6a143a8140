"""The closed list of formats that hold other files and are opened to the last byte, or reported as not opened."""

from typing import Final

from gateway.model import Format

OPENED: Final = frozenset({
    Format.ZIP, Format.OFFICE, Format.TAR, Format.GZIP, Format.BZIP2, Format.XZ, Format.ZSTD, Format.SEVEN_ZIP,
    Format.PDF, Format.OLE, Format.EMAIL, Format.METAFILE,
})  # fmt: skip
"""Whatever is inside stands as parts of its own, so nothing is left to say about the wrapping itself."""

SEARCHED: Final = frozenset({
    Format.TEXT, Format.HTML, Format.SVG, Format.XML, Format.JSON, Format.NOTEBOOK, Format.RTF,
})  # fmt: skip
"""Texts: leaves when nothing is in them; else the files in them and the text around these are parts of their own."""

SEALED: Final = frozenset({Format.RAR})
"""Archives that nothing here opens."""
