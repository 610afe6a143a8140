from pathlib import Path

import pytest

from gateway.durable import write_whole


def test_a_file_is_written_for_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kept"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["kept"]


def test_what_cannot_be_written_leaves_the_old_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.mkdir()
    with pytest.raises(OSError, match="kept"):
        write_whole(path, b"two")
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
