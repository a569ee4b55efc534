// What the pages do beyond HTML: clocks that run by the server's time, polls that leave people alone, and dialogs.
(() => {
  "use strict";

  // The server's clock less this machine's, in milliseconds.
  let offset = 0;
  const serverNow = () => Date.now() + offset;
  const live = () => document.getElementById("live");

  const setOffset = (iso, receivedAt) => {
    const time = Date.parse(iso || "");
    if (!Number.isNaN(time)) offset = time - receivedAt;
  };

  const firstOffset = () => {
    const entry = performance.getEntriesByType("navigation")[0];
    const receivedAt = entry && entry.responseStart ? performance.timeOrigin + entry.responseStart : Date.now();
    setOffset((live() || document.body).dataset.now, receivedAt);
  };

  // Clocks

  const spansOf = (clock) =>
    clock.dataset.spans.split(",").map((span) => span.split("-").map((seconds) => Number(seconds) * 1000));

  const pad = (number) => String(number).padStart(2, "0");

  const words = (milliseconds) => {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const days = Math.floor(seconds / 86400);
    const hours = Math.floor((seconds % 86400) / 3600);
    if (days) return `${days} d ${hours} h`;
    const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  };

  const shortTime = (time) => {
    const part = (options) => new Intl.DateTimeFormat("en-GB", { ...options, timeZone: live().dataset.zone }).format(time);
    return `${part({ hour: "2-digit", minute: "2-digit" })} ${part({ weekday: "short" })}`;
  };

  const tickOne = (clock, now) => {
    const spans = spansOf(clock);
    const left = spans.reduce((sum, [opens, closes]) => sum + Math.max(0, closes - Math.max(opens, now)), 0);
    const total = spans.reduce((sum, [opens, closes]) => sum + closes - opens, 0);
    clock.querySelector("[data-left]").textContent = words(left);
    clock.querySelector("progress").value = Math.round(left / 1000);
    clock.classList.toggle("danger", left <= 0);
    clock.classList.toggle("warn", left > 0 && left < total / 4);
    const ahead = spans.find(([, closes]) => closes > now);
    const paused = Boolean(ahead) && ahead[0] > now;
    clock.querySelector("[data-paused]").hidden = !paused;
    if (paused) clock.querySelector("[data-paused-until]").textContent = shortTime(ahead[0]);
    return left <= 0;
  };

  let overdueAsked = 0;
  const tick = () => {
    const now = serverNow();
    const over = [...document.querySelectorAll("[data-clock]")].filter((clock) => tickOne(clock, now)).length;
    // A clock that has just run out means the lead has moved: ask at once, then leave it to the poll.
    if (over > overdueAsked) refresh();
    overdueAsked = over;
  };

  // The part of the page that keeps itself up to date

  const refresh = () => {
    if (live() && window.htmx) window.htmx.trigger(live(), "refresh");
  };

  const busy = () =>
    document.hidden ||
    document.querySelector("dialog[open]") !== null ||
    (live() !== null && live().contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

  const isPoll = (detail) => detail.elt && detail.elt.id === "live";

  document.addEventListener("htmx:configRequest", (event) => {
    if (isPoll(event.detail)) event.detail.headers["If-None-Match"] = event.detail.elt.dataset.etag;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPoll(event.detail) && busy()) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const time = event.detail.xhr && event.detail.xhr.getResponseHeader("Airtight-Time");
    if (time) setOffset(time, Date.now());
    if (event.detail.failed && !isPoll(event.detail)) say("That did not reach us. Check the connection and try again.", true);
  });

  // What keyboard users had under their hands is given back after a swap: the same control of the same lead.
  let held = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "live") return;
    const lead = document.activeElement.closest("[id^='lead-']");
    held = { summary: live().dataset.summary, open: openParts(), focus: lead && { id: lead.id, text: document.activeElement.textContent.trim() } };
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "dialog") return openDialog();
    if (!held || !live()) return undefined;
    closeDialog();
    restore(held);
    tick();
    if (live().dataset.summary !== held.summary) announce(live().dataset.summary);
    held = null;
    return undefined;
  });

  const openParts = () =>
    [...live().querySelectorAll("details")].map((part, position) => (part.open ? position : -1)).filter((position) => position >= 0);

  const restore = ({ open, focus }) => {
    const parts = live().querySelectorAll("details");
    if (parts.length) parts.forEach((part, position) => { part.open = open.includes(position); });
    const lead = focus && document.getElementById(focus.id);
    const control = lead && [...lead.querySelectorAll("a, button")].find((one) => one.textContent.trim() === focus.text);
    if (control) control.focus({ preventScroll: true });
  };

  const announce = (text) => {
    document.getElementById("announce").textContent = text;
  };

  const say = (text, bad) => {
    const line = document.createElement("p");
    line.className = `flash ${bad ? "danger" : "ok"}`;
    line.textContent = text;
    document.getElementById("messages").replaceChildren(line);
  };

  // Dialogs

  let opener = null;
  const openDialog = () => {
    const dialog = document.querySelector("#dialog dialog");
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const wrong = dialog.querySelector("[aria-invalid='true']") || dialog.querySelector(".error");
    if (wrong && wrong.focus) wrong.focus();
    if (wrong) wrong.scrollIntoView({ block: "center" });
    dialog.addEventListener("close", () => {
      document.getElementById("dialog").replaceChildren();
      if (opener && opener.isConnected) opener.focus();
    });
  };
  const closeDialog = () => {
    const dialog = document.querySelector("#dialog dialog");
    if (dialog && dialog.open) dialog.close();
  };

  document.addEventListener("click", (event) => {
    const asked = event.target.closest("[hx-target='#dialog']");
    if (asked) opener = asked;
    const dialog = event.target.closest("dialog");
    if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) {
      event.preventDefault();
      dialog.close();
    }
    document.querySelectorAll("details.pop[open]").forEach((pop) => {
      if (!pop.contains(event.target)) pop.open = false;
    });
    if (event.target.matches("[data-select]")) event.target.select();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.pop[open]").forEach((pop) => {
      pop.open = false;
      pop.querySelector("summary").focus();
    });
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  firstOffset();
  tick();
  setInterval(tick, 1000);
})();
