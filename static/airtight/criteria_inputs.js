/* The inputs of one condition: its field, its operator, its value. `criteria.js` sets them into groups. */
(() => {
  "use strict";

  const CUSTOM = "custom.";
  const LISTS = ["in", "not_in", "has_any", "has_all"];
  const NUMBERS = ["at_least", "at_most"];
  const HINTS = { country: "US, NL, …", tech_stack: "salesforce, …", domain: "acme.com", job_title: "director" };

  const element = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  const choice = (pairs, value, attributes) => {
    const select = element("select", attributes);
    for (const [key, label] of pairs) select.append(element("option", { value: key, selected: key === value }, label));
    return select;
  };

  const numberInput = (value, label, keep, step = "any") => {
    const input = element("input", { type: "number", step, value: value ?? "", "aria-label": label });
    input.addEventListener("input", () => keep(input.value === "" ? null : Number(input.value)));
    return input;
  };

  /* `changed(redraw)` is called after every change of the row. */
  class RowInputs {
    constructor(menu, changed) {
      this.menu = menu;
      this.fields = new Map(menu.flatMap((group) => group.fields).map((field) => [field.name, field]));
      this.changed = changed;
    }

    entry(name) {
      return this.fields.get(name.startsWith(CUSTOM) ? CUSTOM : name);
    }

    draw(row, number) {
      const entry = this.entry(row.field);
      const op = choice(entry.ops.map((each) => [each.op, each.label]), row.op, { "aria-label": `Operator of ${number}` });
      op.addEventListener("change", () => { this.setOp(row, op.value); this.changed(true); });
      return [this.field(row, number), op, this.value(row, entry, number)];
    }

    field(row, number) {
      const custom = row.field.startsWith(CUSTOM);
      const select = element("select", { "aria-label": `Field of ${number}` });
      for (const group of this.menu) {
        const part = element("optgroup", { label: group.label });
        for (const field of group.fields) {
          part.append(element("option", { value: field.name, selected: field.name === (custom ? CUSTOM : row.field) }, field.label));
        }
        select.append(part);
      }
      select.addEventListener("change", () => {
        row.field = select.value;
        const ops = this.entry(row.field).ops.map((each) => each.op);
        this.setOp(row, ops.includes(row.op) ? row.op : ops.includes("in") ? "in" : ops[0], this.entry(row.field).kind);
        this.changed(true);
      });
      if (!custom) return element("div", {}, select);
      const name = element("input", { value: row.field.slice(CUSTOM.length), placeholder: "its name", "aria-label": `Name of the custom field of ${number}` });
      name.addEventListener("input", () => { row.field = CUSTOM + name.value.trim(); this.changed(false); });
      return element("div", { class: "criteria-field-custom" }, select, name);
    }

    /* Keep what was typed as far as the new operator can hold it. */
    setOp(row, op, kind = this.entry(row.field).kind) {
      const old = Array.isArray(row.value) ? row.value : row.value === "" || row.value == null || typeof row.value === "boolean" ? [] : [row.value];
      const numbers = old.map(Number).filter((number) => !Number.isNaN(number) && old.length);
      row.op = op;
      if (kind === "boolean") row.value = true;
      else if (op === "between") row.value = [numbers[0] ?? null, numbers[1] ?? null];
      else if (NUMBERS.includes(op)) row.value = numbers[0] ?? null;
      else if (LISTS.includes(op)) row.value = old.filter((item) => item !== null).map(String);
      else row.value = old.length ? String(old[0] ?? "") : "";
    }

    value(row, entry, number) {
      const label = `Value of ${number}`;
      const box = element("div", { class: "criteria-value" });
      const keep = (found) => { row.value = found; this.changed(false); };
      if (entry.kind === "boolean") {
        const select = choice([["true", "yes"], ["false", "no"]], String(row.value), { "aria-label": label });
        select.addEventListener("change", () => keep(select.value === "true"));
        box.append(select);
      } else if (row.op === "between") {
        const pair = Array.isArray(row.value) ? row.value : [null, null];
        row.value = pair;
        const keepAt = (at) => (found) => { pair[at] = found; this.changed(false); };
        box.classList.add("criteria-range");
        box.append(numberInput(pair[0], `Least ${label}`, keepAt(0)), "and", numberInput(pair[1], `Most ${label}`, keepAt(1)));
      } else if (NUMBERS.includes(row.op)) {
        box.append(numberInput(row.value, label, keep));
      } else if (LISTS.includes(row.op)) {
        box.append(this.chips(row, label));
      } else {
        const input = element("input", { value: row.value ?? "", "aria-label": label });
        input.addEventListener("input", () => keep(input.value));
        box.append(input);
      }
      return box;
    }

    chips(row, label) {
      const values = Array.isArray(row.value) ? row.value : [];
      row.value = values;
      const box = element("div", { class: "criteria-chips" });
      const input = element("input", { "aria-label": `${label}: type, then press Enter`, placeholder: HINTS[row.field] || "type, press Enter" });
      const draw = () => {
        box.replaceChildren(...values.map((value, at) => element("span", { class: "criteria-chip" }, String(value),
          element("button", { type: "button", "aria-label": `Remove ${value}`, onclick: () => { values.splice(at, 1); draw(); this.changed(false); input.focus(); } }, "✕"))), input);
      };
      const take = () => {
        const typed = input.value.split(/[,;\n\t]/).map((part) => part.trim()).filter((part) => part && !values.includes(part));
        input.value = "";
        if (!typed.length) return;
        values.push(...typed);
        draw();
        this.changed(false);
      };
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === ",") { event.preventDefault(); take(); input.focus(); }
        if (event.key === "Backspace" && !input.value && values.length) { values.pop(); draw(); this.changed(false); input.focus(); }
      });
      input.addEventListener("blur", take);
      input.addEventListener("paste", () => setTimeout(take));
      draw();
      return box;
    }
  }

  window.airtightCriteria = { RowInputs, choice, element, numberInput };
})();
