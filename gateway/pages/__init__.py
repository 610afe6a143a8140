"""Pages for the people behind the gateway: what this is, how to set up a machine, what became of an upload, a trial."""

from gateway.pages.app import create_pages
from gateway.pages.front import Front, Hall, Visitor
from gateway.pages.inside import Asked, answered

__all__ = ["Asked", "Front", "Hall", "Visitor", "answered", "create_pages"]
