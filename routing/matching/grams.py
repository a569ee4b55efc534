"""What a name is looked up by when it is not typed as it is held: pieces that two like names have in common."""

from routing.matching.names import SMALL, Name, generic_words

LONGEST_SHORT_FORM = 8


def grams(name: Name) -> frozenset[str]:
    """Each three letters in a row of its telling words, the words of the trade whole ('=bank'), and its short forms."""
    found = {f"={word}" for word in name.words if word in generic_words()}
    for word in name.words:
        if word not in SMALL and word not in generic_words():
            found |= _threes(f" {word} ")
    short = name.initials or name.joined
    if 1 < len(short) <= LONGEST_SHORT_FORM:
        found.add(f"#{short}")
    return frozenset(found) | {shortened(form) for form in name.short_forms}


def shortened(key: str) -> str:
    """The piece of all names that may be shortened to this key."""
    return f"~{key}"


def _threes(text: str) -> set[str]:
    return {text[start : start + 3] for start in range(len(text) - 2)}
