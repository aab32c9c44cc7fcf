// Cash: what was given, and the change in large figures while it is typed.
import { slot, wholeNumber, word, yen } from "./words.js";

/** What a cash form holds: `given` is null if it is not a number. */
export function cashOf(form) {
  return { given: wholeNumber(form.elements.given_yen.value), total: Number(form.dataset.total) };
}

/** Show the change, or how much is short; says whether it is enough. */
export function showChange(form) {
  const cash = cashOf(form);
  const given = cash.given;
  const total = cash.total;
  const isEnough = given !== null && given >= total;
  slot(form, "change-label").textContent = word(given === null || isEnough ? "change" : "short");
  slot(form, "change").textContent = given === null ? "—" : yen(Math.abs(given - total));
  form.classList.toggle("is-short", given !== null && !isEnough);
  if (isEnough) slot(form, "error").hidden = true;
  return isEnough;
}

export function watchCash() {
  for (const form of document.querySelectorAll("form[data-cash]")) {
    form.elements.given_yen.addEventListener("input", () => showChange(form));
    const notes = form.querySelector("[data-notes]");
    notes.hidden = false;
    for (const button of notes.querySelectorAll("[data-note]")) {
      button.addEventListener("click", () => {
        const note = button.dataset.note;
        form.elements.given_yen.value = note === "exact" ? form.dataset.total : note;
        showChange(form);
      });
    }
    if (form.dataset.total) showChange(form);
  }
}
