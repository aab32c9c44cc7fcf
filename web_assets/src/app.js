// What every page runs: htmx with eval and inline styles off, and a word to the reader when a request is slow or lost.
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false; // they would be an inline style, which the content policy forbids
htmx.config.selfRequestsOnly = true;
htmx.config.allowScriptTags = false;
htmx.config.historyCacheSize = 0; // pages show money and names: none are kept in the browser's storage
htmx.config.scrollBehavior = "auto";
htmx.config.timeout = 20000;
// A form that comes back with its errors (422) and a refusal (403, 404, 422) are content; the server's own failures are not.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "4..", swap: true, error: false },
  { code: "...", swap: false, error: true },
];
window.htmx = htmx;

/** Whether this device draws Japanese at all: letters that it lacks all look alike. */
function drawsJapanese() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) return true;
  pen.font = "20px sans-serif";
  const drawn = ["国", "税"].map((letter) => {
    pen.clearRect(0, 0, 24, 24);
    pen.fillText(letter, 2, 20);
    return pen.getImageData(0, 0, 24, 24).data.join();
  });
  return drawn[0] !== drawn[1];
}

const root = document.documentElement;
if (root.dataset.letters && !drawsJapanese()) {
  const letters = document.createElement("link");
  letters.rel = "stylesheet";
  letters.href = root.dataset.letters;
  document.head.append(letters);
  root.classList.remove("own-letters");
}

const SLOW_MS = 1000;
const waiting = new Map();

function refusalRegion() {
  return document.getElementById("refusal");
}

/** Shows the words that base.html keeps in `<template id="…">`, where refusals are shown. */
function tell(templateId) {
  const template = document.getElementById(templateId);
  const region = refusalRegion();
  if (!template || !region) return;
  region.replaceChildren(template.content.cloneNode(true));
  region.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const region = refusalRegion();
  // An element that refreshes itself must not wipe away what the reader is being told.
  const isReadersOwn = event.detail.requestConfig.triggeringEvent?.isTrusted;
  if (region && isReadersOwn) region.replaceChildren();
  const timer = setTimeout(() => document.documentElement.classList.add("is-waiting"), SLOW_MS);
  waiting.set(event.detail.xhr, timer);
});

document.addEventListener("htmx:afterRequest", (event) => {
  clearTimeout(waiting.get(event.detail.xhr));
  waiting.delete(event.detail.xhr);
  if (waiting.size === 0) document.documentElement.classList.remove("is-waiting");
});

for (const lost of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(lost, () => tell("told-offline"));
}
document.addEventListener("htmx:responseError", () => tell("told-failure"));
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === refusalRegion()) event.detail.target.scrollIntoView({ block: "nearest" });
});

/** A form is sent once: a second tap on a slow line must not pay or refund twice. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.isSent) {
    event.preventDefault();
    return;
  }
  form.dataset.isSent = "yes";
  // A page that comes back from the browser's memory may be sent again.
  window.addEventListener("pageshow", () => delete form.dataset.isSent, { once: true });
  // So may a form whose answer is a file: the page stays.
  setTimeout(() => delete form.dataset.isSent, 5000);
});

/** `data-print`: a button that prints the page. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

/** A table wider than the screen can be scrolled with the keyboard. */
function reachWideTables() {
  for (const region of document.querySelectorAll(".table-scroll")) {
    const isScrolled = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (isScrolled && !region.hasAttribute("tabindex")) region.tabIndex = 0;
  }
}
document.addEventListener("DOMContentLoaded", reachWideTables);
document.addEventListener("htmx:load", reachWideTables);
window.addEventListener("resize", reachWideTables);
