// Fee items: touch one to take one more, step up and down, see the total, and keep what was picked over a reload.
import { newKey, wholeNumber, word, yen } from "./words.js";

const DRAFT = "madoguchi.till.draft.";
const MAX = 999;

const form = () => document.getElementById("till-form");
const fields = () => [...form().querySelectorAll("input[data-unit]")];

function quantity(field) {
  return Math.min(wholeNumber(field.value) ?? 0, MAX);
}

/** What is picked: item, quantity, unit price and name of each line. */
export function pickedLines() {
  return fields()
    .filter((field) => quantity(field) > 0)
    .map((field) => ({
      item: field.dataset.item,
      quantity: quantity(field),
      unit_yen: Number(field.dataset.unit),
      name: field.closest(".item").querySelector(".item__name").textContent,
    }));
}

/** Lines in words: 観覧料 一般 × 2. */
export function linesInWords(lines) {
  return lines.map((line) => `${line.name} ${word("times")} ${line.quantity}`).join(", ");
}

/** The sum of lines in yen. */
export function sum(lines) {
  return lines.reduce((total, line) => total + line.unit_yen * line.quantity, 0);
}

/** Start again for the next customer: nothing picked, a fresh key. */
export function clearItems() {
  for (const field of fields()) field.value = "0";
  for (const name of ["case_reference", "payer_name"]) {
    if (form().elements[name]) form().elements[name].value = "";
  }
  form().elements.client_key.value = newKey();
  show();
}

function show() {
  const total = sum(pickedLines());
  for (const field of fields()) {
    const item = field.closest(".item");
    item.classList.toggle("is-chosen", quantity(field) > 0);
    item.querySelector('[data-step="-1"]').disabled = quantity(field) === 0;
  }
  const output = document.getElementById("total");
  output.textContent = yen(total);
  form().querySelector("[data-clear]").hidden = total === 0;
  saveDraft();
}

function step(field, by) {
  field.value = String(Math.max(0, Math.min(MAX, quantity(field) + by)));
  show();
}

function saveDraft() {
  const picked = Object.fromEntries(fields().filter((field) => quantity(field)).map((field) => [field.name, field.value]));
  try {
    sessionStorage.setItem(DRAFT + form().dataset.draft, JSON.stringify(picked));
  } catch {
    // A browser that keeps nothing: the picks are lost on reload, as they would be without this.
  }
}

/** The order is made: what was picked belongs to it, not to the next customer. */
export function forgetDrafts() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  } catch {
    // Nothing is kept, so nothing needs forgetting.
  }
}

function restoreDraft() {
  let picked = {};
  try {
    picked = JSON.parse(sessionStorage.getItem(DRAFT + form().dataset.draft) ?? "{}");
  } catch {
    return;
  }
  // A form that came back with its errors already holds what was typed.
  if (fields().some((field) => quantity(field) > 0)) return;
  for (const field of fields()) if (picked[field.name]) field.value = picked[field.name];
}

export function watchItems() {
  if (document.querySelector("[data-order-page]")) forgetDrafts();
  if (!form()) return;
  for (const button of form().querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.addEventListener("click", () => step(button.closest(".item").querySelector("input[data-unit]"), Number(button.dataset.step)));
  }
  for (const face of form().querySelectorAll("label.item__face")) {
    face.addEventListener("click", (event) => {
      // Touching the item takes one more, instead of opening the tablet's keyboard.
      event.preventDefault();
      step(face.closest(".item").querySelector("input[data-unit]"), 1);
    });
  }
  for (const field of fields()) {
    field.addEventListener("input", show);
    field.addEventListener("focus", () => field.select());
    field.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(field, by);
    });
  }
  form().querySelector("[data-clear]").addEventListener("click", clearItems);
  restoreDraft();
  // Also when the browser brings the page back: with the old key the next customer would get the last one's order.
  window.addEventListener("pageshow", () => {
    form().elements.client_key.value = newKey();
    show();
  });
  show();
}

