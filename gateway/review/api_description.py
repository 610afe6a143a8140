"""The interface for programs, described as OpenAPI 3.1."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway import __version__
from gateway.review.api_models import (
    Asked,
    Decision,
    Decisions,
    Integrity,
    Overview,
    Period,
    Problem,
    RuleSets,
    Verdicts,
)  # fmt: skip

PREFIX: Final = "/api/v1"


def description() -> dict[str, Any]:
    """The OpenAPI document, from the models above."""
    answers = (Problem, Overview, Decisions, Decision, RuleSets, Integrity, Verdicts)
    _, schemas = models_json_schema(
        [(one, "serialization") for one in answers], ref_template="#/components/schemas/{model}"
    )

    def answer(model: type[BaseModel] | None) -> Mapping[str, Any]:
        schema = {"$ref": f"#/components/schemas/{model.__name__}"} if model else {"type": "object"}
        return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}

    def get(
        summary: str,
        model: type[BaseModel] | None,
        asked: type[BaseModel] | None = None,
        *more: int,
        path: bool = False,
    ) -> Any:
        properties = asked.model_json_schema()["properties"] if asked else {}
        parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
        if path:
            parameters.append(
                {
                    "name": "audit_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1},
                }
            )
        statuses = (*((400,) if asked else ()), *((404,) if path else ()), *more, 401, 403, 503)
        responses = {"200": answer(model)} | {str(status): answer(Problem) for status in statuses}
        return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}

    return {
        "openapi": "3.1.0",
        "info": {"title": "Leadglass review", "version": __version__, "description": "Reading the record. Sign in at /sign-in; the session's cookie opens these addresses too."},
        "security": [{"session": []}],
        "paths": {
            f"{PREFIX}/overview": get("Counts of a period", Overview, Period),
            f"{PREFIX}/decisions": get("Decisions, newest first", Decisions, Asked),
            f"{PREFIX}/decisions/{{audit_id}}": get("One decision", Decision, path=True),
            f"{PREFIX}/decisions/{{audit_id}}/proof": get("The proof that it stands in the record", None, None, 409, path=True),
            f"{PREFIX}/rules": get("Rule sets", RuleSets),
            f"{PREFIX}/integrity": get("What protects the record", Integrity),
            f"{PREFIX}/verdicts": get("What reviewers said", Verdicts),
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "leadglass-review"}},
        },
    }  # fmt: skip
