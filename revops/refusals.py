"""What the lifecycle says when it will not do something."""


class Refused(Exception):
    """The lifecycle will not do that; the message is for whoever asked."""


class NotYours(Refused):
    """The lead is another's to act on."""


class NotPossible(Refused):
    """The lead is no longer where that can be done: its `state`, and who was first."""

    def __init__(self, message: str, *, state: str, winner: str = "") -> None:
        super().__init__(message)
        self.state = state
        self.winner = winner
