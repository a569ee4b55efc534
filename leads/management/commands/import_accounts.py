from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import count, islice
from typing import Any

from leads.intake.account_form import CleanAccount, UnusableAccount, clean_account
from leads.intake.columns import Columns, account_columns
from leads.intake.csv_file import Row
from leads.intake.directory import save_accounts
from leads.intake.problems import Problem
from leads.management.importing import ImportCommand, Opened
from routing.matching.index import catch_up_all

BATCH = 500


class Command(ImportCommand):
    help = "Import the account directory from a CSV file. The same company again is brought up to date."

    columns_of = staticmethod(account_columns)

    def take_in(self, opened: Opened, options: Mapping[str, Any], *, at: datetime) -> "Counter[str]":
        return _take_in(opened, at=at)


def _take_in(opened: Opened, *, at: datetime) -> "Counter[str]":
    report, rows = opened.report, opened.rows()
    told = Counter({"rows read": opened.table.row_count})
    while batch := list(islice(rows, BATCH)):
        read = [(row, *_read(row, opened.columns)) for row in batch]
        saved = save_accounts([form for _row, form, _problems in read if form is not None], at=at)
        catch_up_all()
        told += saved.counts
        positions = count()
        for row, form, problems in read:
            if form is None:
                report.refused(row.line, row.number, problems)
            else:
                position = next(positions)
                taken = (saved.problems[position],) if position in saved.problems else ()
                report.left_out(row.line, row.number, (*problems, *taken))
    return told


def _read(row: Row, columns: Columns) -> tuple[CleanAccount | None, tuple[Problem, ...]]:
    """The row's account, if it makes one, and what is wrong with it. One whose cells may have shifted makes none."""
    doubts = (row.doubt,) if row.doubt is not None else ()
    if row.shifted is not None:
        return None, doubts
    try:
        form = clean_account(columns.row(row.cells))
    except UnusableAccount as error:
        return None, (*error.problems, *doubts)
    return form, (*doubts, *form.warnings)
