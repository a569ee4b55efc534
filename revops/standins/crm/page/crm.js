// The page: asks for the records every so often, draws the tab in sight, and tells the stand-in what a person does.
// Whatever a record holds only ever becomes text: nothing of it is read as HTML.

const $ = (id) => document.getElementById(id);
const EVERY = 1500;
const TABS = {
  lead: {
    title: "Leads",
    columns: ["name", "email", "company", "status", "state", "reason", "owner", "do"],
  },
  opportunity: { title: "Opportunities", columns: ["name", "account", "stage", "amount", "close_date", "owner"] },
  account: { title: "Accounts", columns: ["name", "domain", "industry", "employees", "owner"] },
  activity: { title: "Activities", columns: ["when", "what", "person", "done", "inbound", "owner"] },
};
const TITLES = {
  state: "Airtight: state", reason: "Airtight: reason", close_date: "Closes", employees: "People", what: "Kind",
  inbound: "Received", do: "",
};
const LOGGED = {
  "Call made": { what: "call" },
  "Mail sent": { what: "mail" },
  "Mail received": { what: "mail", values: { inbound: true } },
  "Meeting held": { what: "meeting" },
};

let state = { revision: -1, users: [] };
let tab = location.hash.slice(1) in TABS ? location.hash.slice(1) : "lead";
let lost = false;

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

async function poll() {
  try {
    const answer = await fetch(`__state?seen=${state.revision}`);
    if (answer.status === 200 && !document.activeElement?.closest("tbody select")) {
      state = await answer.json();
      draw();
    }
    lost = false;
  } catch {
    if (!lost) toast("The stand-in does not answer. Is the demo still running?");
    lost = true;
  }
}

async function act(asked, done) {
  const headers = { "Content-Type": "application/json" };
  try {
    const answer = await fetch("__act", { method: "POST", headers, body: JSON.stringify(asked) });
    const said = await answer.json();
    toast(said.error || done);
  } catch {
    toast("The stand-in does not answer.");
  }
  document.activeElement?.blur();
  await poll();
}

function draw() {
  document.title = `${state.title} stand-in · Airtight demo`;
  $("title").textContent = `${state.title} (demo)`;
  $("tabs").replaceChildren(...Object.keys(TABS).map(tabButton));
  const { columns } = TABS[tab];
  $("head").replaceChildren(el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, heading(name)))));
  const wanted = $("find").value.trim().toLowerCase();
  const rows = (state[tab] || []).filter((row) => !wanted || JSON.stringify(row).toLowerCase().includes(wanted));
  $("rows").replaceChildren(...rows.map((row) => el("tr", {}, ...columns.map((name) => cell(row, name)))));
  $("none").hidden = rows.length > 0;
}

function tabButton(name) {
  const attributes = { type: "button", onclick: () => choose(name), "aria-current": name === tab && "true" };
  return el("button", attributes, `${TABS[name].title} `, el("span", {}, String(state.counts[name])));
}

function choose(name) {
  tab = name;
  history.replaceState(null, "", `#${name}`);
  draw();
}

function heading(name) {
  return TITLES[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

function cell(row, name) {
  const label = { "data-label": heading(name) };
  if (name === "owner") return el("td", label, tab === "activity" ? ownerName(row.owner) : ownerChoice(row));
  if (name === "do") return el("td", { class: "do" }, ...leadActions(row));
  return el("td", label, shown(row[name]));
}

function shown(value) {
  if (value === true) return "yes";
  if (value == null || value === false) return "–";
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(value)) return new Date(value).toLocaleString();
  return typeof value === "number" ? value.toLocaleString() : value;
}

function ownerName(id) {
  return state.users.find((user) => user.id === id)?.name || "–";
}

function ownerChoice(row) {
  const options = state.users
    .filter((user) => user.active || user.id === row.owner)
    .map((user) => el("option", { value: user.id, selected: user.id === row.owner }, user.name));
  if (!state.users.some((user) => user.id === row.owner)) options.unshift(el("option", { selected: true }, "–"));
  const change = ({ target }) =>
    act({ do: "own", kind: tab, id: row.id, owner: Number(target.value) }, `Given to ${ownerName(Number(target.value))}`);
  return el("select", { onchange: change, "aria-label": `Owner of ${row.name || row.email}` }, ...options);
}

function leadActions(row) {
  const log = ({ target }) => act({ do: "log", id: row.id, ...LOGGED[target.value] }, `Logged: ${target.value}`);
  const kinds = Object.keys(LOGGED).map((name) => el("option", {}, name));
  const choice = el("select", { onchange: log, "aria-label": `Log an activity with ${row.email}` }, el("option", {}, "Log…"), ...kinds);
  if (row.converted) return [choice, el("span", { class: "converted" }, "converted")];
  const convert = () => act({ do: "convert", id: row.id }, "Converted: there is an opportunity now");
  return [choice, el("button", { type: "button", onclick: convert }, "Convert")];
}

function toast(text) {
  const note = el("p", {}, text);
  $("toasts").append(note);
  setTimeout(() => note.remove(), 5000);
}

$("find").addEventListener("input", draw);
poll();
setInterval(poll, EVERY);
