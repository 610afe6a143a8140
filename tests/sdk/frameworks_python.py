"""litellm and LangChain, which call the services' own interfaces under one name.

Both are imported where they are used: litellm looks for prices on the internet when it is imported without a setting.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI

from tests.sdk.openai_python import chat_messages
from tests.sdk.operation import Operation, Upload

REFUSED = "openai.PermissionDeniedError"
ERROR = "litellm.exceptions.APIError"
BAD = "litellm.exceptions.BadRequestError"
LOST = "litellm.exceptions.APIConnectionError"
LITELLM = {
    "openai/gpt-4o": ("api.openai.com", ERROR),
    "anthropic/claude-sonnet-4-5": ("api.anthropic.com", LOST),
    "gemini/gemini-2.5-flash": ("generativelanguage.googleapis.com", BAD),
    "mistral/pixtral-large-latest": ("api.mistral.ai", ERROR),
    "groq/llama-4-scout": ("api.groq.com", BAD),
    "xai/grok-4": ("api.x.ai", BAD),
    "together_ai/llama-4": ("api.together.xyz", ERROR),
    "openrouter/openai/gpt-4o": ("openrouter.ai", ERROR),
}
"""Models, their hosts, and what litellm makes of a 403 from each: classes of its own, with our text."""


def complete(upload: Upload, model: str) -> None:
    import litellm

    answer: Any = litellm.completion(model=model, messages=chat_messages(upload), api_key="k")
    assert answer.choices[0].message.content == "Hello."


async def acomplete(upload: Upload) -> None:
    import litellm

    await litellm.acompletion(model="openai/gpt-4o", messages=chat_messages(upload), api_key="k")


def stream(upload: Upload) -> None:
    import litellm

    pieces: Any = litellm.completion(
        model="openai/gpt-4o", messages=chat_messages(upload), api_key="k", stream=True
    )
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "Hello."


def langchain(**more: Any) -> "ChatOpenAI":
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model="m", api_key="k", **more)  # type: ignore[arg-type]


async def ainvoke(upload: Upload) -> None:
    assert (await langchain().ainvoke(chat_messages(upload))).content == "Hello."


LANGCHAIN: dict[str, Any] = {
    "ChatOpenAI.invoke": lambda upload: langchain().invoke(chat_messages(upload)),
    "ChatOpenAI.stream": lambda upload: list(langchain().stream(chat_messages(upload))),
    "ChatOpenAI.ainvoke": ainvoke,
    "ChatOpenAI.invoke, Responses": lambda upload: langchain(use_responses_api=True).invoke(
        chat_messages(upload)
    ),
}


def azure(upload: Upload) -> None:
    from langchain_openai import AzureChatOpenAI

    AzureChatOpenAI(
        api_key="k",
        api_version="2025-04-01",
        azure_endpoint="https://ward.openai.azure.com",
        azure_deployment="m",
    ).invoke(chat_messages(upload))  # type: ignore[arg-type]


OPERATIONS = (
    *(
        Operation("litellm", f"completion {model}", host, error, partial(complete, model=model))
        for model, (host, error) in LITELLM.items()
    ),
    Operation("litellm", "completion, streamed", "api.openai.com", ERROR, stream),
    Operation("litellm", "acompletion", "api.openai.com", ERROR, acomplete),
    *(Operation("langchain-openai", name, "api.openai.com", REFUSED, run) for name, run in LANGCHAIN.items()),
    Operation("langchain-openai", "AzureChatOpenAI.invoke", "ward.openai.azure.com", REFUSED, azure),
)
