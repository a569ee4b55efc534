// The page: asks for the state every so often, draws the conversation in sight, and posts what is pressed.

import { blockNodes, dialogNode, showErrors } from "/blocks.js";
import { el, mrkdwn, nearDay } from "/text.js";

const $ = (id) => document.getElementById(id);
const SLOW = 1500;
const FAST = 250;
const seen = new Map(); // channel id → ts of the last message in sight

let state = { revision: 0, users: [], channels: [], dialogs: [] };
let you = "";
let current = "";
let timer = 0;
let hurryUntil = 0;
let drawn = "";
let lost = false;

const names = (id) => state.users.find((user) => user.id === id)?.name || id;
const channel = () => state.channels.find(({ id }) => id === current);
const visible = (messages) => messages.filter(({ only_for }) => !only_for || only_for === you);
const last = ({ messages }) => visible(messages).at(-1)?.ts || "";

async function poll() {
  clearTimeout(timer);
  try {
    const answer = await fetch(`/__state?seen=${state.revision}`);
    if (answer.status === 200) {
      state = await answer.json();
      draw();
    }
    lost = false;
  } catch {
    if (!lost) toast("The stand-in does not answer. Is the demo still running?");
    lost = true;
  }
  timer = setTimeout(poll, Date.now() < hurryUntil ? FAST : SLOW);
}

async function post(path, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { error: "the stand-in does not answer" };
  }
}

function hurry() {
  hurryUntil = Date.now() + 6000;
  poll();
}

function draw() {
  if (!channel()) go(busiest()?.id || "", true);
  drawYou();
  drawSide();
  drawFeed();
  drawDialog();
}

function busiest() {
  const named = state.channels.find(({ id }) => id === location.hash.slice(1));
  return named || [...state.channels].sort((a, b) => (last(a) < last(b) ? 1 : -1))[0];
}

function go(id, quietly = false) {
  current = id;
  const owner = channel()?.owner;
  if (owner) you = owner;
  if (id) history.replaceState(null, "", `#${id}`);
  if (!quietly) draw();
}

function drawYou() {
  if (!state.users.some(({ id }) => id === you)) you = state.users[0]?.id || "";
  const options = state.users.map(({ id, name, email }) => el("option", { value: id, title: email, selected: id === you }, name));
  const nobody = state.users.length ? [] : [el("option", { value: "" }, "nobody yet")];
  $("you").replaceChildren(...nobody, ...options, el("option", { value: "+" }, "Somebody else…"));
  $("you").value = you;
}

function drawSide() {
  const groups = [
    ["Channels", state.channels.filter(({ owner }) => !owner)],
    ["Direct messages", state.channels.filter(({ owner }) => owner)],
  ];
  const parts = groups.filter(([, list]) => list.length);
  $("side").replaceChildren(...parts.map(([title, list]) => el("section", {}, el("h2", {}, title), ...list.map(sideLink))));
}

function sideLink(one) {
  if (one.id === current) seen.set(one.id, last(one));
  const fresh = visible(one.messages).filter(({ ts }) => ts > (seen.get(one.id) || "")).length;
  const mark = one.owner ? face(one.title) : el("span", { class: "hash" }, "#");
  const count = fresh ? el("span", { class: "count", "aria-label": `${fresh} new` }, String(fresh)) : null;
  const look = { type: "button", "aria-current": one.id === current ? "page" : null, class: fresh ? "fresh" : "" };
  return el("button", { ...look, onclick: () => go(one.id) }, mark, el("span", { class: "name" }, one.title), count);
}

function face(name) {
  const initials = name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("");
  const tone = [...name].reduce((sum, letter) => sum * 7 + letter.codePointAt(0), 0) % 6;
  return el("span", { class: `face tone-${tone}`, "aria-hidden": "true" }, initials);
}

function drawFeed() {
  const one = channel();
  $("title").textContent = one ? (one.owner ? one.title : `# ${one.title}`) : "Nothing here yet";
  $("about").textContent = one ? about(one) : "";
  const picture = JSON.stringify([current, you, one?.messages]);
  if (picture === drawn) return;
  const feed = $("feed");
  const atEnd = drawn === "" || feed.scrollHeight - feed.scrollTop - feed.clientHeight < 80;
  const moved = !drawn.startsWith(JSON.stringify([current]).slice(0, -1));
  drawn = picture;
  feed.replaceChildren(...(one ? feedNodes(visible(one.messages)) : [emptyNode()]));
  if (atEnd || moved) feed.scrollTop = feed.scrollHeight;
}

function about({ owner }) {
  return owner ? `Airtight's direct messages to ${names(owner)}` : "A channel; buttons are pressed as whoever you are, above";
}

function emptyNode() {
  const told = "When Airtight hands a lead to a rep, the card appears here, and its buttons work.";
  return el("div", { class: "empty" }, el("img", { src: "/icon.svg", alt: "", width: 56, height: 56 }), el("p", {}, told));
}

function feedNodes(messages) {
  const nodes = [];
  let day = "";
  for (const message of messages.filter(({ thread }) => !thread)) {
    const at = new Date(Number(message.ts) * 1000);
    const today = nearDay(at) || at.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
    if (today !== day) nodes.push(el("div", { class: "day" }, el("span", {}, today)));
    day = today;
    const replies = messages.filter(({ thread }) => thread === message.ts);
    nodes.push(messageNode(message, at, replies));
  }
  return nodes;
}

function messageNode(message, at, replies) {
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const press = (button, pressed) => pressButton(message, button, pressed);
  const body = message.blocks.length ? blockNodes(message.blocks, { names, press }) : [el("p", {}, ...mrkdwn(message.text, names))];
  const thread = replies.map((reply) => messageNode(reply, new Date(Number(reply.ts) * 1000), []));
  return el(
    "article",
    { class: message.only_for ? "message alone" : "message" },
    el("img", { class: "bot", src: "/icon.svg", alt: "", width: 36, height: 36 }),
    el(
      "div",
      { class: "said" },
      message.only_for && el("p", { class: "only" }, "Only visible to you"),
      el(
        "p",
        { class: "by" },
        el("strong", {}, "Airtight"),
        el("span", { class: "app" }, "APP"),
        el("time", { datetime: at.toISOString() }, time),
        message.edited && el("span", {}, "(edited)"),
      ),
      el("div", { class: body.length > 1 ? "card" : "" }, ...body),
      thread.length > 0 && el("div", { class: "thread" }, ...thread),
    ),
  );
}

async function pressButton(message, button, pressed) {
  if (!you) return toast("Choose who you are first, at the top.");
  pressed?.setAttribute("disabled", "");
  pressed?.classList.add("busy");
  const click = { channel: current, ts: message.ts, action_id: button.action_id, user: you };
  const { trouble, error } = await post("/__click", click);
  if (trouble || error) toast(trouble || error);
  pressed?.removeAttribute("disabled");
  pressed?.classList.remove("busy");
  return hurry();
}

function drawDialog() {
  const box = $("dialog");
  const open = state.dialogs.findLast(({ user }) => user === you);
  const shown = open ? `${open.id}/${open.edits}` : "";
  if (box.dataset.shown === shown) return;
  box.dataset.shown = shown;
  box.dataset.view = open?.id || "";
  if (!open) return void (box.open && box.close());
  const close = () => box.close();
  const submit = (values, form, button) => submitDialog(open.id, values, form, button);
  box.replaceChildren(...dialogNode(open, { submit, close }));
  if (!box.open) box.showModal();
}

async function submitDialog(view, values, form, button) {
  button.disabled = true;
  const { trouble, error, errors } = await post("/__submit", { view, values });
  button.disabled = false;
  const general = trouble || error || "";
  showErrors(form, { ...errors, "": general });
  if (!general && !Object.keys(errors).length) hurry();
}

function toast(message) {
  const node = el("p", {}, message);
  $("toasts").append(node);
  setTimeout(() => node.remove(), 6000);
}

async function addMember() {
  const email = prompt("Their e-mail address?");
  const { id, error } = email ? await post("/__member", { email }) : {};
  if (error) toast(`No member has the address ${email}.`);
  if (id) you = id;
  drawYou();
  hurry();
}

$("you").addEventListener("change", (event) => {
  if (event.target.value === "+") return void addMember();
  you = event.target.value;
  draw();
});
$("dialog").addEventListener("close", () => {
  const view = $("dialog").dataset.view;
  if (view) post("/__close", { view });
});
addEventListener("hashchange", () => go(busiest()?.id || ""));
poll();
