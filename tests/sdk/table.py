"""Every operation that is driven through the gateway."""

from tests.sdk import anthropic_python, curl, openai_python, plain_python
from tests.sdk.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *openai_python.OPERATIONS,
    *anthropic_python.OPERATIONS,
    *plain_python.OPERATIONS,
    *curl.OPERATIONS,
)
