// Slack's mrkdwn as DOM nodes. Text only ever becomes text nodes: nothing that was posted is read as HTML.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

export function decode(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

export function mrkdwn(text, names) {
  const nodes = [];
  for (const part of text.split(/(<[^<>\n]+>)/)) {
    if (/^<[^<>\n]+>$/.test(part)) nodes.push(control(part.slice(1, -1), names));
    else nodes.push(...styled(part));
  }
  return nodes;
}

function control(inside, names) {
  const [target, label] = split(inside);
  if (target.startsWith("@")) return el("span", { class: "mention" }, `@${names(target.slice(1))}`);
  if (target.startsWith("#")) return el("span", { class: "mention" }, `#${label || target.slice(1)}`);
  if (target.startsWith("!date^")) return when(target, label);
  if (target.startsWith("!")) return el("span", { class: "mention loud" }, `@${target.slice(1).split("^")[0]}`);
  const href = safeUrl(decode(target));
  const shown = decode(label || target);
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown) : document.createTextNode(shown);
}

function split(inside) {
  const bar = inside.indexOf("|");
  return bar < 0 ? [inside, ""] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

function when(target, fallback) {
  const [, seconds, form = "{date_short_pretty} at {time}"] = target.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (!/^\d+$/.test(seconds) || Number.isNaN(at.getTime())) return document.createTextNode(decode(fallback));
  const shown = form.replace(/\{(\w+)\}/g, (_, name) => dateWord(at, name));
  return el("time", { datetime: at.toISOString(), title: decode(fallback) }, shown);
}

function dateWord(at, name) {
  const near = name.endsWith("_pretty") && nearDay(at);
  if (near) return near;
  if (name === "time") return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (name === "time_secs") return at.toLocaleTimeString();
  const month = name.startsWith("date_short") ? "short" : "long";
  return at.toLocaleDateString([], { day: "numeric", month, year: "numeric" });
}

export function nearDay(at) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(at) - midnight(new Date())) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days];
}

const STYLES = { "*": "strong", _: "em", "~": "s", "`": "code" };

function styled(text) {
  const nodes = [];
  const marked = /(^|[\s(])([*_~`])(\S(?:[^\n]*?\S)?)\2(?=$|[\s.,:;!?)])/g;
  let from = 0;
  for (const match of text.matchAll(marked)) {
    nodes.push(...lines(text.slice(from, match.index) + match[1]));
    const inside = match[2] === "`" ? lines(match[3]) : styled(match[3]);
    nodes.push(el(STYLES[match[2]], {}, ...inside));
    from = match.index + match[0].length;
  }
  return [...nodes, ...lines(text.slice(from))];
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => [...(index ? [el("br")] : []), document.createTextNode(decode(line))]);
}
