"""huggingface_hub: inference, and files committed to a repository, small ones inline and large ones by LFS."""

from functools import cache, partial
from typing import Any

from huggingface_hub import AsyncInferenceClient, HfApi, InferenceClient

from tests.sdk.openai_python import chat_messages
from tests.sdk.operation import Operation, Upload

ROUTER = "router.huggingface.co"
HUB = "huggingface.co"
MODEL = f"https://{ROUTER}/hf-inference/models/ward/model"
REFUSED = "huggingface_hub.errors.HfHubHTTPError"

SAMPLE = (
    "The client first sends 512 bytes of the file; of a picture only the signature goes on, with zeros behind it, "
    "and the picture itself is examined when it comes."
)
LFS = " Where the picture is stopped, the client raises a RuntimeError, and this as its cause."


@cache
def client() -> InferenceClient:
    return InferenceClient(model=MODEL, token="hf_k", provider="hf-inference")


def chat(upload: Upload) -> None:
    answer = client().chat_completion(messages=chat_messages(upload))
    assert answer.choices[0].message.content == "Hello."


async def async_classification(upload: Upload) -> None:
    await AsyncInferenceClient(model=MODEL, token="hf_k", provider="hf-inference").image_classification(
        upload.data
    )


def commit(upload: Upload, path: str) -> None:
    HfApi(token="hf_k").upload_file(
        path_or_fileobj=upload.data, path_in_repo=path, repo_id="ward/set", repo_type="dataset"
    )


INFERENCE: dict[str, Any] = {
    "image_classification": lambda upload: client().image_classification(upload.data),
    "image_classification, a path": lambda upload: client().image_classification(upload.path),
    "image_classification with a parameter": lambda upload: client().image_classification(upload.data, top_k=1),
    "image_segmentation": lambda upload: client().image_segmentation(upload.data),
    "image_to_text": lambda upload: client().image_to_text(upload.data),
    "object_detection": lambda upload: client().object_detection(upload.data),
    "visual_question_answering": lambda upload: client().visual_question_answering(upload.data, "What is this?"),
    "document_question_answering": lambda upload: client().document_question_answering(upload.data, "What is this?"),
    "zero_shot_image_classification": lambda upload: client().zero_shot_image_classification(upload.data, ["cat", "dog"]),
    "chat_completion": chat,
    "async image_classification": async_classification,
}  # fmt: skip

OPERATIONS = (
    *(Operation("huggingface_hub", name, ROUTER, REFUSED, run) for name, run in INFERENCE.items()),
    *(
        Operation(
            "huggingface_hub",
            name,
            HUB,
            REFUSED,
            partial(commit, path=path),
            carries=carries,
            wrapped="LFS" in name,
            note=SAMPLE + (LFS if "LFS" in name else ""),
        )
        for name, path, carries in (
            ("upload_file, inline", "small.png", "image"),
            ("upload_file, LFS", "large.png", "image"),
            ("upload_file of a text, inline", "small.txt", "text"),
            ("upload_file of a text, LFS", "large.txt", "text"),
        )
    ),
)
