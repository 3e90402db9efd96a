"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const items = () => all("[data-item]").filter((item) => !item.closest("details:not([open])"));
  let current = -1;

  const show = (index) => {
    const list = items();
    if (!list.length) return;
    current = Math.max(0, Math.min(index, list.length - 1));
    list.forEach((item, position) => item.classList.toggle("cur", position === current));
    list[current].focus({ preventScroll: true });
    list[current].scrollIntoView({ block: "nearest" });
  };
  const press = (selector, within = document) => within?.querySelector(selector)?.click();
  const rate = (key) => {
    if (current < 0) show(0);
    press(`[data-key="${key}"]`, items()[current]);
  };
  const keys = {
    j: () => show(current + 1),
    k: () => show(current - 1),
    o: () => press("[data-open]", items()[Math.max(current, 0)]),
    z: () => (document.querySelector('#toast [data-key="z"]') ?? document.querySelector('[data-key="z"]'))?.click(),
    "?": () => document.getElementById("keys")?.showModal(),
    1: rate, 2: rate, 3: rate, 4: rate,
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, dialog, [contenteditable]");
    const taken = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (typing || taken || root.dataset.keys === "off" || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key](event.key);
  });
  document.addEventListener("focusin", (event) => {
    const index = items().indexOf(event.target.closest("[data-item]"));
    if (index >= 0) current = index;
  });

  // After a swap the focus would fall back to the body: hand it to the reading that took the place.
  document.addEventListener("htmx:after:swap", () => {
    if (items().length) show(Math.max(current, 0));
    else document.querySelector("#day [tabindex]")?.focus();
  });
  // Sent elsewhere, such as to sign in: go there as a whole instead of putting that page into this one.
  document.addEventListener("htmx:before:response", (event) => {
    const response = event.detail.ctx.response.raw;
    if (!response.redirected) return;
    event.preventDefault();
    location.assign(response.url);
  });
  // What a page brings with it is no news to a screen reader: put it in once more.
  const toast = document.getElementById("toast");
  if (toast?.children.length) setTimeout(() => toast.replaceChildren(...toast.children), 300);
  const say = (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    document.getElementById("toast")?.replaceChildren(line);
  };
  document.addEventListener("htmx:response:error", () => say("That was not saved. Load this page again and repeat it."));
  document.addEventListener("htmx:error", () => say("No answer from the server. Nothing was lost: try it again."));

  // A slider and its number box say the same.
  document.addEventListener("input", (event) => {
    const pair = event.isTrusted && event.target.closest(".wd");
    if (!pair) return;
    for (const other of all("input", pair).filter((input) => input !== event.target)) {
      other.value = event.target.value;
      if (other.name) other.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    getSelection().selectAllChildren(button.previousElementSibling);
    // Without TLS there is no clipboard but that of old: it takes what is selected.
    const copied = navigator.clipboard?.writeText(button.dataset.copy).then(() => true, () => false);
    say((await copied) || document.execCommand("copy") ? "Copied." : "It is selected: copy it with your browser.");
  });

  const zone = document.querySelector("[data-guess-zone]");
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && all("option", zone).some((option) => option.value === guess)) zone.value = guess;

  // What is wrong in a folded box cannot be shown: open it first.
  document.addEventListener("invalid", (event) => event.target.closest("details")?.setAttribute("open", ""), true);

  document.querySelector("details:target")?.setAttribute("open", "");
  window.addEventListener("hashchange", () => document.querySelector("details:target")?.setAttribute("open", ""));
})();
