"""A row whose cells may have shifted: the one thing that can be trusted of it is an e-mail address."""

from collections.abc import Sequence

from leads.intake.emails import clean_email
from leads.intake.problems import Problem, Unusable


def trusted_address(in_its_column: str, cells: Sequence[str], doubt: Problem) -> str:
    """The cell to take for the row's address: the e-mail column's, else the only one that is an address.

    Raises Unusable, with the doubt's code, where there is none or several.
    """
    if not cells:
        raise Unusable(doubt.code, doubt.sentence)
    found = [in_its_column] if _is_address(in_its_column) else list(filter(_is_address, cells))
    if len(found) != 1:
        how_many = "none of its cells is" if not found else f"{len(found)} of its cells are"
        told = f"{doubt.sentence} Its columns may have shifted, and {how_many} a usable e-mail address."
        raise Unusable(doubt.code, told)
    return found[0]


def _is_address(cell: str) -> bool:
    try:
        clean_email(cell)
    except Unusable:
        return False
    return True
