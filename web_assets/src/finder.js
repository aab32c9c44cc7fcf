// "Near me": the device is asked only when the button is pressed, and only about a hundred metres are told.
const button = document.querySelector("[data-near-me]");
const note = document.querySelector("[data-near-note]");

function tell(text) {
  note.textContent = text;
  note.hidden = false;
}

if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    tell(note.dataset.asking);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const address = new URL(button.form.action);
        for (const [name, value] of new FormData(button.form)) if (value) address.searchParams.set(name, value);
        address.searchParams.delete("bbox");
        address.searchParams.set("near", `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`);
        location.assign(address);
      },
      () => tell(note.dataset.refused),
      { timeout: 10000, maximumAge: 60000 },
    );
  });
}
