// An order that ends on this device: cash, or seen on the customer's screen after paying with the printed code.
import { cashOf, showChange } from "./cash.js";
import { isConnected } from "./connection.js";
import { clearItems, linesInWords, pickedLines, sum } from "./items.js";
import { keep, sendKept } from "./kept.js";
import { newKey, slot, word, yen } from "./words.js";

const panel = () => document.getElementById("checkout");
let current = null;

/** The order that the page is about, from the till's items or from an order the server already knows. */
export function orderOfPage() {
  const facts = document.getElementById("order-facts");
  if (facts) {
    const lines = [...facts.querySelectorAll("[data-item]")].map((line) => ({
      item: line.dataset.item,
      quantity: Number(line.dataset.quantity),
      unit_yen: Number(line.dataset.unit),
      name: line.dataset.name,
    }));
    return {
      client_key: facts.dataset.key,
      place: facts.dataset.place,
      lines,
      total_yen: Number(facts.dataset.total),
      taken_at: new Date().toISOString(),
      case_reference: "",
      payer_name: "",
    };
  }
  const form = document.getElementById("till-form");
  const lines = pickedLines();
  return {
    client_key: form.elements.client_key.value,
    place: document.getElementById("till").dataset.place,
    lines,
    total_yen: sum(lines),
    taken_at: new Date().toISOString(),
    case_reference: form.elements.case_reference?.value ?? "",
    payer_name: form.elements.payer_name?.value ?? "",
  };
}

/** Ask how the customer pays, without the server. */
export function openCheckout(tender = "") {
  current = orderOfPage();
  if (!current.lines.length) return;
  slot(panel(), "total").textContent = yen(current.total_yen);
  slot(panel(), "lines").textContent = linesInWords(current.lines);
  for (const form of panel().querySelectorAll("form")) form.reset();
  const cash = panel().querySelector('[data-checkout="cash"]');
  cash.dataset.total = String(current.total_yen);
  showChange(cash);
  panel().hidden = false;
  document.getElementById("till-form")?.setAttribute("hidden", "");
  document.getElementById("order")?.setAttribute("hidden", "");
  document.getElementById("kept-done").hidden = true;
  panel().querySelector("[data-checkout-back]").hidden = !document.getElementById("till-form");
  panel().focus();
  choose(tender === "cash" ? "cash" : "service");
  panel().scrollIntoView({ block: "start" });
}

/** One question at a time: the cash given, or the service on the customer's screen. */
function choose(tender) {
  for (const form of panel().querySelectorAll("form")) form.hidden = form.dataset.checkout !== tender;
  if (tender === "cash") panel().querySelector('[data-checkout="cash"]').elements.given_yen.focus();
}

function closeCheckout() {
  panel().hidden = true;
  document.getElementById("order")?.removeAttribute("hidden");
  const form = document.getElementById("till-form");
  if (!form) return;
  form.hidden = false;
  // The server may have got the order although its answer was lost: other items need another key.
  form.elements.client_key.value = newKey();
}

/** Keep an order with its tender; says whether it could be kept, and shows the change. */
export function keepWith(order, tender) {
  const isKept = keep({ ...order, ...tender, seen_at: new Date().toISOString() });
  const done = document.getElementById("kept-done");
  done.className = `notice notice--${isKept ? "good" : "bad"}`;
  slot(done, "title").textContent = word(isKept ? "kept" : "not-kept");
  slot(done, "text").textContent = `${yen(order.total_yen)} ${linesInWords(order.lines)}`;
  const change = slot(done, "change");
  change.hidden = tender.tender !== "cash";
  if (!change.hidden) change.querySelector(".amount").textContent = yen(tender.given_yen - order.total_yen);
  const next = slot(done, "next");
  if (next) next.hidden = Boolean(document.getElementById("till-form")) || !isKept;
  done.hidden = false;
  done.scrollIntoView({ block: "start" });
  return isKept;
}

function finish(tender) {
  if (!keepWith(current, tender)) return;
  closeCheckout();
  if (document.getElementById("till-form")) clearItems();
  document.getElementById("order")?.setAttribute("hidden", "");
  sendKept();
}

export function watchCheckout() {
  if (!panel()) return;
  panel()
    .querySelector('[data-checkout="service"]')
    .addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = event.target.querySelector("input:checked");
      slot(event.target, "error").hidden = Boolean(chosen);
      if (chosen) finish({ tender: "service", service: chosen.value, service_name: chosen.dataset.name, given_yen: null });
    });
  panel()
    .querySelector('[data-checkout="cash"]')
    .addEventListener("submit", (event) => {
      event.preventDefault();
      const isEnough = showChange(event.target);
      slot(event.target, "error").hidden = isEnough;
      if (isEnough) finish({ tender: "cash", service: "", service_name: "", given_yen: cashOf(event.target).given });
    });
  panel().querySelector("[data-checkout-back]").addEventListener("click", closeCheckout);
  for (const button of panel().querySelectorAll("[data-checkout-switch]")) {
    button.addEventListener("click", () => choose(button.dataset.checkoutSwitch));
  }
  // An order's page that loses its connection offers to end the order here; one that gets it back asks the server.
  document.addEventListener("till:connection", (event) => {
    const state = document.getElementById("order")?.dataset.state;
    if (state !== "open") return;
    if (event.detail.isOnline) closeCheckout();
    else openCheckout();
  });
  if (document.getElementById("order")?.dataset.state === "open" && !isConnected()) openCheckout();
}
