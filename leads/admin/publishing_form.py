"""What is asked before a draft is published: a note, and that it is still the draft that was looked at."""

from typing import Any

from django import forms

from revops.publishing import ChangedMeanwhile


class PublishForm(forms.Form):
    note = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why, in a sentence; it is kept with the version.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, digest: str) -> None:
        super().__init__(data)
        self.digest = digest
        self.fields["seen"].initial = digest

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"]).strip()

    def clean_seen(self) -> str:
        """Shown again, the form is of the draft as it is now."""
        seen = str(self.cleaned_data["seen"])
        if seen != self.digest:
            self.data = {**{name: self.data.get(name) for name in self.fields}, "seen": self.digest}
            raise forms.ValidationError(str(ChangedMeanwhile()))
        return seen
