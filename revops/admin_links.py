"""Links out of the admin's lists to the product's own pages."""

from django.urls import reverse
from django.utils.html import format_html

from leads.models import Lead


def to_the_lead(lead: Lead) -> str:
    """Its own page, with its timeline."""
    return format_html('<a class="to-lead" href="{}">{}</a>', reverse("lead", args=[lead.pk]), lead)
