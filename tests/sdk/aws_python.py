"""boto3: models on Bedrock, and files put into S3, signed and presigned."""

import io
import json
from functools import cache
from typing import Any

import boto3
import requests

from tests.sdk.operation import Operation, Upload, told
from tests.sdk.plain_python import REFUSED as HTTP_REFUSED

REGION = "eu-central-1"
BEDROCK = f"bedrock-runtime.{REGION}.amazonaws.com"
GLOBAL_S3 = "ward.s3.amazonaws.com"
S3 = f"ward.s3.{REGION}.amazonaws.com"
DENIED = "botocore.errorfactory.AccessDeniedException"
CLIENT_ERROR = "botocore.exceptions.ClientError"


@cache
def client(service: str) -> Any:
    return boto3.client(service, REGION, aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="s")


def image(upload: Upload) -> Any:
    return {"image": {"format": upload.media.partition("/")[2], "source": {"bytes": upload.data}}}


def messages(upload: Upload) -> Any:
    return [{"role": "user", "content": [{"text": "What is this?"}, image(upload)]}]


def converse(upload: Upload) -> None:
    answer = client("bedrock-runtime").converse(modelId="m-v1:0", messages=messages(upload))
    assert answer["output"]["message"]["content"][0]["text"] == "Hello."


def converse_tool(upload: Upload) -> None:
    result = {"toolResult": {"toolUseId": "t", "content": [image(upload)]}}
    client("bedrock-runtime").converse(modelId="m", messages=[{"role": "user", "content": [result]}])


def converse_stream(upload: Upload) -> None:
    answer = client("bedrock-runtime").converse_stream(modelId="m", messages=messages(upload))
    assert [next(iter(event)) for event in answer["stream"]] == ["messageStop"]


def body(upload: Upload) -> str:
    source = {"type": "base64", "media_type": upload.media, "data": upload.base64}
    content = [{"type": "image", "source": source}]
    return json.dumps(
        {"anthropic_version": "bedrock-2023-05-31", "messages": [{"role": "user", "content": content}]}
    )


def invoke(upload: Upload) -> None:
    client("bedrock-runtime").invoke_model(modelId="anthropic.m", body=body(upload))


def invoke_embedding(upload: Upload) -> None:
    asked = json.dumps({"inputImage": upload.base64})
    client("bedrock-runtime").invoke_model(
        modelId="amazon.titan-embed-image-v1", body=asked, contentType="application/json"
    )


def invoke_stream(upload: Upload) -> None:
    answer = client("bedrock-runtime").invoke_model_with_response_stream(modelId="m", body=body(upload))
    assert [next(iter(event)) for event in answer["body"]] == ["chunk"]


def count(upload: Upload) -> None:
    client("bedrock-runtime").count_tokens(modelId="m", input={"converse": {"messages": messages(upload)}})


def guardrail(upload: Upload) -> None:
    client("bedrock-runtime").apply_guardrail(
        guardrailIdentifier="g", guardrailVersion="1", source="INPUT", content=[image(upload)]
    )


def put(upload: Upload) -> None:
    client("s3").put_object(Bucket="ward", Key="a.png", Body=upload.data)


def put_file(upload: Upload) -> None:
    with open(upload.path, "rb") as opened:  # noqa: PTH123 - as the client's documentation shows it
        client("s3").put_object(Bucket="ward", Key="a.png", Body=opened)


def upload_fileobj(upload: Upload) -> None:
    client("s3").upload_fileobj(io.BytesIO(upload.data), "ward", "a.png")


def upload_file(upload: Upload) -> None:
    client("s3").upload_file(upload.path, "ward", "a.png")


def presigned_put(upload: Upload) -> None:
    url = client("s3").generate_presigned_url("put_object", {"Bucket": "ward", "Key": "a.png"})
    answer = requests.put(url, data=upload.data, timeout=30)
    told(answer.status_code, answer.text)


def presigned_post(upload: Upload) -> None:
    form = client("s3").generate_presigned_post("ward", "a.png")
    answer = requests.post(form["url"], data=form["fields"], files={"file": upload.data}, timeout=30)
    told(answer.status_code, answer.text)


def rekognition(upload: Upload) -> None:
    client("rekognition").detect_labels(Image={"Bytes": upload.data})


def textract(upload: Upload) -> None:
    client("textract").detect_document_text(Document={"Bytes": upload.data})


def sagemaker(upload: Upload) -> None:
    client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=upload.data, ContentType=upload.media)


ON_BEDROCK = {
    "bedrock-runtime converse": converse,
    "bedrock-runtime converse, a tool's result": converse_tool,
    "bedrock-runtime converse_stream": converse_stream,
    "bedrock-runtime invoke_model": invoke,
    "bedrock-runtime invoke_model, an embedding": invoke_embedding,
    "bedrock-runtime invoke_model_with_response_stream": invoke_stream,
    "bedrock-runtime count_tokens": count,
    "bedrock-runtime apply_guardrail": guardrail,
}

OPERATIONS = (
    *(Operation("boto3", name, BEDROCK, DENIED, run) for name, run in ON_BEDROCK.items()),
    Operation(
        "boto3", "rekognition detect_labels", f"rekognition.{REGION}.amazonaws.com", DENIED, rekognition
    ),
    Operation("boto3", "textract detect_document_text", f"textract.{REGION}.amazonaws.com", DENIED, textract),
    Operation(
        "boto3",
        "sagemaker-runtime invoke_endpoint",
        f"runtime.sagemaker.{REGION}.amazonaws.com",
        CLIENT_ERROR,
        sagemaker,
    ),
    Operation("boto3", "s3 put_object", S3, CLIENT_ERROR, put),
    Operation("boto3", "s3 put_object, an open file", S3, CLIENT_ERROR, put_file),
    Operation("boto3", "s3 upload_fileobj", S3, CLIENT_ERROR, upload_fileobj),
    Operation("boto3", "s3 upload_file", S3, "boto3.exceptions.S3UploadFailedError", upload_file),
    Operation("boto3", "s3 presigned PUT", GLOBAL_S3, HTTP_REFUSED, presigned_put),
    Operation("boto3", "s3 presigned POST", GLOBAL_S3, HTTP_REFUSED, presigned_post),
)
