// Words that the server translated, yen as people read them, and whole numbers as people type them.

const till = document.getElementById("till");

/** A word from `data-word-…` of `#till`. */
export function word(name) {
  return till?.getAttribute(`data-word-${name}`) ?? name;
}

/** `¥1,234`, below zero with a true minus sign, as the server writes it. */
export function yen(amount) {
  const size = Math.abs(amount).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${amount < 0 ? "−" : ""}¥${size}`;
}

/** The whole number in a field: full-width digits and commas are fine; null for nothing or for anything else. */
export function wholeNumber(text) {
  const plain = text.normalize("NFKC").replace(/[,\s]/g, "");
  return /^\d{1,9}$/.test(plain) ? Number(plain) : null;
}

/** The element that the template marks with `data-slot`. */
export function slot(root, name) {
  return root.querySelector(`[data-slot="${name}"]`);
}

/** A random key, also on tablets whose browser has no crypto.randomUUID. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The present CSRF token: the one in a page kept from earlier may be from before the last sign-in. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}
