"""What must not stand in a log: the token in a webhook's address is as good as a password."""

import logging
import re

HOOK = re.compile(r"(/hooks/[^/\s]+/)[^/\s?\"']+")


def masked(text: str) -> str:
    return HOOK.sub(r"\1…", text)


class HookTokens(logging.Filter):
    """Django's own loggers name the path of every request that was refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(masked(one) if isinstance(one, str) else one for one in record.args)
        return True
