"""What the parts of a hospital file have in common: strict models, texts, OIDs, addresses."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def _check_endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an http or https URL without user or fragment")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Oid = Annotated[str, StringConstraints(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$", max_length=128)]
EndpointUrl = Annotated[Text, AfterValidator(_check_endpoint)]


class FileModel(BaseModel):
    """A table of a hospital file. Unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)
