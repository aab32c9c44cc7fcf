// Sending the till's forms so that a lost connection is noticed before the clerk stands before the browser's error page.
import { cashOf, showChange } from "./cash.js";
import { keepWith, openCheckout, orderOfPage } from "./checkout.js";
import { fetchInTime, isConnected, setOnline } from "./connection.js";
import { forgetDrafts } from "./items.js";
import { csrfToken, slot } from "./words.js";

const SEND_MS = 8_000;

/** What happens to each kind of form when the server cannot be reached. The key makes a double arrival one order. */
const WITHOUT_SERVER = {
  till: (form, submitter) => openCheckout(submitter?.value),
  cash: (form) => leaveWith(form, { tender: "cash", service: "", service_name: "", given_yen: cashOf(form).given }),
  seen: (form) => {
    const chosen = form.querySelector("input:checked");
    if (!chosen) return;
    const name = chosen.closest("label").textContent.trim();
    leaveWith(form, { tender: "service", service: chosen.value, service_name: name, given_yen: null });
  },
};

function leaveWith(form, tender) {
  if (keepWith(orderOfPage(), tender)) form.hidden = true;
}

async function send(form, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  body.set("csrfmiddlewaretoken", csrfToken());
  let answer;
  try {
    answer = await fetchInTime(
      form.action,
      { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" },
      SEND_MS,
    );
  } catch {
    setOnline(false);
    WITHOUT_SERVER[form.dataset.send](form, submitter);
    return;
  }
  if (answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) {
    const address = (await answer.json()).address;
    forgetDrafts();
    location.assign(address);
    return;
  }
  // Errors to show, a refusal, a session that ended: the browser sends the form itself and shows what comes.
  const tender = form.querySelector("[data-tender]") ?? document.createElement("input");
  Object.assign(tender, { type: "hidden", name: submitter?.name ?? "", value: submitter?.value ?? "" });
  tender.dataset.tender = "";
  if (tender.name) form.append(tender);
  form.elements.csrfmiddlewaretoken.value = csrfToken();
  form.submit();
}

export function watchForms() {
  for (const form of document.querySelectorAll("form[data-send]")) {
    let isBusy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.matches("[data-cash]") && !showChange(form)) {
        slot(form, "error").hidden = false;
        form.elements.given_yen.focus();
        return;
      }
      if (isBusy) return;
      if (!isConnected()) {
        WITHOUT_SERVER[form.dataset.send](form, event.submitter);
        return;
      }
      isBusy = true;
      document.documentElement.classList.add("is-waiting");
      try {
        await send(form, event.submitter);
      } finally {
        isBusy = false;
        document.documentElement.classList.remove("is-waiting");
      }
    });
  }
}
