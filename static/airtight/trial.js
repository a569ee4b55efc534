/* Tries an ICP profile as it stands in the form, saved or not: the page's own answer takes the panel's place. */
(() => {
  "use strict";

  const run = async (root, whom) => {
    const input = root.querySelector("[name=try-whom]");
    if (whom) input.value = whom;
    const body = new FormData(input.form);
    root.setAttribute("aria-busy", "true");
    let told = "";
    try {
      const response = await fetch(root.dataset.url, { method: "POST", headers: { "X-CSRFToken": body.get("csrfmiddlewaretoken") }, body });
      if (response.ok && !response.redirected) told = await response.text();
    } catch { /* told below */ }
    root.removeAttribute("aria-busy");
    if (told) root.innerHTML = told;
    else root.querySelector("[data-result]").textContent = "That did not work. See whether you are still signed in, and try again.";
    const wrong = root.querySelector(".trial-field.is-wrong :is(input, textarea)");
    const first = wrong || root.querySelector("[data-result]");
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll("[data-trial]")) {
      root.addEventListener("click", (event) => {
        const button = event.target.closest("[data-run]");
        if (button) run(root, button.dataset.run);
      });
      root.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
        event.preventDefault();
        run(root);
      });
      const lead = new URLSearchParams(location.search).get("try");
      if (lead) run(root, lead);
    }
  });
})();
