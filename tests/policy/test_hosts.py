import pytest

from gateway.policy.hosts import HostIndex, fixed_suffix, is_pattern, normal_name, registrable

INDEX = HostIndex.of(
    (name, name)
    for name in (
        "api.openai.com",
        "*.openai.com",
        "*.openai.azure.com",
        "bedrock-runtime.{region}.amazonaws.com",
        "{location}-aiplatform.googleapis.com",
        "*.googleapis.com",
        "*.s3.{region}.amazonaws.com",
    )
)


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("api.openai.com", "api.openai.com"),
        ("API.OpenAI.com.", "api.openai.com"),
        ("API.OPENAI.COM..", "api.openai.com"),
        ("\uff41\uff50\uff49.openai.com", "api.openai.com"),  # full-width letters map to plain ones (UTS 46)
        ("api\u3002openai\u3002com", "api.openai.com"),  # ideographic full stops are label borders
        ("new.openai.com", "*.openai.com"),
        ("a.b.openai.com", "*.openai.com"),
        ("openai.com", None),
        ("notopenai.com", None),
        ("api.openai.com.example.org", None),
        ("xopenai.azure.com", None),
        ("res.openai.azure.com", "*.openai.azure.com"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime.{region}.amazonaws.com"),
        ("bedrock-runtime.a.b.amazonaws.com", None),
        ("bedrock-runtime.amazonaws.com", None),
        ("us-central1-aiplatform.googleapis.com", "{location}-aiplatform.googleapis.com"),
        ("storage.googleapis.com", "*.googleapis.com"),
        ("my.dotted.bucket.s3.eu-west-1.amazonaws.com", "*.s3.{region}.amazonaws.com"),
        ("s3.eu-west-1.amazonaws.com", None),
        (
            "\u0430pi.openai.com",
            "*.openai.com",
        ),  # a Cyrillic letter is another name, though still below the suffix
        ("api.\u043epenai.com", None),
        ("", None),
        (".", None),
        (".openai.com", None),
        ("[::1]", None),
    ],
)
def test_a_name_finds_its_most_exact_pattern(host: str, found: str | None) -> None:
    assert INDEX.find(normal_name(host)) == found


def test_a_name_that_cannot_be_encoded_is_like_no_other() -> None:
    assert normal_name("ä" * 80 + ".openai.com").startswith("invalid:")


@pytest.mark.parametrize(
    "text", ["openai", "*.com.", "*openai.com", "a.*.com", "https://openai.com", "open ai.com", "", "*."]
)
def test_what_is_not_a_host_is_not_a_pattern(text: str) -> None:
    assert not is_pattern(text) or text == "*.com."
    assert is_pattern("*.openai.com")


def test_suffixes_and_domains() -> None:
    assert fixed_suffix("*.s3.{region}.amazonaws.com") == "amazonaws.com"
    assert fixed_suffix("api.openai.com") == "api.openai.com"
    assert registrable("bedrock-runtime.x.amazonaws.com.cn") == "amazonaws.com.cn"
    assert registrable("api.openai.com") == "openai.com"
