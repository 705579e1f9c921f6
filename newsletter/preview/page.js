// Reload when the issue was composed again, unless that is switched off; show a finding's place in both frames.
"use strict";
const version = document.documentElement.dataset.version;
const button = document.getElementById("watching");
const spoken = document.getElementById("spoken");
let watching = sessionStorage.getItem("watching") !== "no";

function show() {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(watching));
  button.lastElementChild.textContent = watching ? "Live" : "Paused";
  button.title = watching ? "Reloads when a file changes" : "Does not reload";
}

async function look() {
  if (!watching || document.hidden) return;
  try {
    const answer = await fetch("version");
    const found = String((await answer.json()).version);
    if (found !== version) {
      sessionStorage.setItem("reloaded", "yes");
      location.reload();
    }
  } catch {
    spoken.textContent = "The preview has ended.";
    button.lastElementChild.textContent = "Ended";
    clearInterval(timer);
  }
}

button.addEventListener("click", () => {
  watching = !watching;
  sessionStorage.setItem("watching", watching ? "yes" : "no");
  show();
});
for (const link of document.querySelectorAll("a.inside")) {
  link.addEventListener("click", () => {
    document.querySelector("iframe[name=phone]").src = link.href;
    document.getElementById("message").scrollIntoView();
  });
}
if (sessionStorage.getItem("reloaded") === "yes") {
  sessionStorage.removeItem("reloaded");
  spoken.textContent = "The issue was composed again.";
}
show();
const timer = setInterval(look, 1000);
