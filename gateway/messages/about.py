"""What a person should know about a service before uploading, in plain words."""

from gateway.messages import Messages
from gateway.terms import Known, Terms


def about_service(say: Messages, terms: Terms, *, agreed: bool) -> str:
    """One sentence; what is not known is said to be unknown."""
    told = [say(f"terms.trains_{terms.trains_on_uploads.value}")]
    if terms.retention_days is not None:
        told.append(
            say("terms.keeps_days", days=terms.retention_days)
            if terms.retention_days
            else say("terms.keeps_nothing")
        )
    elif terms.retention != "unknown" and say.language == "en":  # the catalogue's own words are English
        told.append(say("terms.keeps", retention=terms.retention))
    if terms.shared_with_affiliates is Known.YES:
        told.append(say("terms.shares"))
    told.append(say("terms.agreed" if agreed else "terms.not_agreed"))
    return f"{'; '.join(told)}."


def source_of(say: Messages, terms: Terms) -> str:
    """Where that is known from; empty where nobody has said."""
    if terms.as_of is None or not terms.source:
        return ""
    return say("terms.source", date=terms.as_of.isoformat(), source=terms.source)
