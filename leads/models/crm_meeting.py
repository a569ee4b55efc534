from django.db import models


class CrmMeeting(models.Model):
    """A meeting in the CRM that lies ahead. Nobody ticks it off there: when its time has come, it was a touch.

    What was done there, of any `kind`, and raised when it was reported waits here too; `tried_at` is when it last did.
    """

    crm_id = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField(db_index=True)
    owner_crm_id = models.CharField(max_length=100)
    people = models.JSONField(default=list)
    kind = models.CharField(max_length=20, default="meeting", db_default="meeting")
    tried_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.crm_id
