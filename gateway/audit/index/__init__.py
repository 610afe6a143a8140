"""A way to find things fast in a record of millions: derived from it, kept beside it, and never evidence.

Whoever reads the record builds it, so the writer pays nothing, the tables of the record stay as they are, and one kind
of index serves files and databases alike. It can be thrown away at any time; what a page shows is read from the record.
"""

from gateway.audit.index.build import catch_up
from gateway.audit.index.counts import Tallied, extent, rule_sets, tally
from gateway.audit.index.lookup import Found, around, count, page
from gateway.audit.index.prunings import Pruning, prunings
from gateway.audit.index.schema import Index, forget, index_path, open_index
from gateway.audit.index.shape import FACETS, Shape
from gateway.audit.index.verdicts import Score, Verdict, scores, verdicts
from gateway.audit.index.wanted import Wanted

__all__ = [
    "FACETS",
    "Found",
    "Index",
    "Pruning",
    "Score",
    "Shape",
    "Tallied",
    "Verdict",
    "Wanted",
    "around",
    "catch_up",
    "count",
    "extent",
    "forget",
    "index_path",
    "open_index",
    "page",
    "prunings",
    "rule_sets",
    "scores",
    "tally",
    "verdicts",
]
