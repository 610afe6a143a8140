"""The reviewers' desk: server-rendered pages over the record, which show what was decided and never what was sent."""

from gateway.review.app import create_app
from gateway.review.books import Books
from gateway.review.oidc_schema import load_single_sign_on
from gateway.review.server import Front, ReviewServer
from gateway.review.single_sign_on import SingleSignOn

__all__ = ["Books", "Front", "ReviewServer", "SingleSignOn", "create_app", "load_single_sign_on"]
