import re

from gateway.policy.accounts import AccountSource, account_of, key_digest

SECRET = b"s" * 32
BOTH = AccountSource(headers=("openai-organization",), keys=("authorization", "x-api-key"), query=("key",))


def told(
    *headers: tuple[bytes, bytes], source: AccountSource = BOTH, path: str = "/", secret: bytes = SECRET
) -> str:
    return account_of(headers, "res.example.com", path, source, secret)


def test_a_workspace_header_counts_before_the_key() -> None:
    assert told((b"OpenAI-Organization", b"org-1"), (b"authorization", b"Bearer sk-1")) == "header:org-1"


def test_two_workspaces_are_no_account() -> None:
    assert told((b"openai-organization", b"org-1"), (b"OpenAI-Organization", b"org-2")) == ""


def test_a_strange_workspace_is_no_account() -> None:
    assert told((b"openai-organization", b"org 1\xff")) == ""
    assert told((b"openai-organization", b"")) == ""


def test_a_key_is_only_known_by_its_digest() -> None:
    account = told((b"authorization", b"Bearer sk-secret"))
    assert account == f"key:{key_digest('sk-secret', SECRET)}"
    assert "sk-secret" not in account
    assert account != told((b"authorization", b"Bearer sk-secret"), secret=b"t" * 32)
    assert account == told((b"x-api-key", b"sk-secret")) == told(path="/v1?key=sk-secret")


def test_without_a_secret_a_key_belongs_to_nobody() -> None:
    assert told((b"authorization", b"Bearer sk-1"), secret=b"") == ""


def test_two_keys_are_no_account() -> None:
    assert told((b"authorization", b"Bearer sk-1"), (b"x-api-key", b"sk-2")) == ""


def test_the_access_key_of_a_signature() -> None:
    signed = b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0"
    assert told((b"authorization", signed)) == f"key:{key_digest('AKIAIOSFODNN7EXAMPLE', SECRET)}"
    assert told((b"authorization", b"AWS4-HMAC-SHA256 nonsense")) == ""


def test_projects_in_paths_and_own_hosts() -> None:
    path = AccountSource(path=(re.compile("/[^/]+/projects/([^/?#]+)"),))
    assert told(source=path, path="/v1/projects/heart-1/locations/x") == "path:heart-1"
    assert told(source=path, path="/v1/other") == ""
    assert told(source=AccountSource(host=True)) == "host:res.example.com"
