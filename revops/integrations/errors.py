"""How a call to an outside vendor goes wrong: one family for all of them."""


class VendorError(Exception):
    """A vendor's call that did not succeed. Its text is fit for an admin page: no secret is ever in it.

    permanent      the same call will fail again; do not repeat it by itself
    retry_after    seconds the vendor asked us to wait, else None
    ambiguous      it may have taken effect all the same: look before writing again
    configuration  an admin must change something (token, scope, channel), here or at the vendor
    code           the vendor's own word for it, such as 'message_not_found'; '' when it gave none
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool,
        retry_after: float | None = None,
        ambiguous: bool = False,
        configuration: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.ambiguous = ambiguous
        self.configuration = configuration
        self.code = code


class AuthRevoked(VendorError):
    """The vendor does not take the credential: nothing will work until an admin changes it."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message, permanent=True, configuration=True, code=code)


class NotAllowed(VendorError):
    """The credential is good, but not for this: a scope or a plan is missing."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message, permanent=True, configuration=True, code=code)


class InvalidRequest(VendorError):
    """The vendor understood who asks and refuses what is asked."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message, permanent=True, code=code)


class RateLimited(VendorError):
    """Too many calls in a short time."""

    def __init__(self, message: str, *, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(message, permanent=False, retry_after=retry_after, code=code)


class QuotaExhausted(VendorError):
    """The credits or the day's calls are used up: pause the vendor, `retry_after` seconds where it said so."""

    def __init__(self, message: str, *, retry_after: float | None = None, code: str = "") -> None:
        super().__init__(message, permanent=False, retry_after=retry_after, code=code)


class Unavailable(VendorError):
    """No answer, no whole answer, or one that says the vendor has trouble of its own."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, ambiguous: bool = False, code: str = ""
    ) -> None:
        super().__init__(message, permanent=False, retry_after=retry_after, ambiguous=ambiguous, code=code)


class BadAnswer(VendorError):
    """It answered, but not in the form its contract says: a page in place of JSON, JSON cut short, no record in it."""

    def __init__(self, message: str, *, ambiguous: bool = False) -> None:
        super().__init__(message, permanent=False, ambiguous=ambiguous)


class NotFound(VendorError):
    """The record is not there (any more)."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message, permanent=True, code=code)


class Refused(VendorError):
    """Values the vendor does not take: a rule of its admin, or a field it does not have. `fields` names them."""

    def __init__(
        self, message: str, *, code: str = "", fields: tuple[str, ...] = (), configuration: bool = False
    ) -> None:
        super().__init__(message, permanent=True, code=code, configuration=configuration)
        self.fields = fields


class Conflict(VendorError):
    """Another record stands in the way; `other` is its id where the vendor told it."""

    def __init__(self, message: str, *, code: str = "", other: str = "") -> None:
        super().__init__(message, permanent=True, code=code)
        self.other = other
