"""Tags that stand in one line without a gap between them, told apart by tags that are known."""

import re
from collections.abc import Collection

LONGEST_LINE = 500

_SEPARATORS = re.compile(r" ?[·•∙⋅|,;] ?")


def splits(line: str, known_tags: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the ways to read the whole line as tags: the fewest tags win, at most two ways that tie are returned.

    Separators in the line settle it without any known tag. No way is returned when known tags do not cover it, or
    when it is too long to be a line of tags.
    """
    if not line or len(line) > LONGEST_LINE:
        return ()
    if _SEPARATORS.search(line):
        return (tuple(tag for tag in _SEPARATORS.split(line) if tag),)
    longest_first = sorted({*known_tags} - {""}, key=lambda tag: (-len(tag), tag))
    ways: list[list[tuple[str, ...]]] = [[] for _ in line] + [[()]]
    for start in reversed(range(len(line))):
        found = [
            (tag, *rest) for tag in longest_first if line.startswith(tag, start) for rest in ways[start + len(tag)]
        ]
        fewest = min(map(len, found), default=0)
        ways[start] = [way for way in found if len(way) == fewest][:2]
    return tuple(ways[0])
