// Orders kept on this device while there was no connection. Nothing leaves the list before the server has answered.
import { fetchInTime, isConnected } from "./connection.js";
import { linesInWords } from "./items.js";
import { csrfToken, slot, word, yen } from "./words.js";

const KEY = "madoguchi.till.kept";
const AT_ONCE = 50;
const SEND_MS = 30_000;
const RETRY_MS = 15_000;

const till = document.getElementById("till");
let isSending = false;
let trouble = "";

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

function write(orders) {
  localStorage.setItem(KEY, JSON.stringify(orders));
  show();
}

function change(clientKey, with_) {
  write(read().map((order) => (order.client_key === clientKey ? { ...order, ...with_ } : order)));
}

function drop(clientKeys) {
  write(read().filter((order) => !clientKeys.includes(order.client_key)));
}

/** Keep an order; false if this device cannot, which must then be said out loud. */
export function keep(order) {
  try {
    const others = read().filter((row) => row.client_key !== order.client_key);
    write([...others, order]);
    return read().some((row) => row.client_key === order.client_key);
  } catch {
    return false;
  }
}

/** Send what is kept, place by place; what is refused stays with its reason. */
export async function sendKept() {
  if (isSending || !isConnected()) return;
  const waiting = read().filter((order) => !order.error);
  if (!waiting.length) return;
  isSending = true;
  trouble = "";
  show();
  try {
    for (const place of new Set(waiting.map((order) => order.place))) {
      const orders = waiting.filter((order) => order.place === place);
      for (let at = 0; at < orders.length; at += AT_ONCE) {
        if (!(await sendSome(place, orders.slice(at, at + AT_ONCE)))) break;
      }
    }
    if (!read().length) tellSent();
  } finally {
    isSending = false;
    show();
    if (trouble) setTimeout(sendKept, RETRY_MS);
  }
}

async function sendSome(place, orders) {
  const address = till.dataset.offlineUrl.replace("00000000-0000-0000-0000-000000000000", place);
  let answer;
  try {
    answer = await fetchInTime(
      address,
      {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(orders),
      },
      SEND_MS,
    );
  } catch {
    trouble = "trouble";
    return false;
  }
  if (answer.type === "opaqueredirect") trouble = "sign-in";
  else if (answer.status === 403) trouble = "not-allowed";
  else if (!answer.ok) trouble = "trouble";
  if (trouble) return false;
  const answers = (await answer.json()).orders;
  drop(answers.filter((row) => row.state).map((row) => row.client_key));
  for (const row of answers) if (row.error) change(row.client_key, { error: row.error });
  return true;
}

function tellSent() {
  const done = document.getElementById("kept-done");
  slot(done, "title").textContent = word("sent");
  slot(done, "text").textContent = "";
  slot(done, "change").hidden = true;
  slot(done, "next")?.setAttribute("hidden", "");
  done.hidden = false;
}

function rowOf(order) {
  const row = document.getElementById("kept-row").content.firstElementChild.cloneNode(true);
  slot(row, "amount").textContent = yen(order.total_yen);
  slot(row, "what").textContent = order.tender === "cash" ? word("cash") : order.service_name;
  slot(row, "time").textContent = new Date(order.taken_at).toLocaleTimeString("ja-JP", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Asia/Tokyo",
  });
  slot(row, "lines").textContent = linesInWords(order.lines);
  if (order.error) {
    slot(row, "error").textContent = order.error.message;
    slot(row, "error").hidden = false;
    slot(row, "actions").hidden = false;
    row.querySelector('[data-act="retry"]').addEventListener("click", () => {
      change(order.client_key, { error: undefined });
      sendKept();
    });
    row.querySelector('[data-act="remove"]').addEventListener("click", () => askToRemove(order));
  }
  return row;
}

function askToRemove(order) {
  const dialog = document.getElementById("remove-dialog");
  slot(dialog, "what").textContent = `${yen(order.total_yen)} ${linesInWords(order.lines)}`;
  dialog.returnValue = "stay";
  dialog.onclose = () => dialog.returnValue === "remove" && drop([order.client_key]);
  dialog.showModal();
}

function stateOf(orders) {
  if (isSending) return word("sending");
  if (trouble) return word(trouble);
  if (orders.some((order) => !order.error)) return word("waiting");
  return word("refused");
}

function show() {
  const orders = read();
  const panel = document.getElementById("kept");
  panel.hidden = orders.length === 0;
  if (panel.hidden) return;
  slot(panel, "count").textContent = String(orders.length);
  slot(panel, "state").textContent = stateOf(orders);
  slot(panel, "sign-in").hidden = !["sign-in", "not-allowed"].includes(trouble);
  slot(panel, "sign-in-link").href = `${till.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  slot(panel, "list").replaceChildren(...orders.map(rowOf));
}

export function watchKept() {
  show();
  window.addEventListener("storage", (event) => event.key === KEY && show());
  document.addEventListener("till:connection", (event) => (event.detail.isOnline ? sendKept() : show()));
  sendKept();
}
