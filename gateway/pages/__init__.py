"""The pages for the people whose uploads pass here: how to set up a machine, what became of an upload, what a file would get.

They are answered by the gateway itself at `http://leadglass.internal/`, which exists nowhere but behind the proxy.
"""

from gateway.pages.app import create_pages
from gateway.pages.door import Door
from gateway.pages.surroundings import Surroundings
from gateway.pages.visitor import CHECK_PATH, VISITOR, Visitor, is_public

__all__ = ["CHECK_PATH", "VISITOR", "Door", "Surroundings", "Visitor", "create_pages", "is_public"]
