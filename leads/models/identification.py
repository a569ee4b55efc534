from django.db import models


class Identification(models.Model):
    """That a visitor said who they are, and when: until then only an id of their browser, or of a user, was known."""

    anonymous_id = models.CharField(max_length=200)
    person_key = models.CharField(max_length=320)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["anonymous_id", "at", "person_key"], name="identification_once"),
            models.CheckConstraint(
                name="identification_of_somebody",
                condition=~models.Q(anonymous_id="") & ~models.Q(person_key=""),
            ),
        ]
        indexes = [models.Index(fields=["person_key"], name="identification_person")]

    def __str__(self) -> str:
        return f"{self.anonymous_id} is {self.person_key}"
