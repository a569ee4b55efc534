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
