"""The page about clients says what the tests do, no more and no less."""

import re

from gateway.model import Exposure
from tests.apps.table import APPS
from tests.fuzz.compositions import rules
from tests.sdk.node_clients import OPERATIONS as IN_NODE
from tests.sdk.page import PAGE, page
from tests.sdk.table import OPERATIONS
from tests.sdk.test_operations import NODE_CLIENTS


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.sdk.page`"


def test_no_operation_is_driven_under_the_name_of_another() -> None:
    assert len({operation.key for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({operation.run for operation in OPERATIONS if operation.run}) == sum(
        operation.run is not None for operation in OPERATIONS
    )


def test_every_client_of_the_list_is_driven_and_no_fewer_than_ninety_operations() -> None:
    clients = {re.sub(r" \(Python\)$", "", operation.client) for operation in OPERATIONS}
    assert {
        "openai", "anthropic", "google-genai", "mistralai", "groq", "xai-sdk", "boto3", "huggingface_hub", "cohere",
        "ollama", "together", "litellm", "langchain-openai", "requests", "httpx", "aiohttp", "openai (Node)",
        "anthropic (Node)", "@google/genai (Node)", "ai (Node)", "curl",
    } <= clients  # fmt: skip
    assert len(OPERATIONS) >= 90


def test_every_app_has_a_name_of_its_own_and_goes_to_a_host_that_is_inspected() -> None:
    assert len({app.key for app in APPS}) == len(APPS)
    catalogue = rules().catalogue
    assert [
        app.host
        for app in APPS
        if catalogue.destination(app.host, 443, "POST", "/", ()).exposure is Exposure.NONE
    ] == []


def test_the_node_clients_are_locked_without_addresses() -> None:
    lock = (NODE_CLIENTS / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://registry" not in lock
    assert lock.count('"integrity"') > len({operation.client for operation in IN_NODE})
