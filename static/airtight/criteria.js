/* Turns the JSON of criteria into rows to fill in, and back. The text area stays the one thing that is sent, so that
   nothing typed is lost and everything works without this script. */
(() => {
  "use strict";

  const MODES = [["all", "all of these"], ["any", "at least one of these"], ["none", "none of these"]];
  const UNKNOWN = [["", "unknown stays unknown"], ["pass", "unknown counts as met"], ["fail", "unknown counts as not met"]];
  const CUSTOM = "custom.";
  const LISTS = ["in", "not_in", "has_any", "has_all"];
  const NUMBERS = ["at_least", "at_most"];
  const GROUPS = MODES.map(([mode]) => mode);
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

  const isCriterion = (node) => node && typeof node === "object" && !Array.isArray(node) && typeof node.field === "string";
  const groupOf = (node) => {
    if (!node || typeof node !== "object") return null;
    const modes = GROUPS.filter((mode) => Array.isArray(node[mode]));
    if (modes.length !== 1 || Object.keys(node).length !== 1) return null;
    return { mode: modes[0], rows: node[modes[0]] };
  };
  const isFlat = (group) => group && group.rows.every(isCriterion);

  /* The groups that rows can show; null where the criteria are nested deeper. */
  const toGroups = (node) => {
    if (Object.keys(node).length === 0) return [{ mode: "all", rows: [] }];
    if (isCriterion(node)) return [{ mode: "all", rows: [node] }];
    const outer = groupOf(node);
    if (isFlat(outer)) return [outer];
    if (!outer || outer.mode !== "all") return null;
    const inner = outer.rows.map((row) => (isCriterion(row) ? row : groupOf(row)));
    if (!inner.every((part) => isCriterion(part) || isFlat(part))) return null;
    const loose = inner.filter(isCriterion);
    return [...(loose.length ? [{ mode: "all", rows: loose }] : []), ...inner.filter((part) => !isCriterion(part))];
  };

  const toNode = (groups) => {
    const full = groups.filter((group) => group.rows.length);
    if (!full.length) return {};
    const nodes = full.map((group) => ({ [group.mode]: group.rows }));
    return nodes.length === 1 ? nodes[0] : { all: nodes };
  };

  class Editor {
    constructor(root) {
      this.root = root;
      this.text = root.querySelector("textarea");
      this.place = root.querySelector("[data-groups]");
      this.note = root.querySelector("[data-note]");
      this.words = root.querySelector("[data-words]");
      this.advanced = root.querySelector("[data-advanced]");
      this.menu = JSON.parse(root.dataset.menu);
      this.fields = new Map(this.menu.flatMap((group) => group.fields).map((field) => [field.name, field]));
      this.text.addEventListener("input", () => { this.read(); this.ask(); });
      this.text.form?.addEventListener("submit", () => document.activeElement?.blur(), { capture: true });
      this.advanced.open = false;
      this.read();
      this.ask();
    }

    entry(name) {
      return this.fields.get(name.startsWith(CUSTOM) ? CUSTOM : name);
    }

    read() {
      let node = null;
      try { node = JSON.parse(this.text.value.trim() || "{}"); } catch { /* shown as a note below */ }
      const readable = node && typeof node === "object" && !Array.isArray(node);
      const groups = readable ? toGroups(node) : null;
      const known = groups && groups.every((group) => group.rows.every((row) => this.entry(row.field)));
      this.groups = known ? groups : null;
      this.place.hidden = !known;
      this.note.hidden = Boolean(known);
      if (known) { this.draw(); return; }
      this.advanced.open = true;
      this.note.textContent = readable
        ? "These criteria are nested deeper than the rows can show. Edit them as JSON below."
        : "This is not readable yet. Put it right below, and the rows come back.";
    }

    write() {
      const node = toNode(this.groups);
      this.text.value = Object.keys(node).length ? JSON.stringify(node, null, 2) : "";
      this.ask();
    }

    change(redraw = true) {
      this.write();
      if (redraw) this.draw();
    }

    draw() {
      this.place.replaceChildren();
      this.groups.forEach((group, at) => {
        if (at) this.place.append(element("p", { class: "criteria-and" }, "and"));
        this.place.append(this.drawGroup(group, at));
      });
      this.place.append(element("button", { type: "button", class: "criteria-add", onclick: () => {
        this.groups.push({ mode: "any", rows: [this.fresh()] });
        this.change();
      } }, "Add a group"));
    }

    fresh() {
      return { field: "country", op: "in", value: [] };
    }

    drawGroup(group, at) {
      const mode = choice(MODES, group.mode, { "aria-label": "How many of these must hold" });
      mode.addEventListener("change", () => { group.mode = mode.value; this.change(false); });
      const head = element("div", { class: "criteria-head" }, mode, element("span", {}, group.rows.length ? "hold:" : `hold. There is no condition yet, so it matches ${this.root.dataset.empty}.`));
      if (this.groups.length > 1) {
        head.append(element("button", { type: "button", onclick: () => { this.groups.splice(at, 1); this.change(); } }, "Remove group"));
      }
      const box = element("div", { class: "criteria-group", role: "group", "aria-label": `Group ${at + 1}` }, head);
      group.rows.forEach((row, position) => box.append(this.drawRow(group, row, at, position)));
      box.append(element("button", { type: "button", class: "criteria-add", onclick: () => {
        group.rows.push(this.fresh());
        this.change();
        this.place.querySelectorAll("[data-path]")[this.index(group, group.rows.length - 1)].querySelector("select").focus();
      } }, "Add a condition"));
      return box;
    }

    index(group, position) {
      let count = 0;
      for (const other of this.groups) {
        if (other === group) return count + position;
        count += other.rows.length;
      }
      return count;
    }

    path(group, position) {
      const full = this.groups.filter((other) => other.rows.length);
      const outer = full.length > 1 ? `.all[${full.indexOf(group)}]` : "";
      return `criteria${outer}.${group.mode}[${position}]`;
    }

    drawRow(group, row, at, position) {
      const number = `condition ${position + 1}`;
      const entry = this.entry(row.field);
      const op = choice(entry.ops.map((each) => [each.op, each.label]), row.op, { "aria-label": `Operator of ${number}` });
      op.addEventListener("change", () => { this.setOp(row, op.value); this.change(); });
      const unknown = choice(UNKNOWN, row.unknown === "unknown" ? "" : row.unknown || "", { "aria-label": `If ${number} is unknown` });
      unknown.addEventListener("change", () => {
        if (unknown.value) row.unknown = unknown.value; else delete row.unknown;
        this.change(false);
      });
      const box = element("div", { class: "criteria-row", "data-path": "" },
        this.fieldInput(row, number), op, this.valueInput(row, entry, number),
        element("div", { class: "criteria-unknown" }, unknown),
        element("button", { type: "button", class: "criteria-remove", "aria-label": `Remove ${number}`, title: "Remove", onclick: () => {
          group.rows.splice(position, 1);
          this.change();
        } }, "✕"));
      box.pathOf = () => this.path(group, position);
      return box;
    }

    fieldInput(row, number) {
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
        this.change();
      });
      if (!custom) return element("div", {}, select);
      const name = element("input", { value: row.field.slice(CUSTOM.length), placeholder: "its name", "aria-label": `Name of the custom field of ${number}` });
      name.addEventListener("input", () => { row.field = CUSTOM + name.value.trim(); this.change(false); });
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

    valueInput(row, entry, number) {
      const label = `Value of ${number}`;
      const box = element("div", { class: "criteria-value" });
      if (entry.kind === "boolean") {
        const select = choice([["true", "yes"], ["false", "no"]], String(row.value), { "aria-label": label });
        select.addEventListener("change", () => { row.value = select.value === "true"; this.change(false); });
        box.append(select);
      } else if (row.op === "between") {
        const pair = Array.isArray(row.value) ? row.value : [null, null];
        row.value = pair;
        box.classList.add("criteria-range");
        box.append(this.numberInput(pair[0], `Least ${label}`, (found) => { pair[0] = found; }), "and",
          this.numberInput(pair[1], `Most ${label}`, (found) => { pair[1] = found; }));
      } else if (NUMBERS.includes(row.op)) {
        box.append(this.numberInput(row.value, label, (found) => { row.value = found; }));
      } else if (LISTS.includes(row.op)) {
        box.append(this.chips(row, label));
      } else {
        const input = element("input", { value: row.value ?? "", "aria-label": label });
        input.addEventListener("input", () => { row.value = input.value; this.change(false); });
        box.append(input);
      }
      return box;
    }

    numberInput(value, label, keep) {
      const input = element("input", { type: "number", step: "any", value: value ?? "", "aria-label": label });
      input.addEventListener("input", () => {
        keep(input.value === "" ? null : Number(input.value));
        this.change(false);
      });
      return input;
    }

    chips(row, label) {
      const values = Array.isArray(row.value) ? row.value : [];
      row.value = values;
      const box = element("div", { class: "criteria-chips" });
      const input = element("input", { "aria-label": `${label}: type, then press Enter`, placeholder: HINTS[row.field] || "type, press Enter" });
      const draw = () => {
        box.replaceChildren(...values.map((value, at) => element("span", { class: "criteria-chip" }, String(value),
          element("button", { type: "button", "aria-label": `Remove ${value}`, onclick: () => { values.splice(at, 1); draw(); this.change(false); input.focus(); } }, "✕"))), input);
      };
      const take = () => {
        const typed = input.value.split(/[,;\n\t]/).map((part) => part.trim()).filter((part) => part && !values.includes(part));
        input.value = "";
        if (!typed.length) return;
        values.push(...typed);
        draw();
        this.change(false);
      };
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === ",") { event.preventDefault(); take(); input.focus(); }
        if (event.key === "Backspace" && !input.value && values.length) { values.pop(); draw(); this.change(false); input.focus(); }
      });
      input.addEventListener("blur", take);
      input.addEventListener("paste", () => setTimeout(take));
      draw();
      return box;
    }

    /* A row that has only just been added is no mistake yet. */
    wanting() {
      const empty = (value) => value === null || value === "" || (Array.isArray(value) && (!value.length || value.includes(null)));
      const at = this.groups.flatMap((group) => group.rows).findIndex((row) => empty(row.value));
      return at < 0 ? "" : `Condition ${at + 1} still needs a value.`;
    }

    ask() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.preview(), 250);
    }

    async preview() {
      const asked = this.text.value;
      const token = this.text.form?.querySelector("[name=csrfmiddlewaretoken]")?.value;
      const body = new URLSearchParams({ criteria: asked });
      let answer;
      try {
        const response = await fetch(this.root.dataset.preview, { method: "POST", headers: { "X-CSRFToken": token }, body });
        if (!response.ok) return;
        answer = await response.json();
      } catch { return; }
      if (asked === this.text.value) this.show(answer);
    }

    show({ words: told, problem, part }) {
      const words = told === "every lead" ? this.root.dataset.empty : told;
      const wanting = problem && this.groups ? this.wanting() : "";
      this.words.classList.toggle("is-wrong", Boolean(problem && !wanting));
      if (wanting) { this.words.replaceChildren(wanting); return; }
      this.words.replaceChildren(...(problem ? [problem] : ["Matches ", element("strong", {}, words), "."]));
      for (const row of this.place.querySelectorAll("[data-path]")) {
        const here = part && (part === row.pathOf() || part.startsWith(`${row.pathOf()}.`));
        row.classList.toggle("is-wrong", Boolean(here));
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll("[data-criteria]")) {
      if (!root.querySelector("textarea").name.includes("__prefix__")) new Editor(root);
    }
  });
})();
