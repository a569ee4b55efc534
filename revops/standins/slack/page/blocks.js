// Block Kit as DOM nodes: the blocks of a message, and the inputs of a dialog.

import { decode, el, mrkdwn, safeUrl } from "/text.js";

export function blockNodes(blocks, { names, press }) {
  return blocks.map((block) => DRAW[block.type]?.(block, { names, press })).filter(Boolean);
}

function text(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : [decode(object.text)];
}

const DRAW = {
  header: (block, { names }) => el("h3", {}, ...text(block.text, names)),
  divider: () => el("hr"),
  section: (block, { names }) =>
    el(
      "div",
      { class: "section" },
      block.text && el("p", {}, ...text(block.text, names)),
      block.fields && el("div", { class: "fields" }, ...block.fields.map((field) => el("p", {}, ...text(field, names)))),
    ),
  context: (block, { names }) =>
    el("div", { class: "context" }, ...block.elements.map((element) => el("p", {}, ...text(element, names)))),
  actions: (block, { press }) => el("div", { class: "actions" }, ...block.elements.map((button) => buttonNode(button, press))),
};

function buttonNode(button, press) {
  const shown = decode(button.text.text);
  const href = button.url && safeUrl(button.url);
  const look = { class: `button ${button.style || ""}` };
  if (href) {
    const onclick = () => press(button, null);
    return el("a", { ...look, href, target: "_blank", rel: "noopener noreferrer", onclick }, shown);
  }
  return el("button", { ...look, type: "button", onclick: (event) => press(button, event.currentTarget) }, shown);
}

export function dialogNode({ view }, { submit, close }) {
  const form = el("form", { novalidate: true }, ...view.blocks.map((block) => (block.type === "input" ? inputNode(block) : told(block))));
  const keep = el("button", { type: "button", class: "button", onclick: close }, decode(view.close?.text || "Cancel"));
  const send = view.submit && el("button", { type: "submit", class: "button primary" }, decode(view.submit.text));
  form.append(el("p", { class: "error", "data-error": "" }), el("div", { class: "foot" }, keep, send || ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(Object.fromEntries(new FormData(form)), form, send);
  });
  const shut = el("button", { type: "button", class: "shut", "aria-label": "Close", onclick: close }, "×");
  return [el("div", { class: "head" }, el("h2", {}, decode(view.title.text)), shut), form];
}

function told(block) {
  return blockNodes([block], { names: (id) => id, press: () => {} })[0];
}

export function showErrors(form, errors) {
  for (const slot of form.querySelectorAll("[data-error]")) {
    const message = errors[slot.dataset.error] || "";
    slot.textContent = message;
    form.elements[slot.dataset.error]?.setAttribute("aria-invalid", String(Boolean(message)));
  }
  form.querySelector("[aria-invalid=true]")?.focus();
}

function inputNode(block) {
  const id = `input-${block.block_id}`;
  const optional = block.optional && el("small", {}, " (optional)");
  return el(
    "div",
    { class: "input" },
    el("label", { for: id }, decode(block.label.text), optional),
    CONTROL[block.element.type](block.element, { id, name: block.block_id, "aria-describedby": `${id}-error` }),
    block.hint && el("p", { class: "hint" }, decode(block.hint.text)),
    el("p", { class: "error", id: `${id}-error`, "data-error": block.block_id }),
  );
}

const CONTROL = {
  datepicker: (element, look) => el("input", { ...look, type: "date", value: element.initial_date }),
  plain_text_input: (element, look) =>
    el(element.multiline ? "textarea" : "input", { ...look, rows: element.multiline ? 3 : null, maxlength: element.max_length }),
  static_select: (element, look) =>
    el("select", look, el("option", { value: "" }, decode(element.placeholder?.text || "Choose")), ...element.options.map(option)),
};

function option({ text: label, value, description }) {
  return el("option", { value }, decode(description ? `${label.text} · ${description.text}` : label.text));
}
