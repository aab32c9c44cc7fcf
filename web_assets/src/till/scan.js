// Reading the customer's code: a picture is sent as soon as it is taken, and the next scan replaces one that was refused.

function formOf(target) {
  return target instanceof Element ? target.closest("form[data-scan]") : null;
}

export function watchScan() {
  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    // A click, for old tablets know no other way to send a form as if its button had been pressed.
    if (form && event.target.type === "file" && event.target.files.length) form.querySelector("button").click();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!formOf(event.target)) return;
    const form = document.querySelector("form[data-scan]");
    form.elements.picture.value = "";
    form.elements.shown_code.focus();
    form.elements.shown_code.select();
  });
}
