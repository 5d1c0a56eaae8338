"""Fields that stand in a linked statement: a reason, a status, a decision, a piece of text."""

from collections.abc import Callable

from adapters.zis.errors import malformed
from adapters.zis.sections.fields import Field, coded_value, says, text_concept, value
from adapters.zis.sections.qualifiers import take_code
from adapters.zis.sections.statement import Link, Statement
from adapters.zis.sections.words import below_heading, referred_words, rest_in_words
from context.records import CodedText, ResultValue, TextPart, ValueKind

LinkTest = Callable[[Link], bool]


def by_kind(*kinds: str) -> LinkTest:
    """Links of these typeCodes."""
    return lambda link: link.kind in kinds


def by_code(*codes: str, system: str | None = None) -> LinkTest:
    """Links to statements about one of these concepts.

    :param system: where the codes alone say too little.
    """

    def test(link: Link) -> bool:
        code = link.statement.code
        return code is not None and code.code in codes and system in (None, code.system)

    return test


def concepts(wanted: LinkTest) -> Field:
    """What linked statements name: their value, else their code, else their text; their rest is told."""

    def read(statement: Statement) -> tuple[CodedText, ...]:
        found: list[CodedText] = []
        for link in statement.take_links(wanted):
            named = concept_of_statement(link.statement)
            if named is None:
                statement.links.append(link)
            else:
                found.append(named)
                keep_rest(statement, link.statement, named)
        return tuple(found)

    return read


def concept(wanted: LinkTest) -> Field:
    """The first of them; further ones are remarks."""

    def read(statement: Statement) -> CodedText | None:
        for link in [each for each in statement.links if wanted(each)]:
            named = concept_of_statement(link.statement)
            if named is not None:
                statement.take_link(link)
                keep_rest(statement, link.statement, named)
                return named
        return None

    return read


def concept_of_statement(statement: Statement) -> CodedText | None:
    """:raises SourceError: it is denied."""
    if statement.negated:
        raise malformed("a denied statement")
    referred = referred_words(statement)
    if referred is not None:
        return CodedText(original_text=referred[0]) if referred else None
    named = coded_value(statement)
    if named is None and says(statement.code):
        named = statement.code
    take_code(statement)
    return named or text_concept(statement)


def keep_rest(statement: Statement, inner: Statement, named: CodedText | None) -> None:
    """What is left of a linked statement becomes remarks, each behind the name of what it is about."""
    inner.period.drop_same_moment(statement.period)
    prefix = f"{named.label}: " if named is not None and named.label else ""
    statement.told.extend(f"{prefix}{words}" for words in rest_in_words(inner))


def linked_value(wanted: LinkTest) -> Field:
    """The value of the first such statement."""

    def read(statement: Statement) -> ResultValue | None:
        for link in [each for each in statement.links if wanted(each)]:
            found = value(link.statement)
            if found.kind is not ValueKind.ABSENT:
                statement.take_link(link)
                label = take_code(link.statement)
                keep_rest(statement, link.statement, label)
                return found
        return None

    return read


def headed_texts(wanted: LinkTest) -> Field:
    """Linked statements as headed pieces of text: their code over their text, value and all else in words."""

    def read(statement: Statement) -> tuple[TextPart, ...]:
        parts = []
        for link in statement.take_links(wanted):
            inner = link.statement
            heading = take_code(inner)
            left_empty = "text" in inner.parts
            lines = "\n".join(below_heading(inner))
            if lines:
                parts.append(TextPart(heading if says(heading) else None, lines))
            elif heading is not None and heading.label and not left_empty:
                statement.told.append(heading.label)
        return tuple(parts)

    return read
