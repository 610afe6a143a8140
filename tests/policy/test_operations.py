import pytest

from gateway.policy.operations import Operation, OperationIndex

INDEX = OperationIndex.of(
    Operation(name, method, template)
    for name, method, template in (
        ("files.create", "POST", "/v1/files"),
        ("files.read", "GET", "/v1/files/{id}"),
        ("part", "POST", "/v1/uploads/{id}/parts"),
        ("generate", "POST", "/{version}/models/{model}:generateContent"),
        ("stream", "POST", "/{version}/models/{model}:streamGenerateContent"),
        ("live", "GET", "/ws/{service}"),
        ("any", "*", "/assistants/**"),
        ("deep", "PUT", "/files/{id}/raw"),
        ("rest", "PUT", "/**"),
    )
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/files", "files.create"),
        ("POST", "/v1/files?purpose=x", "files.create"),
        ("GET", "/v1/files", None),
        ("GET", "/v1/files/file-1", "files.read"),
        ("GET", "/v1/files/", None),
        ("POST", "/v1/uploads/u/parts", "part"),
        ("POST", "/v1beta/models/gemini-3:generateContent", "generate"),
        ("POST", "/v1beta/models/gemini-3:streamGenerateContent?alt=sse", "stream"),
        ("POST", "/v1beta/models/:generateContent", None),
        ("GET", "//ws/google.ai.BidiGenerateContent", "live"),
        ("DELETE", "/assistants/a/b/c", "any"),
        ("PUT", "/files/1/raw?sig=x", "deep"),
        ("PUT", "/elsewhere/1", "rest"),
        ("POST", "/", None),
        ("POST", "", None),
    ],
)
def test_a_request_has_the_name_of_its_template(method: str, path: str, name: str | None) -> None:
    found = INDEX.find(method, path)
    assert (found.name if found else None) == name


def test_names_are_known() -> None:
    assert "part" in INDEX.names
