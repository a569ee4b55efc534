"""Slack's rules for blocks: types, required parts and limits, each breach told as Slack tells it.

https://docs.slack.dev/reference/block-kit
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

MOST_BLOCKS = 50
MOST_BLOCKS_IN_A_VIEW = 100
MOST_CHARACTERS = 13_200
Breaches = list[str]


def breaches(blocks: object, *, view: bool = False) -> Breaches:
    """What is wrong with these blocks; nothing when Slack would take them."""
    most = MOST_BLOCKS_IN_A_VIEW if view else MOST_BLOCKS
    found = _count(blocks, 1 if view else 0, most, "/blocks")
    blocks = blocks if isinstance(blocks, list) else []
    for index, block in enumerate(blocks):
        found += _block(block, f"/blocks/{index}", view)
    return found + _unique(blocks, "block_id", "/blocks")


def view_breaches(view: Mapping[str, Any]) -> Breaches:
    found = [] if view.get("type") == "modal" else ["must be a modal [json-pointer:/type]"]
    blocks = view.get("blocks")
    asks = any(isinstance(block, Mapping) and block.get("type") == "input" for block in _items(blocks))
    for part, required in (("title", True), ("submit", asks), ("close", False)):
        found += _text(view.get(part), 24, f"/{part}", required=required, kinds=("plain_text",))
    found += _string(view.get("callback_id"), 255, "/callback_id")
    found += _string(view.get("private_metadata"), 3000, "/private_metadata")
    return found + breaches(blocks, view=True)


def characters(blocks: object) -> int:
    """How much text the blocks hold, in all."""
    if isinstance(blocks, Mapping):
        own = len(blocks["text"]) if isinstance(blocks.get("text"), str) else 0
        return own + sum(characters(part) for part in blocks.values())
    return sum(characters(part) for part in blocks) if isinstance(blocks, list) else 0


def _block(block: object, at: str, view: bool) -> Breaches:
    if not isinstance(block, Mapping):
        return [f"must be an object [json-pointer:{at}]"]
    check = BLOCKS.get(str(block.get("type")))
    if check is None or (block["type"] == "input" and not view):
        return [f"unsupported type: {block.get('type')} [json-pointer:{at}/type]"]
    return _string(block.get("block_id"), 255, f"{at}/block_id") + check(block, at)


def _header(block: Mapping[str, Any], at: str) -> Breaches:
    return _text(block.get("text"), 150, f"{at}/text", kinds=("plain_text",))


def _section(block: Mapping[str, Any], at: str) -> Breaches:
    if "text" not in block and "fields" not in block:
        return [f"missing required field: text or fields [json-pointer:{at}]"]
    found = _text(block["text"], 3000, f"{at}/text") if "text" in block else []
    if "fields" in block:
        found += _count(block["fields"], 1, 10, f"{at}/fields")
        for index, text in enumerate(_items(block["fields"])):
            found += _text(text, 2000, f"{at}/fields/{index}")
    return found


def _context(block: Mapping[str, Any], at: str) -> Breaches:
    found = _count(block.get("elements"), 1, 10, f"{at}/elements")
    for index, text in enumerate(_items(block.get("elements"))):
        found += _text(text, 3000, f"{at}/elements/{index}")
    return found


def _actions(block: Mapping[str, Any], at: str) -> Breaches:
    elements = _items(block.get("elements"))
    found = _count(block.get("elements"), 1, 25, f"{at}/elements")
    for index, element in enumerate(elements):
        found += _button(element, f"{at}/elements/{index}")
    return found + _unique(elements, "action_id", f"{at}/elements")


def _button(element: object, at: str) -> Breaches:
    if not isinstance(element, Mapping) or element.get("type") != "button":
        return [f"unsupported element [json-pointer:{at}]"]
    found = _text(element.get("text"), 75, f"{at}/text", kinds=("plain_text",))
    for name, limit in (("action_id", 255), ("value", 2000), ("url", 3000)):
        found += _string(element.get(name), limit, f"{at}/{name}")
    if element.get("style", "primary") not in {"primary", "danger"}:
        found.append(f"style must be primary or danger [json-pointer:{at}/style]")
    return found


def _input(block: Mapping[str, Any], at: str) -> Breaches:
    found = _text(block.get("label"), 2000, f"{at}/label", kinds=("plain_text",))
    found += _text(block.get("hint"), 2000, f"{at}/hint", required=False, kinds=("plain_text",))
    element = block.get("element")
    if not isinstance(element, Mapping):
        return [*found, f"missing required field: element [json-pointer:{at}]"]
    if element.get("type") not in {"static_select", "datepicker", "plain_text_input"}:
        found.append(f"unsupported element [json-pointer:{at}/element/type]")
    found += _string(element.get("action_id"), 255, f"{at}/element/action_id")
    return found + (_options(element, f"{at}/element") if element.get("type") == "static_select" else [])


def _options(element: Mapping[str, Any], at: str) -> Breaches:
    found = _count(element.get("options"), 1, 100, f"{at}/options")
    for index, option in enumerate(_items(element.get("options"))):
        where = f"{at}/options/{index}"
        option = option if isinstance(option, Mapping) else {}
        found += _text(option.get("text"), 75, f"{where}/text", kinds=("plain_text",))
        found += _text(option.get("description"), 75, f"{where}/description", required=False, kinds=("plain_text",))
        found += _string(option.get("value"), 150, f"{where}/value", required=True)
    return found


def _divider(block: Mapping[str, Any], at: str) -> Breaches:
    return []


BLOCKS: dict[str, Callable[[Mapping[str, Any], str], Breaches]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "input": _input,
}


def _text(
    text: object, limit: int, at: str, *, required: bool = True, kinds: Sequence[str] = ("plain_text", "mrkdwn")
) -> Breaches:
    if text is None:
        return [f"missing required field [json-pointer:{at}]"] if required else []
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        return [f"must be a text object of {' or '.join(kinds)} [json-pointer:{at}]"]
    return _string(text.get("text"), limit, f"{at}/text", required=True)


def _string(value: object, limit: int, at: str, *, required: bool = False) -> Breaches:
    if value is None and not required:
        return []
    if not isinstance(value, str) or (required and not value):
        return [f"must be more than 0 characters [json-pointer:{at}]"]
    return [f"must be less than {limit + 1} characters [json-pointer:{at}]"] if len(value) > limit else []


def _count(items: object, least: int, most: int, at: str) -> Breaches:
    if not isinstance(items, list) or len(items) < least:
        return [f"no fewer than {least} items [json-pointer:{at}]"]
    return [f"no more than {most} items allowed [json-pointer:{at}]"] if len(items) > most else []


def _unique(items: Sequence[object], name: str, at: str) -> Breaches:
    used = [item[name] for item in items if isinstance(item, Mapping) and isinstance(item.get(name), str)]
    return [f"{name} must be unique [json-pointer:{at}]"] if len(set(used)) < len(used) else []


def _items(items: object) -> list[Any]:
    return items if isinstance(items, list) else []
