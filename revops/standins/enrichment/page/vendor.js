// Draws what the stand-in tells of itself, and tells it how to behave.
const $ = (id) => document.getElementById(id);
let drawn = "";

async function control(change) {
  const answer = await fetch("__control", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(change),
  });
  $("trouble").textContent = answer.ok ? "" : (await answer.json()).error;
  await look();
}

async function look() {
  let text;
  try {
    text = await (await fetch("__state")).text();
  } catch {
    $("trouble").textContent = "The stand-in does not answer.";
    return;
  }
  if (text === drawn) return;
  drawn = text;
  draw(JSON.parse(text));
}

function draw(state) {
  document.title = `${state.title} stand-in · Airtight demo`;
  $("title").textContent = state.title;
  $("others").replaceChildren(link("Slack", "../"), ...Object.entries(state.others).map(([name, title]) => link(title, `../${name}/`)));
  $("calls").textContent = state.calls;
  $("credits").textContent = state.credits;
  $("credits").className = state.credits ? "" : "bad";
  $("key").textContent = state.revoked ? "revoked" : "valid";
  $("key").className = state.revoked ? "bad" : "";
  $("revoke").textContent = state.revoked ? "Take the key again" : "Revoke the key";
  $("revoke").onclick = () => control({ revoked: !state.revoked });
  if (!$("fault").options.length) $("fault").append(...state.faults.map((name) => new Option(name.replaceAll("_", " "), name)));
  $("coming").replaceChildren(...state.coming.map(comingItem));
  $("requests").replaceChildren(...state.requests.map(requestRow));
}

function link(text, href) {
  const a = document.createElement("a");
  a.textContent = text;
  a.href = href;
  return a;
}

function comingItem(one) {
  const item = document.createElement("li");
  const calls = one.times ? `the next ${one.times === 1 ? "call" : `${one.times} calls`}` : "every call";
  item.textContent = `${one.fault.replaceAll("_", " ")}, ${calls} (${one.on})`;
  return item;
}

function requestRow(one) {
  const row = document.createElement("tr");
  const query = new URLSearchParams(one.query).toString();
  const asked = query || (one.asked ? JSON.stringify(one.asked) : "");
  for (const text of [`${one.method} ${one.path}`, asked, one.status, one.fault.replaceAll("_", " "), one.breaches.join("; ") || "in order"]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

$("set-credits").onclick = () => control({ credits: Number($("new-credits").value) });
$("clear").onclick = () => control({ clear: true });
$("add").onclick = () => control({ next: [{ fault: $("fault").value, times: Number($("times").value) }] });
$("behave").onclick = () => control({ behave: true });
look();
setInterval(look, 1000);
