// The till: large keys and a running total, cash and its change, the sound, and work without a connection.
import "../css/till-pages.css";
import "../css/till-order.css";
import "../css/till-day.css";
import { watchCash } from "./till/cash.js";
import { watchCheckout } from "./till/checkout.js";
import { watchConnection } from "./till/connection.js";
import { watchCount } from "./till/count.js";
import { watchItems } from "./till/items.js";
import { watchKept } from "./till/kept.js";
import { watchScan } from "./till/scan.js";
import { watchForms } from "./till/send.js";
import { watchStatus } from "./till/sound.js";
import { keepPages } from "./till/worker.js";

if (document.getElementById("till")) {
  watchItems();
  watchCash();
  watchCount();
  watchCheckout();
  watchForms();
  watchScan();
  watchStatus();
  watchKept();
  watchConnection();
  keepPages();
}
