from django.db import models


class CrmMeeting(models.Model):
    """A meeting in the CRM that lies ahead. Nobody ticks it off there: when its time has come, it was a touch."""

    crm_id = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField(db_index=True)
    owner_crm_id = models.CharField(max_length=100)
    people = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.crm_id
