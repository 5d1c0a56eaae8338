"""``python -m tests.acceptance``: writes the tests of each acceptance check into ``docs/acceptance.md``.

A test cites a check by ``@pytest.mark.proves("check:13")``. What each check asks is written by hand; the list
below it is generated.
"""

import re
from collections.abc import Mapping

from tests.features import ROOT, find_proofs

DOCUMENT = ROOT / "docs" / "acceptance.md"
CHECK = "check:"
_TESTS = re.compile(r"(<!-- tests of (\d\d) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def with_tests(document: str, proofs: Mapping[str, list[str]]) -> str:
    """The document with the lists of tests as they are now.

    :param proofs: names of tests by number of the check.
    """

    def listed(found: re.Match[str]) -> str:
        names = sorted(set(proofs.get(str(int(found[2])), ())))
        return found[1] + "".join(f"- `{name}`\n" for name in names) + found[3]

    return _TESTS.sub(listed, document)


def numbers_of(document: str) -> list[int]:
    """The checks that the document describes, in its order."""
    return [int(found[2]) for found in _TESTS.finditer(document)]


if __name__ == "__main__":
    DOCUMENT.write_text(with_tests(DOCUMENT.read_text("utf-8"), find_proofs(CHECK)), "utf-8")
