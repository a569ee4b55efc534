"""The configuration as text: readable, in one order, without ids and times."""

import textwrap
from typing import Any

import yaml

from revops.config.document import Document, Row
from revops.config.flow import Flow, FlowList
from revops.config.sections import SECTIONS
from revops.config.shapes import Section

FORMAT = "airtight"
NUMBER = 1
HEADER = """\
# Airtight's configuration, as `manage.py config export` writes it; `config diff FILE` says what applying it would
# change. A section that is taken out is left alone. A row that is taken out of a section is removed or switched off.
# A column that is taken out stays as it is. docs/configuration.md tells the rest.
"""
WIDTH = 120


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists stand further in than what they belong to."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What breaks a line is written as an escape, or it would be read as another break or a blank."""
    style = '"' if value.splitlines() not in ([value], []) or not value.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Flow, lambda dumper, it: dumper.represent_mapping("tag:yaml.org,2002:map", it, flow_style=True))
_Dumper.add_representer(
    FlowList, lambda dumper, it: dumper.represent_sequence("tag:yaml.org,2002:seq", it, flow_style=True)
)


def text(document: Document) -> str:
    parts = [f"{HEADER}{_dumped({FORMAT: NUMBER})}"]
    for section in SECTIONS:
        about = "".join(f"# {line}\n" for part in section.about.splitlines() for line in textwrap.wrap(part, WIDTH - 2))
        parts.append(f"{about}{_dumped({section.name: _told(section, document)})}")
    return "\n".join(parts)


def _told(section: Section, document: Document) -> dict[str, Row]:
    """The section's rows without what the product has yet to find."""
    rows = document[section.name]
    if not section.found:
        return rows
    return {
        key: {word: value for word, value in row.items() if value or word not in section.found}
        for key, row in rows.items()
    }


def _dumped(value: Any) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False, indent=2
    )
