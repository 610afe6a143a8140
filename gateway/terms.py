"""What is publicly known of a service's terms; what nobody has looked up is `unknown`, and nothing is invented."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Known(StrEnum):
    """An answer about a service's terms."""

    YES = "yes"
    NO = "no"
    DEPENDS = "depends"  # on the plan
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is publicly known of a service's terms, from where and since when."""

    trains_on_uploads: Known = Known.UNKNOWN
    opt_out: Known = Known.UNKNOWN
    baa_available: Known = Known.UNKNOWN
    retention: str = "unknown"
    note: str = ""
    source: str = ""
    as_of: date | None = None
    shared_with_affiliates: Known = Known.UNKNOWN
    retention_days: int | None = None
    """How long uploads are kept at most, where one number says it; None where it is not known or depends."""
    baa_plan: str = ""
    """For which plan an agreement can be made."""
    hipaa: str = ""
    """What the service itself says about HIPAA."""

    def is_stale(self, today: date, days: int) -> bool:
        """Whether somebody should look again."""
        return self.as_of is not None and (today - self.as_of).days > days


NO_TERMS = Terms()
"""Of a service that nobody has looked at."""
