"""What is asked before what is in force changes: that it is still what was looked at, and of a draft a note."""

from typing import Any

from django import forms

from revops.publishing import ChangedMeanwhile


class LookedAt(forms.Form):
    """`digest` is of what the page shows; `what` is that, in words."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, digest: str, what: str) -> None:
        super().__init__(data)
        self.digest, self.what = digest, what
        self.fields["seen"].initial = digest

    def clean_seen(self) -> str:
        """Shown again, the form is of what there is now."""
        seen = str(self.cleaned_data["seen"])
        if seen != self.digest:
            self.data = {**{name: self.data.get(name) for name in self.fields}, "seen": self.digest}
            raise forms.ValidationError(str(ChangedMeanwhile(self.what)))
        return seen


class PublishForm(LookedAt):
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why, in a sentence; it is kept with the version.",
    )

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).strip()
