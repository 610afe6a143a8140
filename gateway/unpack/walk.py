"""Walks containers depth first: every member is a part, and whatever cannot be opened is a finding."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath

from gateway.errors import FormatError, GatewayError, LimitReached, RedactionError
from gateway.formats.containers import SEARCHED
from gateway.formats.sniff import sniff
from gateway.limits import Limits
from gateway.model import Finding, Format, Kind, Part, PartPath
from gateway.unpack.counter import Counter
from gateway.unpack.member import Container, Member, Trouble
from gateway.unpack.registry import CONTAINERS

BY = "unpack 1"


def unpack(part: Part, limits: Limits, counter: Counter | None = None) -> Iterator[Part | Finding]:
    """The part itself with its format, then everything inside it, each followed by what is inside that.

    Parts that were opened say so; texts with files in them are followed by the text without the files.

    A finding stands for each thing that could not be opened: encrypted, damaged, of an unknown method, readable in
    more than one way, or beyond a limit. Nothing is raised. One `counter` may be shared by several parts of one body.
    """
    whole = (
        part if part.sealed or part.format is not Format.UNKNOWN else replace(part, format=sniff(part.data))
    )
    yield from _walked(whole, Counter(limits, len(part.data)) if counter is None else counter, limits.depth)


def repack(part: Part, new: Mapping[PartPath, Part], limits: Limits) -> Part:
    """The part with some of its members, at any depth, replaced; everything else in it stays as it is.

    RedactionError when a container on the way cannot be written, or a named member is not there.
    """
    if part.path in new:
        part = new[part.path]
    if part.format is Format.UNKNOWN:
        part = replace(part, format=sniff(part.data))
    wanted = {path for path in new if path[: len(part.path)] == part.path and len(path) > len(part.path)}
    if len(wanted) + (part.path in new) < len(new):
        raise RedactionError("a member to be replaced is not inside this part")
    return _repacked(part, new, wanted, Counter(limits), limits.depth) if wanted else part


def _repacked(
    part: Part, new: Mapping[PartPath, Part], wanted: set[PartPath], counter: Counter, room: int
) -> Part:
    container = CONTAINERS.get(part.format)
    if container is None or not container.writable or not part.rewritable or room <= 0:
        raise RedactionError("a container that cannot be written")
    changes: dict[int, bytes] = {}
    left = set(wanted)
    for index, seen in enumerate(listed(part, container, counter)):
        if isinstance(seen, Trouble):
            continue
        child = seen[1]
        deeper = {path for path in wanted if path[: len(child.path)] == child.path}
        left -= deeper
        changed = _changed(child, new, deeper, counter, room) if deeper else child
        if changed.data != child.data:
            if not child.rewritable:
                raise RedactionError("a member that cannot be written")
            changes[index] = changed.data
    if left:
        raise RedactionError("a member to be replaced is not inside this container")
    return part.with_data(_written(part, container, changes, counter.limits)) if changes else part


def _written(part: Part, container: Container, changes: Mapping[int, bytes], limits: Limits) -> bytes:
    try:
        return container.write(part, changes, limits)
    except RedactionError:
        raise
    except GatewayError as error:
        raise RedactionError("the container cannot be written", reason=error.reason) from None
    except Exception as error:  # noqa: BLE001 - the border of foreign writers; the type, never the text
        raise RedactionError(f"the container cannot be written: {type(error).__name__}") from None


def _changed(
    child: Part, new: Mapping[PartPath, Part], deeper: set[PartPath], counter: Counter, room: int
) -> Part:
    if child.path in new:
        child = replace(child, data=new[child.path].data)
        deeper = deeper - {child.path}
    return _repacked(child, new, deeper, counter, room - 1) if deeper else child


def _walked(part: Part, counter: Counter, room: int) -> Iterator[Part | Finding]:
    container = None if part.begun else CONTAINERS.get(part.format)
    if container is None:
        yield part
        return
    inside = listed(part, container, counter)
    first = next(inside, None)
    if first is None and part.format in SEARCHED:
        yield part  # text with nothing but text in it
        return
    yield replace(part, opened=True)
    for seen in () if first is None else chain((first,), inside):
        if isinstance(seen, Trouble):
            yield Finding(seen.kind, part.path, seen.where, seen.detail, by=BY, redactable=False)
        elif room <= 0:
            yield Finding(Kind.OVER_LIMIT, part.path, detail="too-deep", by=BY, redactable=False)
            return
        else:
            yield from _walked(seen[1], counter, room - 1)


def listed(part: Part, container: Container, counter: Counter) -> Iterator[Trouble | tuple[Member, Part]]:
    """Members as parts with paths of their own; a failure of any kind ends the list with what went wrong."""
    taken = set[str]()
    try:
        for seen in container.members(part, counter):
            if isinstance(seen, Trouble):
                yield seen
                continue
            counter.entry()
            yield seen, _part(part, container, seen, taken)
    except GatewayError as error:
        yield Trouble.of(error)
    except (MemoryError, RecursionError):
        yield Trouble.of(LimitReached("a container that needs too much memory", reason="memory"))
    except Exception as error:  # noqa: BLE001 - the border of foreign parsers; the type, never the text
        yield Trouble.of(FormatError("a container that cannot be read"), type(error).__name__)


def _part(parent: Part, container: Container, member: Member, taken: set[str]) -> Part:
    name, again = member.name, 1
    while name in taken:
        # A second member of the same name is a member all the same, and needs a path of its own.
        again += 1
        name = f"{member.name} ({again})"
    taken.add(name)
    return Part(
        (*parent.path, name),
        member.data,
        sniff(member.data) if member.format is None else member.format,
        member.declared_type,
        PurePosixPath(member.name.replace("\\", "/")).name if member.named and member.data else "",
        rewritable=parent.rewritable and container.writable and member.rewritable,
        text=member.text,
        view=member.view,
    )
