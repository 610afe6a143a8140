"""What may be written about a running proxy: where and what kind, never what.

mitmproxy's messages quote requests, headers and frames, so only the place and the type of an error are kept.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import override


class WithoutContent(logging.Formatter):
    """One JSON object a line: time, level, logger, place in the source, exception type."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        ours = record.name.startswith("gateway")
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "place": f"{record.filename}:{record.lineno}",
        }
        if kind:
            line["error"] = kind
        if ours:
            line["message"] = record.getMessage()  # our own messages hold no content, by rule
        return json.dumps(line)


def install(level: int = logging.WARNING) -> None:
    """Send every logger through the formatter to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutContent())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.raiseExceptions = False  # a failing log call would print the record, content and all
