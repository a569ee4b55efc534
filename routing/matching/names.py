"""What is compared of a company's name, and when a name is safe to link by."""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from leads.intake.companies import normal_name
from leads.intake.text import word_set

LONGEST_KEY = 255
# Two spellings that differ in their blanks ('Wind River', 'WindRiver') are one name from this many letters on.
LEAST_JOINED = 8

SMALL = word_set("and at d da das de del der des di do du e el et for fur in la le les of the und van von y")


@dataclass(frozen=True, slots=True)
class Name:
    """A name without case, accents, legal form and 'the'. Nothing but blanks and 'and' apart, `joined` is equal."""

    words: tuple[str, ...]

    @property
    def key(self) -> str:
        return " ".join(self.words)

    @property
    def joined(self) -> str:
        return "".join(word for word in self.words if word != "and")

    @property
    def initials(self) -> str:
        """'hust' of 'Huazhong University of Science and Technology'; '' of one word."""
        first = [word[0] for word in self.words if word not in SMALL]
        return "".join(first) if len(first) > 1 else ""

    @property
    def short_forms(self) -> frozenset[str]:
        """'uc riverside' of 'University of California Riverside': the first words by initials, the others whole."""
        heads = {size: Name(self.words[:size]).initials for size in range(2, len(self.words))}
        return frozenset(" ".join((head, *self.words[size:])) for size, head in heads.items() if head)

    @property
    def is_distinctive(self) -> bool:
        """Whether two companies hardly share it by chance: two words at least, and not of the trade's alone.

        One word never is: every second word of the dictionary is some start-up's name, and later another's.
        """
        telling = [word for word in self.words if word not in SMALL]
        return len(telling) > 1 and not generic_words().issuperset(telling)


@lru_cache(maxsize=65_536)
def read(raw: str) -> Name:
    words = normal_name(raw).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return Name(tuple(words))


def same(typed: Name, held: Name) -> bool:
    """Whether an account's name that joins up to the same letters may be linked by, twins aside (`rivals`)."""
    if not (typed.is_distinctive or held.is_distinctive):
        return False
    return typed.words == held.words or len(typed.joined) >= LEAST_JOINED


def rivals(typed: Name, held: Name) -> list[tuple[str, str]]:
    """Ranges of keys, [from, to), whose accounts a person might as well have meant.

    Where 'Verizon' is an account, 'Verizon Wireless' may be its division; where 'Internet Solutions Group' is one,
    'Internet Solutions' may be short for it; and 'HUST' is also Huazhong University of Science and Technology. Who is
    called 'University of California Riverside' may be held as 'UC Riverside' too; the other way round, `linking` asks.
    """
    shorter = {" ".join(name.words[:size]) for name in (typed, held) for size in range(1, len(name.words))}
    shorter |= {name.initials for name in (typed, held)} | typed.short_forms | held.short_forms
    # A key is words with one blank between: what starts with the key and a blank is longer, what sorts before is equal.
    equal = [(key, f"{key} ") for key in sorted(shorter - {"", *SMALL})]
    longer = [(f"{key} ", f"{key}!") for key in sorted({typed.key, held.key})]
    return equal + longer


@cache
def generic_words() -> frozenset[str]:
    """Words that tell a trade, a place or a kind of house, and not whose it is."""
    text = (Path(__file__).parent / "data" / "generic_company_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())
