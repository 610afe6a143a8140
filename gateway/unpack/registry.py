"""The table of containers: which format is opened by what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.model import Format
from gateway.unpack.email import EMAIL
from gateway.unpack.markup import MARKUP
from gateway.unpack.member import Container
from gateway.unpack.metafile import Metafile
from gateway.unpack.notebook import NOTEBOOK
from gateway.unpack.ole import Ole
from gateway.unpack.pdf import PDF
from gateway.unpack.rtf import RTF
from gateway.unpack.sealed import SEALED
from gateway.unpack.seven_zip import SevenZip
from gateway.unpack.stream import BZIP2, GZIP, XZ, ZSTD
from gateway.unpack.tar import Tar
from gateway.unpack.zip import Zip

CONTAINERS: Final[Mapping[Format, Container]] = MappingProxyType(
    {
        Format.ZIP: Zip(),
        Format.OFFICE: Zip(),
        Format.TAR: Tar(),
        Format.GZIP: GZIP,
        Format.BZIP2: BZIP2,
        Format.XZ: XZ,
        Format.ZSTD: ZSTD,
        Format.SEVEN_ZIP: SevenZip(),
        Format.RAR: SEALED,
        Format.PDF: PDF,
        Format.OLE: Ole(),
        Format.EMAIL: EMAIL,
        Format.METAFILE: Metafile(),
        Format.NOTEBOOK: NOTEBOOK,
        Format.JSON: NOTEBOOK,
        Format.RTF: RTF,
        Format.TEXT: MARKUP,
        Format.HTML: MARKUP,
        Format.SVG: MARKUP,
        Format.XML: MARKUP,
    }
)
"""Formats that are not here have nothing inside, or are opened by nobody and reported by the detectors."""
