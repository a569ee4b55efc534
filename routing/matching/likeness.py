"""How alike a typed name and an account's are, 0 to 100. It ranks what a person is shown, and links nothing."""

from functools import lru_cache

from rapidfuzz.fuzz import ratio

from routing.matching.names import SMALL, Name, generic_words

# How much of the score each has: the better covered name, the worse covered one, the letters as they stand.
BETTER, WORSE, LETTERS = 0.5, 0.3, 0.2
# A word of the trade says little about whose it is, a small word nearly nothing.
GENERIC_WEIGHT, SMALL_WEIGHT = 0.2, 0.1
LEAST_ALIKE = 75
PREFIX = 0.6
INITIALS = 75
# Names that only a typing error keeps apart.
NEARLY_EQUAL = 80


def likeness(typed: Name, held: Name) -> int:
    """Of 100. 'Microsoft Japan' is like 'Microsoft', which it covers in full; 'Acme' like 'Acne' by its letters."""
    if not typed.words or not held.words:
        return 0
    if typed.words == held.words:
        return 100
    if typed.joined == held.joined:
        return 99
    letters = ratio(_telling(typed), _telling(held))
    there, back = _covered(typed.words, held.words), _covered(held.words, typed.words)
    by_words = BETTER * max(there, back) + WORSE * min(there, back) + LETTERS * letters
    by_initials = INITIALS if _is_short_for(typed, held) or _is_short_for(held, typed) else 0
    return min(99, round(max(by_words, by_initials, letters if letters > NEARLY_EQUAL else 0)))


def _telling(name: Name) -> str:
    """The letters that tell whose name it is; all of them where the trade's words are all there is."""
    return "".join(word for word in name.words if _weight(word) == 1) or name.joined


def _covered(words: tuple[str, ...], by: tuple[str, ...]) -> float:
    """How much of these words the others know, of 100, each by what it tells."""
    total = known = 0.0
    for word in words:
        alike, nearest = max((_alike(word, other), other) for other in by)
        # Misspelt, a word of the trade is one still.
        weight = min(_weight(word), _weight(nearest)) if alike else _weight(word)
        total += weight
        known += weight * alike
    return 100 * known / total


@lru_cache(maxsize=65_536)
def _alike(word: str, other: str) -> float:
    if word == other:
        return 1.0
    starts = word.startswith(other) or other.startswith(word)
    if min(len(word), len(other)) < 4:
        return 0.5 if starts and min(len(word), len(other)) > 1 else 0.0
    alike = ratio(word, other, score_cutoff=LEAST_ALIKE) / 100
    return max(alike * alike, PREFIX if starts else 0.0)


@lru_cache(maxsize=65_536)
def _weight(word: str) -> float:
    if word in SMALL:
        return SMALL_WEIGHT
    return GENERIC_WEIGHT if word in generic_words() else 1.0


def _is_short_for(one: Name, other: Name) -> bool:
    return len(one.words) == 1 and len(one.joined) > 1 and one.joined == other.initials
