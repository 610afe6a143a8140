"""Words that programs say to one another: a patient called `User` or `Max` does not make them identifying.

Only a whole string of exactly this spelling is spared; the same word in a sentence is searched like any other.
"""

import re
from typing import Final

_KEYS: Final = """
role user assistant system developer tool function model messages message content text type input output image
image_url url detail auto low high file file_id file_data filename input_text input_image input_file output_text
max_tokens max_output_tokens max_completion_tokens max_tokens_to_sample maxOutputTokens min_tokens temperature
top_p top_k topP topK stop stop_sequences stopSequences stream stream_options include_usage seed store metadata
tools tool_choice tool_calls tool_use tool_result response_format json_object json_schema schema strict name
description parameters properties required string number integer boolean object array enum title source media_type
base64 data inline_data inlineData mime_type mimeType parts contents generationConfig generation_config
safetySettings candidates candidateCount systemInstruction system_instruction thinking budget_tokens reasoning
reasoning_effort effort medium minimal verbosity modalities instructions prompt prompts document documents
cache_control ephemeral n user_id session_id conversation_id parent_id id index finish_reason usage
presence_penalty frequency_penalty logit_bias logprobs service_tier default truncation disabled enabled purpose
vision user_data assistants batch fine-tune previous_response_id include item_reference author channel final
""".split()
WORDS: Final = frozenset(_KEYS)
_MODEL: Final = re.compile(
    r"(?:models/)?(?:claude|gpt|chatgpt|gemini|gemma|mistral|mixtral|llama|grok|qwen|deepseek|command|nova|phi)"
    r"(?:-?(?:\d[\w.]{0,9}|opus|sonnet|haiku|mini|nano|micro|pro|flash|lite|large|small|medium|latest|preview|turbo|"
    r"vision|exp|instant|instruct|chat|audio|image|it|r|plus|o))+"
)


def is_protocol(text: str) -> bool:
    """Whether a text is nothing but a word of the services' own interfaces, or the name of a model."""
    return text in WORDS or _MODEL.fullmatch(text) is not None
