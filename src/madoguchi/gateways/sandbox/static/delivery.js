// Follows a notice that has not left yet, without reloading the page under the reader. Works without it, too.
const delivery = document.getElementById("delivery");
const LONGEST_WAIT_MS = 10000;

async function look(waitMs) {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("delivery");
    if (answer.ok && next && next.innerHTML !== delivery.innerHTML) {
      delivery.innerHTML = next.innerHTML;
      delivery.dataset.state = next.dataset.state;
    }
  } catch {
    // The sandbox is restarting: look again later.
  }
  follow(Math.min(waitMs * 1.5, LONGEST_WAIT_MS));
}

function follow(waitMs) {
  if (delivery.dataset.state === "waiting") setTimeout(() => look(waitMs), waitMs);
}

follow(250);
