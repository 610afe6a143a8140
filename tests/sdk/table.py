"""Every operation that is driven through the gateway."""

from tests.sdk import (
    anthropic_python,
    aws_python,
    cohere_python,
    curl,
    frameworks_python,
    google_python,
    groq_python,
    huggingface_python,
    mistral_python,
    node_clients,
    ollama_python,
    openai_python,
    openai_sockets,
    plain_python,
    together_python,
    xai_python,
)
from tests.sdk.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *openai_python.OPERATIONS,
    *openai_sockets.OPERATIONS,
    *anthropic_python.OPERATIONS,
    *google_python.OPERATIONS,
    *mistral_python.OPERATIONS,
    *groq_python.OPERATIONS,
    *xai_python.OPERATIONS,
    *aws_python.OPERATIONS,
    *huggingface_python.OPERATIONS,
    *cohere_python.OPERATIONS,
    *ollama_python.OPERATIONS,
    *together_python.OPERATIONS,
    *frameworks_python.OPERATIONS,
    *plain_python.OPERATIONS,
    *curl.OPERATIONS,
    *node_clients.OPERATIONS,
)
