"""What the parts of a hospital file have in common: strict models, texts, OIDs, addresses."""

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError


def _check_endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("must be an http or https URL without user or fragment")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Oid = Annotated[str, StringConstraints(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$", max_length=128)]
EndpointUrl = Annotated[Text, AfterValidator(_check_endpoint)]


_MAX_FILE_BYTES = 64 * 1024


class FileModel(BaseModel):
    """A table of a hospital file. Unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


M = TypeVar("M", bound=FileModel)


def read_file(path: Path, model: type[M], name: str, problems: list[str]) -> M | None:
    """A TOML file as its model; None, with every fault added to ``problems``, when it cannot be used.

    :param name: how the faults call the file. They name keys and what was expected, never a value.
    """
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_FILE_BYTES:
            problems.append(f"{name}: larger than {_MAX_FILE_BYTES} bytes")
            return None
        return model.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in fault["loc"])
            problems.append(f"{name}: {key}: {fault['msg']}")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{name}: not a readable TOML file ({type(error).__name__}: {error})")
    return None
