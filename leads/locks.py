"""The keys of the advisory locks, which one database's processes share: each is somebody's alone.

A transaction takes the roster's first, then rows, then a pace; the others are held by a session that calls out.
"""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    ROSTER = 4_170_001
    PACE = 4_170_002
    PULLING = 4_170_003
    ASKING = 4_170_005
    RULES = 4_170_007
    BACKTEST = 4_170_009
    SLACK_PACE = 4_170_013


# The first half of keys whose second half tells which one: a lead that is written to the CRM, a visitor.
WRITING, VISITORS = 4_170_004, 4_170_006
