"""The reviewers' desk: server-rendered pages over the record, which show what was decided and never what was sent."""

from gateway.review.app import create_app
from gateway.review.books import Books
from gateway.review.server import ReviewServer

__all__ = ["Books", "ReviewServer", "create_app"]
