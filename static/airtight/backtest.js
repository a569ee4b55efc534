/* Shows how far a comparison is, and opens it when it has ended: its page answers with 286 then. */
(() => {
  "use strict";

  const EVERY = 1000;
  const place = document.querySelector("[data-progress]");

  const look = async () => {
    try {
      const response = await fetch(place.dataset.progress, { headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (response.status === 286 || response.redirected) return location.reload();
      if (response.ok) place.innerHTML = await response.text();
      document.querySelector("[data-silent]").hidden = !place.querySelector("[data-is-silent]");
    } catch { /* asked again in a second */ }
    setTimeout(look, EVERY);
  };

  if (place) setTimeout(look, EVERY);
})();
