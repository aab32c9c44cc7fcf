// Closing the day: the sum of each note and coin, of all, and how it compares with what should be there.
import { wholeNumber, word, yen } from "./words.js";

export function watchCount() {
  const form = document.querySelector("form[data-count]");
  if (!form) return;
  const expected = Number(form.dataset.expected);
  const fields = [...form.querySelectorAll("input[data-value]")];
  const difference = document.getElementById("difference");

  function show() {
    let counted = 0;
    for (const field of fields) {
      const value = (wholeNumber(field.value) ?? 0) * Number(field.dataset.value);
      counted += value;
      field.closest(".counts__row").querySelector("output").textContent = field.value.trim() ? yen(value) : "";
    }
    document.getElementById("counted").textContent = yen(counted);
    const isTouched = fields.some((field) => field.value.trim());
    const over = counted - expected;
    difference.hidden = !isTouched;
    difference.className = `status status--${over === 0 ? "good" : "warning"}`;
    difference.textContent = over === 0 ? word("even") : `${word(over > 0 ? "over" : "short")} ${yen(Math.abs(over))}`;
  }

  form.addEventListener("input", show);
  // The number pad's Enter goes to the next coin, not off with half a count.
  form.addEventListener("keydown", (event) => {
    const at = fields.indexOf(event.target);
    if (event.key !== "Enter" || at < 0 || at === fields.length - 1) return;
    event.preventDefault();
    fields[at + 1].focus();
    fields[at + 1].select();
  });
  show();
}
