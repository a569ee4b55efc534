"""What is due is taken in the order of its deadlines and ids: thousands that are due at one instant, as after an import,
were sorted anew for each batch. Built while everybody goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0028_legal_of_before")]
    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                fields=["due_at", "id"], condition=models.Q(due_at__isnull=False), name="lead_due_in_order"
            ),
        ),
        RemoveIndexConcurrently(model_name="lead", name="lead_due"),
    ]
