/* Turns the JSON of criteria into groups of conditions to fill in, and back. The text area stays the one thing that is
   sent, so that nothing typed is lost and everything works without this script. */
(() => {
  "use strict";

  const { RowInputs, choice, element, numberInput } = window.airtightCriteria;
  const SCORE = "score";
  const MODES = [["all", "all of these"], ["any", "at least one of these"], ["none", "none of these"], [SCORE, "enough points of these"]];
  const UNKNOWN = [["", "unknown stays unknown"], ["pass", "unknown counts as met"], ["fail", "unknown counts as not met"]];
  const DEEPEST = 5;

  const isObject = (node) => Boolean(node) && typeof node === "object" && !Array.isArray(node);
  const isGroup = (node) => Array.isArray(node.rows);

  /* A group is {mode, rows, bar, weight} here, a condition as it is stored. Null for what is no criteria. */
  const toTree = (node, known) => {
    if (!isObject(node)) return null;
    if (typeof node.field === "string") return known(node.field) ? { ...node } : null;
    const modes = MODES.map(([mode]) => mode).filter((mode) => Array.isArray(node[mode]));
    const others = Object.keys(node).filter((key) => key !== modes[0] && key !== "weight" && !(modes[0] === SCORE && key === "at_least"));
    if (modes.length !== 1 || others.length) return null;
    const rows = node[modes[0]].map((child) => toTree(child, known));
    if (rows.includes(null)) return null;
    return { mode: modes[0], rows, bar: node.at_least ?? null, ...("weight" in node ? { weight: node.weight } : {}) };
  };

  const asRoot = (tree) => (tree && !isGroup(tree) ? { mode: "all", rows: [tree] } : tree);

  class Editor {
    constructor(root) {
      this.root = root;
      this.text = root.querySelector("textarea");
      this.place = root.querySelector("[data-groups]");
      this.note = root.querySelector("[data-note]");
      this.words = root.querySelector("[data-words]");
      this.advanced = root.querySelector("[data-advanced]");
      this.inputs = new RowInputs(JSON.parse(root.dataset.menu), (redraw) => this.change(redraw));
      this.text.addEventListener("input", () => { this.read(); this.ask(); });
      this.text.form?.addEventListener("submit", () => document.activeElement?.blur(), { capture: true });
      this.advanced.open = false;
      this.read();
      this.ask();
    }

    read() {
      let node = null;
      try { node = JSON.parse(this.text.value.trim() || "{}"); } catch { /* shown as a note below */ }
      const empty = isObject(node) && !Object.keys(node).length;
      this.tree = empty ? { mode: "all", rows: [] } : asRoot(toTree(node, (name) => this.inputs.entry(name)));
      this.place.hidden = !this.tree;
      this.note.hidden = Boolean(this.tree);
      if (this.tree) { this.node(this.tree); this.draw(); return; }
      this.advanced.open = true;
      this.note.textContent = "This is not readable yet. Put it right below, and the rows come back.";
    }

    /* The tree as it is stored: groups without a condition are left out. Notes the path of each part on the way. */
    node(part, path = "criteria") {
      if (path === "criteria") this.paths = new Map();
      this.paths.set(part, path);
      if (!isGroup(part)) return part;
      const full = part.rows.filter((row) => !isGroup(row) || this.isFull(row));
      const rows = full.map((row, at) => this.node(row, `${path}.${part.mode}[${at}]`));
      return {
        ...("weight" in part ? { weight: part.weight } : {}), [part.mode]: rows, ...(part.mode === SCORE ? { at_least: part.bar } : {}),
      };
    }

    isFull(group) {
      return group.rows.some((row) => !isGroup(row) || this.isFull(row));
    }

    change(redraw = true) {
      const node = this.node(this.tree);
      this.text.value = this.isFull(this.tree) ? JSON.stringify(node, null, 2) : "";
      this.ask();
      if (redraw) this.draw();
    }

    draw() {
      this.place.replaceChildren(this.drawGroup(this.tree, []));
    }

    fresh(group) {
      return { ...(group.mode === SCORE ? { weight: 1 } : {}), field: "country", op: "in", value: [] };
    }

    add(group, part, position) {
      group.rows.push(part);
      this.change();
      const label = `condition ${[...position, group.rows.length].join(".")}${isGroup(part) ? ".1" : ""}`;
      this.place.querySelector(`[aria-label="Field of ${label}"]`).focus();
    }

    drawGroup(group, position, parent = null) {
      const name = position.length ? `group ${position.join(".")}` : "the whole";
      const box = element("div", { class: "criteria-group", role: "group", "aria-label": name, "data-part": "" }, this.drawHead(group, name, parent));
      box.shows = group;
      group.rows.forEach((row, at) => {
        const here = [...position, at + 1];
        box.append(isGroup(row) ? this.drawGroup(row, here, group) : this.drawRow(row, here, group));
      });
      const buttons = element("div", { class: "criteria-buttons" }, element("button", { type: "button", class: "criteria-add", onclick: () => this.add(group, this.fresh(group), position) }, "Add a condition"));
      if (position.length < DEEPEST - 1) {
        buttons.append(element("button", { type: "button", class: "criteria-add", onclick: () => {
          this.add(group, { mode: "any", rows: [this.fresh({})], ...(group.mode === SCORE ? { weight: 1 } : {}) }, position);
        } }, "Add a group"));
      }
      box.append(buttons);
      return box;
    }

    drawHead(group, name, parent) {
      const mode = choice(MODES, group.mode, { "aria-label": "How many of these must hold" });
      mode.addEventListener("change", () => {
        this.setMode(group, mode.value);
        this.change();
        this.place.querySelector(`[role=group][aria-label="${name}"] select`).focus();
      });
      const hold = group.rows.length || parent ? "hold:" : `hold. There is no condition yet, so it matches ${this.root.dataset.empty}.`;
      const head = element("div", { class: "criteria-head" }, ...this.drawWeight(group, name, parent), mode);
      if (group.mode === SCORE) {
        const bar = numberInput(group.bar, `Points needed in ${name}`, (found) => { group.bar = found; this.change(false); }, "1");
        bar.classList.add("criteria-bar");
        head.append(element("span", {}, "at least"), bar, element("span", {}, "points:"));
      } else head.append(element("span", {}, hold));
      if (parent) {
        head.append(element("button", { type: "button", class: "criteria-remove-group", "aria-label": `Remove ${name}`, onclick: () => this.remove(parent, group) }, "Remove group"));
      }
      return head;
    }

    /* A score's members carry points, and it says how many are needed: at first, all of them. */
    setMode(group, mode) {
      group.mode = mode;
      for (const row of group.rows) {
        if (mode === SCORE) row.weight ??= 1;
        else delete row.weight;
      }
      if (mode === SCORE) group.bar = group.rows.reduce((sum, row) => sum + Math.max(row.weight, 0), 0) || 1;
    }

    drawWeight(part, name, parent) {
      if (parent?.mode !== SCORE) return [];
      const input = numberInput(part.weight, `Points for ${name}`, (found) => { part.weight = found; this.change(false); }, "1");
      return [element("label", { class: "criteria-weight", title: "Below 0 it counts against the lead." }, input, "points if")];
    }

    remove(group, row) {
      group.rows.splice(group.rows.indexOf(row), 1);
      this.change();
    }

    drawRow(row, position, group) {
      const number = `condition ${position.join(".")}`;
      const unknown = choice(UNKNOWN, row.unknown === "unknown" ? "" : row.unknown || "", { "aria-label": `If ${number} is unknown` });
      unknown.addEventListener("change", () => {
        if (unknown.value) row.unknown = unknown.value; else delete row.unknown;
        this.change(false);
      });
      const box = element("div", { class: "criteria-row", "data-part": "" }, ...this.drawWeight(row, number, group),
        ...this.inputs.draw(row, number), element("div", { class: "criteria-unknown" }, unknown),
        element("button", { type: "button", class: "criteria-remove", "aria-label": `Remove ${number}`, title: "Remove", onclick: () => this.remove(group, row) }, "✕"));
      box.shows = row;
      return box;
    }

    /* A row that has only just been added is no mistake yet. */
    wanting(part = this.tree, position = []) {
      const empty = (value) => value === null || value === "" || (Array.isArray(value) && (!value.length || value.includes(null)));
      const name = `${isGroup(part) ? "Group" : "Condition"} ${position.join(".")}`;
      if (part.weight === null) return `${name} still needs its points.`;
      if (!isGroup(part)) return empty(part.value) ? `${name} still needs a value.` : "";
      if (part.mode === SCORE && part.bar === null) return "Say how many points are needed.";
      return part.rows.map((row, at) => this.wanting(row, [...position, at + 1])).find(Boolean) || "";
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
      const wanting = problem && this.tree ? this.wanting() : "";
      this.words.classList.toggle("is-wrong", Boolean(problem && !wanting));
      if (wanting) { this.words.replaceChildren(wanting); return; }
      this.words.replaceChildren(...(problem ? [problem] : ["Matches ", element("strong", {}, words), "."]));
      for (const box of this.place.querySelectorAll("[data-part]")) {
        const path = this.paths.get(box.shows) ?? "nowhere";
        const own = isGroup(box.shows) ? [path, `${path}.at_least`, `${path}.weight`].includes(part) : part === path || part.startsWith(`${path}.`);
        box.classList.toggle("is-wrong", Boolean(part && own));
      }
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll("[data-criteria]")) {
      if (!root.querySelector("textarea").name.includes("__prefix__")) new Editor(root);
    }
  });
})();
