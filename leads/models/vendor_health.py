"""How an outside vendor fares, in one row that all processes share."""

from datetime import datetime, timedelta

from django.db import models

# So many failures in a row open the circuit; from then on the vendor is left alone for longer and longer.
OPENS_AT = 3
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=30)


class VendorHealth(models.Model):
    """A circuit: after repeated failure the vendor is not asked until `open_until`, then by one call alone.

    `refused` is the fingerprint of a credential that the vendor does not take: it is not asked with that one again.
    """

    vendor = models.CharField(max_length=30, primary_key=True)
    failures = models.PositiveSmallIntegerField("failures in a row", default=0)
    open_until = models.DateTimeField("left alone until", null=True)
    refused = models.CharField(max_length=64, blank=True, editable=False)
    error = models.CharField(max_length=500, blank=True)
    error_at = models.DateTimeField(null=True)
    ok_at = models.DateTimeField("last answered", null=True)

    class Meta:
        verbose_name_plural = "vendors' health"

    def __str__(self) -> str:
        return self.vendor

    def refuses(self, credential: str) -> bool:
        """`credential` is a fingerprint."""
        return bool(self.refused) and self.refused == credential

    def is_open(self, *, at: datetime) -> bool:
        return self.open_until is not None and self.open_until > at

    @property
    def on_trial(self) -> bool:
        """The pause is over and nothing has succeeded since: one call tells whether it is well again."""
        return self.failures >= OPENS_AT

    def succeeded(self, *, at: datetime) -> None:
        self.failures, self.open_until, self.refused, self.error, self.ok_at = 0, None, "", "", at

    def failed(self, why: str, *, at: datetime, longest: timedelta = LONGEST_PAUSE) -> None:
        """No answer, or none that can be read."""
        self.failures = min(self.failures + 1, 1000)
        if self.failures >= OPENS_AT:
            self.open_until = at + min(FIRST_PAUSE * 2 ** min(self.failures - OPENS_AT, 10), longest)
        self._keep(why, at)

    def paused(self, why: str, *, until: datetime, at: datetime) -> None:
        """It asked us to wait, or its credits are used up: no failure, but nothing to ask before `until`."""
        self.open_until = until
        self._keep(why, at)

    def refused_credential(self, why: str, *, credential: str, at: datetime) -> None:
        self.refused = credential
        self._keep(why, at)

    def try_again(self) -> None:
        """A person says that it is mended."""
        self.failures, self.open_until, self.refused = 0, None, ""

    def _keep(self, why: str, at: datetime) -> None:
        self.error, self.error_at = why[:500], at
