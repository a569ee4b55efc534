"""The one rule of a territory, as it is written on the territory's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from leads.intake.problems import BadFile
from leads.models import Rep
from revops.admin_site import FileInput, Guarded, StackedInline, Textarea, TextInput
from routing import named_accounts
from routing.criteria import FIELDS
from routing.criteria_field import CriteriaField
from routing.models import NamedList, Pool, Weight
from routing.named_accounts import BadRows
from routing.skills_field import HOW, SkillsField
from routing.weights_field import WeightsField

TAKES_NOTHING = (
    "Without conditions it takes no lead. Add one, name accounts, or tick “Fallback” if it is to take whatever no "
    "other territory takes, or switch the territory off until you know."
)
LEADS = "Which leads"
# A list that is longer is not shown to be typed over: a file replaces it.
MOST_SHOWN = 2_000
MOST_BYTES = 10 * 1024 * 1024


class LinesField(forms.CharField):
    """Lines of text, which a browser sends with its own line ends."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or "").split() != (data or "").split())


class RuleForm(forms.ModelForm):
    """What holds of a rule however it is written."""

    criteria = CriteriaField(
        label="It takes a lead when",
        empty="no lead by criteria, unless it is the fallback",
        help_text="What is not known counts as not met here, unless a condition says so. The fallback needs none.",
    )
    skills = SkillsField(widget=TextInput, help_text=f"What its reps must have. {HOW}")

    class Meta:
        model = Pool
        fields = ["criteria", "skills", "skill_field"]

    def clean_skill_field(self) -> str:
        field = str(self.cleaned_data["skill_field"]).strip()
        if field and field not in FIELDS and not (field.startswith("custom.") and field != "custom."):
            raise forms.ValidationError(
                f"A lead has no field “{field}”. Use one of {', '.join(FIELDS)}, or custom.NAME."
            )
        return field


class PoolForm(RuleForm):
    named_text = LinesField(label="Named accounts", required=False, widget=Textarea(attrs={"rows": 5}))
    named_file = forms.FileField(
        label="Or from a CSV file",
        required=False,
        widget=FileInput,
        help_text="With a column domain, website or company (the name of a known account). It takes the place of the "
        "list; with one bad row nothing is changed.",
    )
    named_none = forms.BooleanField(label="Take all named accounts away", required=False)
    weights = WeightsField(
        required=False,
        help_text="Who has 2 gets twice as many leads as who has 1. Round robin gives everybody the same.",
    )

    class Meta:
        model = Pool
        fields = [
            "team", "active", "position", "is_fallback", "criteria", "strategy", "owner_first", "skills", "skill_field",
            "longest_wait", "then",
        ]  # fmt: skip
        labels = {"is_fallback": "Fallback", "active": "Switched on", "skill_field": "Skill told by"}

    at: datetime | None = None
    by_id: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        weights = self.fields.get("weights")
        if isinstance(weights, WeightsField) and self.instance.pk:
            own = dict(self.instance.weights.values_list("rep", "weight"))
            weights.offer(_reps(self.instance.team_id, also=own))
            self.initial["weights"] = own
        self.domains: list[str] | None = None
        self._show_named()

    def _show_named(self) -> None:
        field = self.fields.get("named_text")
        if field is None:
            return
        field.help_text = (
            "A domain, a website or the name of a known account a line. Their leads come here before any criteria."
        )
        domains = self.instance.named.domains if self.instance.pk and self.instance.named else []
        if len(domains) <= MOST_SHOWN:
            self.initial["named_text"] = "\n".join(domains)
        else:
            field.help_text = format_html(
                '{} accounts are named. What you write here takes the place of all of them. <a href="{}">Download '
                "them as CSV</a>",
                f"{len(domains):,}",
                reverse("admin:leads_territory_named_accounts", args=[self.instance.territory_id]),
            )

    def clean_is_fallback(self) -> bool:
        fallback = bool(self.cleaned_data["is_fallback"])
        other = Pool.objects.filter(is_fallback=True).exclude(pk=self.instance.pk).select_related("territory").first()
        if fallback and other is not None:
            raise forms.ValidationError(f"There is a fallback territory already: “{other}”. Switch that off first.")
        return fallback

    def clean_named_text(self) -> str:
        text = str(self.cleaned_data["named_text"] or "")
        if "named_text" in self.changed_data:
            self.domains = _domains(named_accounts.typed, text)
        return text

    def clean_named_file(self) -> Any:
        file = self.cleaned_data["named_file"]
        if not file:
            return file
        if "named_text" in self.changed_data:
            raise forms.ValidationError("Change the list or send a file, not both at once.")
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file is larger than {MOST_BYTES // 1024**2} MB; leave out other columns.")
        self.domains = _domains(named_accounts.uploaded, file, file.name)
        if not self.domains:
            raise forms.ValidationError("The file names no account.")
        return file

    def clean_named_none(self) -> bool:
        none = bool(self.cleaned_data["named_none"])
        if none and {"named_text", "named_file"}.intersection(self.changed_data):
            raise forms.ValidationError("Take them away or name others, not both at once.")
        if none:
            self.domains = []
        return none

    def has_changed(self) -> bool:
        """A new rule is saved even when it is left as offered."""
        return self.instance.pk is None or super().has_changed()

    @property
    def names_any(self) -> bool:
        return bool(self.domains if self.domains is not None else self.instance.named_id)

    def save(self, commit: bool = True) -> Any:
        if self.domains is not None:
            self.instance.named = self._named_list(self.domains)
        if self.instance.pk and self._says_otherwise():
            self.instance.version += 1
        return super().save(commit)

    def _says_otherwise(self) -> bool:
        """Whether the rule is another than the one that is written: typed in another way it is not."""
        was = Pool.objects.get(pk=self.instance.pk)
        columns = [field.attname for field in Pool._meta.concrete_fields]
        before, after = self.initial.get("weights", {}), self.cleaned_data.get("weights", {})
        return any(getattr(was, name) != getattr(self.instance, name) for name in columns) or any(
            before.get(pk, 1) != weight for pk, weight in after.items()
        )

    def _named_list(self, domains: list[str]) -> NamedList | None:
        """Another list in the place of the one before, which an older version still means."""
        before = self.instance.named
        if before is not None and before.domains == domains:
            return before
        name = str(self.instance.territory)[:100]
        return NamedList.objects.create(name=name, domains=domains, at=self.at, by_id=self.by_id) if domains else None

    def _save_m2m(self) -> None:
        """The weights that are not 1, of the team's own reps alone."""
        super()._save_m2m()  # type: ignore[misc]
        team = set(Rep.objects.filter(team=self.instance.team_id).values_list("pk", flat=True))
        weights = {**self.initial.get("weights", {}), **self.cleaned_data.get("weights", {})}
        Weight.objects.filter(pool=self.instance).delete()
        Weight.objects.bulk_create(
            Weight(pool=self.instance, rep_id=pk, weight=weight)
            for pk, weight in weights.items()
            if weight != 1 and pk in team
        )


def _domains(read: Any, *listed: Any) -> list[str]:
    try:
        return named_accounts.domains_of(read(*listed))
    except BadRows as error:
        raise forms.ValidationError(error.sentences) from error
    except BadFile as error:
        raise forms.ValidationError(str(error)) from error


def _reps(team_id: int, also: Any) -> Sequence[tuple[int, str]]:
    """Who is given leads in the team, and who has a weight there without."""
    taking = Q(active=True, takes_routing=True) | Q(pk__in=list(also))
    reps = Rep.objects.filter(taking, team=team_id).select_related("user").order_by("user__first_name", "pk")
    return [(rep.pk, rep.name) for rep in reps]


class PoolFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """A rule that is switched on says which leads it takes, or that it takes what is left over."""
        super().clean()
        for form in self.forms:
            if not isinstance(form, PoolForm) or not form.is_valid():
                continue
            said = form.cleaned_data
            if said["active"] and not (said["is_fallback"] or said["criteria"] or form.names_any):
                form.add_error("criteria", TAKES_NOTHING)
            if self.instance._state.adding:
                # Its own columns are what is in force, which follows when the rule is.
                self.instance.team, self.instance.active = said["team"], False


class PoolInline(Guarded, StackedInline):
    """The one rule of a territory, on the territory's own page."""

    model = Pool
    form = PoolForm
    formset = PoolFormSet
    min_num = max_num = 1
    can_delete = False
    hide_title = True
    readonly_fields = ("version",)
    fieldsets = (
        (None, {"fields": ("team", "active", "position", "is_fallback")}),
        (LEADS, {"fields": ("criteria", "named_text", "named_file")}),
        ("Who of the team", {"fields": ("strategy", "weights", "owner_first", "skills", "skill_field")}),
        ("When nobody may take it now", {"fields": ("longest_wait", "then", "version")}),
    )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_min=True, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A list too long to be shown, and so to be emptied there, has a tick of its own."""
        pool = Pool.objects.select_related("named").filter(territory=obj, named__isnull=False).first() if obj else None
        if pool is None or pool.named is None or len(pool.named.domains) <= MOST_SHOWN:
            return self.fieldsets
        ticked = ("criteria", "named_text", "named_file", "named_none")
        return tuple((name, {"fields": ticked} if name == LEADS else said) for name, said in self.fieldsets)
