from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.model import Exposure
from gateway.policy import Catalogue, load_rules
from gateway.policy.accounts import key_digest
from gateway.refusal import SHAPES
from gateway.terms import NO_TERMS
from tests.policy.made import LOG, write

# Every host that the official clients and web apps were seen to upload to.
KNOWN = {
    "openai": ["api.openai.com"],
    "azure-openai": ["res.openai.azure.com", "res.services.ai.azure.com", "res.cognitiveservices.azure.com"],
    "groq": ["api.groq.com"], "openrouter": ["openrouter.ai"], "together": ["api.together.ai", "api-inference.together.ai"],
    "fireworks": ["api.fireworks.ai"], "xai": ["api.x.ai"], "perplexity-api": ["api.perplexity.ai"], "deepseek-api": ["api.deepseek.com"],
    "huggingface": ["router.huggingface.co", "x.endpoints.huggingface.cloud", "api-inference.huggingface.co", "huggingface.co", "cas-server.xethub.hf.co"],
    "github-models": ["models.github.ai"], "gemini": ["generativelanguage.googleapis.com"], "anthropic": ["api.anthropic.com"],
    "vertex": ["europe-west1-aiplatform.googleapis.com", "aiplatform.googleapis.com", "aiplatform.eu.rep.googleapis.com"],
    "code-assist": ["cloudcode-pa.googleapis.com"], "mistral": ["api.mistral.ai"],
    "bedrock": ["bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime-fips.us-east-1.amazonaws.com", "bedrock-runtime.cn-north-1.amazonaws.com.cn",
                "vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com"],
    "s3": ["b.s3.amazonaws.com", "b.s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "acc.r2.cloudflarestorage.com"],
    "cohere": ["api.cohere.com"], "ollama": ["ollama.com"], "replicate": ["api.replicate.com"],
    "image-hosts": ["api.imgbb.com", "catbox.moe", "0x0.st"],
    "github-copilot": ["api.githubcopilot.com", "api.individual.githubcopilot.com", "api.business.githubcopilot.com", "uploads.github.com"],
    "chatgpt": ["chatgpt.com"], "cursor": ["api2.cursor.sh"], "chatgpt-files": ["files.oaiusercontent.com", "sdmntprwestus.oaiusercontent.com"],
    "claude": ["claude.ai"], "gemini-web": ["push.clients6.google.com", "content-push.googleapis.com", "gemini.google.com"], "grok": ["grok.com"],
    "copilot": ["copilot.microsoft.com"], "m365-copilot": ["substrate.office.com", "substrate.svc.cloud.microsoft"], "sharepoint": ["tenant.sharepoint.com"],
    "perplexity": ["www.perplexity.ai", "ppl-ai-file-upload.s3.amazonaws.com"], "deepseek": ["chat.deepseek.com"],
    "meta-ai": ["rupload.meta.ai", "gateway.meta.ai"], "kimi": ["www.kimi.com", "www.kimi.ai", "prod-chat-kimi.tos-s3-cn-beijing.volces.com"], "mistral-web": ["chat.mistral.ai"], "poe": ["poe.com"],
    "google-ai-web": ["aistudio.google.com", "notebooklm.google.com"], "qwen": ["chat.qwen.ai", "qwen-webui-prod.oss-accelerate.aliyuncs.com"], "doubao": ["www.doubao.com"],
    "genspark": ["www.genspark.ai"], "azure-blob": ["x.blob.core.windows.net"], "google-storage": ["storage.googleapis.com"],
    "object-stores": ["b.oss-cn-hangzhou.aliyuncs.com", "b.tos-cn-beijing.volces.com", "b.tos-s3-cn-beijing.volces.com", "b.cos.ap-shanghai.myqcloud.com"],
    "other-compatible": ["ark.cn-beijing.volces.com", "dashscope.aliyuncs.com", "api.moonshot.cn"],
}  # fmt: skip

OPERATIONS = [
    ("api.openai.com", "POST", "/v1/files", "files.create"),
    ("api.openai.com", "POST", "/v1/uploads/upload_1/parts", "uploads.part"),
    ("api.openai.com", "POST", "/v1/images/edits", "images.edit"),
    ("api.openai.com", "POST", "/v1/responses", "responses.create"),
    ("api.openai.com", "GET", "/v1/realtime?model=x", "realtime.connect"),
    ("api.openai.com", "POST", "/v1/containers/c/files", "containers.file"),
    ("api.groq.com", "POST", "/openai/v1/chat/completions", "chat.create"),
    ("openrouter.ai", "POST", "/api/v1/chat/completions", "chat.create"),
    ("res.openai.azure.com", "POST", "/openai/deployments/d/chat/completions?api-version=1", "chat.create"),
    ("api.anthropic.com", "POST", "/v1/messages", "messages.create"),
    ("api.anthropic.com", "POST", "/v1/messages/batches", "batches.create"),
    (
        "generativelanguage.googleapis.com",
        "POST",
        "/v1beta/models/gemini-2:generateContent",
        "content.generate",
    ),
    ("generativelanguage.googleapis.com", "POST", "/upload/v1beta/files", "files.upload"),
    (
        "generativelanguage.googleapis.com",
        "GET",
        "//ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent",
        "live.connect",
    ),
    (
        "eu-aiplatform.googleapis.com",
        "POST",
        "/v1/projects/p/locations/eu/publishers/anthropic/models/claude:rawPredict",
        "messages.create",
    ),
    ("api.mistral.ai", "POST", "/v1/ocr", "ocr.create"),
    ("api.x.ai", "POST", "/xai_api.Files/UploadFile", "grpc.files"),
    ("bedrock-runtime.us-east-1.amazonaws.com", "POST", "/model/anthropic.claude%3A0/converse", "converse"),
    ("api.cohere.com", "POST", "/v2/chat", "chat.create"),
    ("ollama.com", "POST", "/api/chat", "chat.create"),
    ("router.huggingface.co", "POST", "/hf-inference/models/google/vit", "inference.run"),
    ("huggingface.co", "POST", "/api/models/o/r/preupload/main", "hub.preupload"),
    ("api.replicate.com", "POST", "/v1/models/o/m/predictions", "predictions.create"),
    ("chatgpt.com", "POST", "/backend-api/files", "files.create"),
    ("x.oaiusercontent.com", "PUT", "/files/0000/raw?sig=1", "files.put"),
    ("claude.ai", "POST", "/api/organizations/o/conversations/c/wiggle/upload-file", "files.create"),
    ("push.clients6.google.com", "POST", "/upload/?upload_id=1", "files.upload"),
    ("grok.com", "POST", "/rest/app-chat/upload-file", "files.create"),
    ("substrate.office.com", "POST", "/m365Copilot/UploadFile", "files.create"),
    ("chat.deepseek.com", "POST", "/api/v0/file/upload_file", "files.create"),
    ("rupload.meta.ai", "POST", "/gen_ai_document_gen_ai_tenant/u", "files.create"),
    ("b.s3.amazonaws.com", "PUT", "/study/1", "object.put"),
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_rules().catalogue


@pytest.mark.parametrize(
    ("provider", "host"), [(name, host) for name, hosts in KNOWN.items() for host in hosts]
)
def test_every_known_host_is_inspected(catalogue: Catalogue, provider: str, host: str) -> None:
    site = catalogue.lookup(host, 443)
    assert site is not None
    assert site.provider.name == provider
    assert catalogue.lookup(f"{host.upper()}.", 443) == site
    assert catalogue.lookup(host, 8443) == site
    assert catalogue.lookup(f"x{host}.example", 443) is None


@pytest.mark.parametrize(("host", "method", "path", "operation"), OPERATIONS)
def test_uploads_have_a_name_and_a_template(
    catalogue: Catalogue, host: str, method: str, path: str, operation: str
) -> None:
    destination = catalogue.destination(host, 443, method, path)
    assert destination.operation == operation
    assert destination.template
    for word in ("upload_1", "gemini-2", "study", "0000", "sig"):
        assert word not in destination.template


def test_every_provider_speaks_a_known_shape_and_says_how_it_is_known(catalogue: Catalogue) -> None:
    assert len(catalogue.providers) > 40
    for provider in catalogue.providers.values():
        assert provider.shape in SHAPES
        assert provider.sources
        assert provider.exposure in (Exposure.PUBLIC, Exposure.STORAGE)
        if provider.terms.as_of is not None:
            assert provider.terms.source


@pytest.mark.parametrize(
    "host",
    ["www.hospital.example", "example.org", "amazonaws.com", "update.vendor.example", "127.0.0.1", "[::1]"],
)
def test_everything_else_is_passed_through(catalogue: Catalogue, host: str) -> None:
    assert catalogue.lookup(host, 443) is None
    assert catalogue.destination(host, 443, "POST", "/").exposure is Exposure.NONE


@pytest.mark.parametrize(
    "host", ["www.midjourney.com", "my-gpt.example", "chatgpt.example", "beta.character.ai"]
)
def test_unlisted_services_are_noticed_by_their_name(catalogue: Catalogue, host: str) -> None:
    assert catalogue.destination(host, 443, "POST", "/").exposure is Exposure.UNLISTED


def test_every_inspected_host_is_covered_by_pac_and_authority(catalogue: Catalogue) -> None:
    hosts, domains = catalogue.hosts, catalogue.registrable
    for known in [host for hosts in KNOWN.values() for host in hosts]:
        assert known in hosts or any(name.startswith("*.") and known.endswith(name[1:]) for name in hosts)
        assert any(known == domain or known.endswith("." + domain) for domain in domains)


def test_an_agreement_covers_its_accounts_until_its_last_day(tmp_path: Path) -> None:
    secret = b"k" * 32
    organisation = (
        "agreements:\n  - {provider: openai, id: B-1, until: 2026-03-31, accounts: ['header:org-1', "
        f"'key:{key_digest('sk-1', secret)}']}}\n"
        "  - {provider: vertex, id: B-2, until: 2026-03-31, accounts: ['path:heart']}\n"
    )
    catalogue = load_rules(write(tmp_path, log=LOG, organisation=organisation), secret).catalogue
    last, after = date(2026, 3, 31), date(2026, 4, 1)

    def told(
        headers: tuple[tuple[bytes, bytes], ...],
        day: date = last,
        host: str = "api.openai.com",
        path: str = "/",
    ) -> tuple[str, str]:
        found = catalogue.destination(host, 443, "POST", path, headers, day)
        return found.exposure.value, found.agreement

    assert told(((b"openai-organization", b"org-1"),)) == ("baa", "B-1")
    assert told(((b"openai-organization", b"org-1"),), after) == ("public", "")
    assert told(((b"openai-organization", b"org-2"),)) == ("public", "")
    assert told(((b"authorization", b"Bearer sk-1"),)) == ("baa", "B-1")
    assert told(((b"openai-organization", b"org-2"), (b"authorization", b"Bearer sk-1"))) == ("public", "")
    assert told(()) == ("public", "")
    assert told(((b"openai-organization", b"org-1"),), host="api.anthropic.com") == ("public", "")
    assert told((), host="eu-aiplatform.googleapis.com", path="/v1/projects/heart/locations/eu/x") == (
        "baa",
        "B-2",
    )
    assert catalogue.account("api.openai.com", "/", ((b"openai-organization", b"org-1"),)) == "header:org-1"


def test_signed_bodies_and_sealed_requests(catalogue: Catalogue) -> None:
    host = "bedrock-runtime.us-east-1.amazonaws.com"
    signature = (b"Authorization", b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x")
    assert catalogue.destination(host, 443, "POST", "/model/m/converse", (signature,)).signed
    assert not catalogue.destination(
        host, 443, "POST", "/model/m/converse", ((b"Authorization", b"Bearer x"),)
    ).signed
    unsigned = (signature, (b"X-Amz-Content-Sha256", b"UNSIGNED-PAYLOAD"))
    assert not catalogue.destination("b.s3.amazonaws.com", 443, "PUT", "/k", unsigned).signed
    telemetry = catalogue.destination("chatgpt.com", 443, "POST", "/backend-api/sentinel/chat-requirements")
    assert [field.path for field in telemetry.opaque if field.alphabet == "any"] == ["$"]
    upload = catalogue.destination("chatgpt.com", 443, "POST", "/backend-api/files")
    assert "$" not in {field.path for field in upload.opaque}


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("api.openai.com", "input[*].encrypted_content"),
        ("api.anthropic.com", "messages[*].content[*].signature"),
        ("api.anthropic.com", "messages[*].content[*].data"),
        ("generativelanguage.googleapis.com", "contents[*].parts[*].thoughtSignature"),
    ],
)
def test_sealed_strings_of_the_providers_are_known(catalogue: Catalogue, host: str, path: str) -> None:
    fields = {field.path: field for field in catalogue.destination(host, 443, "POST", "/").opaque}
    assert fields[path].max_bytes >= 1 << 20
    assert fields[path].alphabet.startswith("base64")


@pytest.mark.parametrize(
    "host",
    [
        "www.monica.com",
        "jasper.com",
        "bolt.com",
        "egpt.example",
        "mail.gov.example",
        "venice.it",
        "pillmanagement.example",
    ],
)
def test_ordinary_names_are_not_taken_for_ai(catalogue: Catalogue, host: str) -> None:
    assert not catalogue.is_ai_like(host)


def test_what_is_known_of_terms_has_a_source_and_a_day(catalogue: Catalogue) -> None:
    for provider in catalogue.providers.values():
        said = replace(provider.terms, source="", as_of=None, note="") != NO_TERMS
        assert not said or (provider.terms.source and provider.terms.as_of)
    deepseek = catalogue.providers["deepseek"].terms
    assert deepseek.is_stale(date(2026, 11, 1), 365)
    assert not deepseek.is_stale(date(2026, 11, 1), 3650)
    assert not catalogue.providers["poe"].terms.is_stale(date(2099, 1, 1), 365)
    assert catalogue.providers["poe"].terms == NO_TERMS


def test_a_destination_carries_its_terms(catalogue: Catalogue) -> None:
    to = catalogue.destination("api.openai.com", 443, "POST", "/")
    assert (to.title, to.terms) == ("OpenAI API", catalogue.providers["openai"].terms)
    assert catalogue.destination("www.example.org", 443, "POST", "/").terms == NO_TERMS
