"""The `leadglass` command: prints, parses arguments, wires the rest together."""

from gateway.cli.command import main

__all__ = ["main"]
