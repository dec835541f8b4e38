// Makes the portal quicker. Every page works without it.
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// A wedge scanner ends with Enter. In this form Enter goes to the next field, so that a scan never
// sends half a form; on a button it presses the button.
function enterMovesOn(form) {
  form.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key !== "Enter" || event.isComposing || !at.matches("input, select")) return;
    event.preventDefault();
    const fields = all("input:not([type=hidden]), select, button.primary", form);
    const next = fields.slice(fields.indexOf(at) + 1).find((field) => field.offsetParent !== null);
    if (next) next.focus();
  });
}

// Show and generate. A generated password stays in its box; it is shown once, to be noted.
const alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
function generated(length) {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      // Bytes beyond a whole multiple would favour the first letters.
      if (byte < 256 - (256 % alphabet.length) && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
function passwordButtons(box) {
  const input = box.querySelector("input");
  const show = box.querySelector("[data-show]");
  const generate = box.querySelector("[data-generate]");
  const reveal = (visible) => {
    input.type = visible ? "text" : "password";
    show.textContent = visible ? "Hide" : "Show";
    show.setAttribute("aria-pressed", String(visible));
  };
  show.hidden = false;
  show.addEventListener("click", () => reveal(input.type === "password"));
  if (generate) {
    generate.hidden = false;
    generate.addEventListener("click", () => { input.value = generated(20); reveal(true); });
  }
  // Browsers offer to store what is in a text box: hide it before it is sent.
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

// Hundreds of models in one list: a second list narrows it to one vendor's.
function narrowedByGroup(select) {
  const groups = all("optgroup", select);
  if (groups.length < 2) return;
  const field = document.createElement("div");
  field.className = "field";
  const label = document.createElement("label");
  const chooser = document.createElement("select");
  chooser.id = label.htmlFor = select.id + "-group";
  label.textContent = select.dataset.byGroup;
  const labels = [...new Set(groups.map((group) => group.label))]; // two of a vendor's folders have one title
  chooser.append(new Option("any", ""), ...labels.map((name) => new Option(name, name)));
  const chosen = select.selectedOptions[0]?.parentElement;
  chooser.value = chosen?.label || select.dataset.group;
  const narrow = () => {
    const kept = select.value;
    for (const group of groups) group.remove();
    select.append(...groups.filter((group) => !chooser.value || group.label === chooser.value));
    select.value = kept;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  };
  chooser.addEventListener("change", narrow);
  narrow();
  field.append(label, chooser);
  select.closest(".field").before(field);
}

// A form that was sent is not sent again by a second click.
function once(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    for (const button of all("button", form)) button.setAttribute("aria-busy", "true");
  });
}

function copyButton(text) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small no-print";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy " + (text.classList.contains("revealed") ? "the password" : text.textContent));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.textContent.trim());
    button.textContent = "Copied";
    button.removeAttribute("aria-label");
  });
  text.after(button);
}

// The bench.
let sound;
function beep(kind) {
  try {
    sound ??= new AudioContext();
    const tones = { good: [[1320, 0, 0.12]], warn: [[660, 0, 0.12], [660, 0.2, 0.12]], bad: [[220, 0, 0.45]] }[kind];
    for (const [pitch, after, length] of tones) {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.type = kind === "bad" ? "sawtooth" : "sine";
      tone.frequency.value = pitch;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + after);
      tone.stop(sound.currentTime + after + length);
    }
  } catch { /* a handheld without sound still has the colour */ }
}
async function fragment(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(answer.redirected ? "signed out" : "status " + answer.status);
  const page = document.createElement("template");
  page.innerHTML = await answer.text();
  return page.content;
}
function note(text) {
  const place = document.getElementById("poll-note");
  place.hidden = !text;
  place.textContent = text;
}
function scanning(form) {
  const input = form.querySelector("input[name=scan]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new FormData(form);
    input.value = "";
    input.focus();
    try {
      const content = await fragment(form.action, { method: "POST", body });
      for (const part of all("[data-into]", content)) {
        document.getElementById(part.dataset.into).replaceChildren(...part.childNodes);
      }
      const result = document.querySelector("#scanned [data-sound]");
      beep(result ? result.dataset.sound : "bad");
      enliven(document.getElementById("order-devices"));
      note("");
    } catch (problem) {
      beep("bad");
      note("The scan was not sent (" + problem.message + "). Reload this page.");
    }
  });
}
function polling(list) {
  let last = "";
  const replace = (content) => {
    // What was opened stays open, and what has the focus keeps it where it has a name.
    const open = all("details[open][id]", list).map((one) => one.id);
    const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
    list.replaceChildren(...content.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    enliven(list);
  };
  const busy = () => list.contains(document.activeElement) && !document.activeElement.id;
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const content = await fragment(list.dataset.poll);
      // Forms bear a fresh token each time: compare what is read, not what is marked up.
      const now = content.textContent.replace(/\s+/g, " ");
      if (last && now !== last && !busy()) replace(content);
      if (!busy()) last = now;
      note("");
    } catch (problem) {
      note("This page is no longer fresh (" + problem.message + "). Reload it.");
    }
  };
  last = list.textContent.replace(/\s+/g, " ");
  setInterval(refresh, 1000 * (list.dataset.pollSeconds || 3));
  document.addEventListener("visibilitychange", refresh);
  for (const reload of all("[data-reload]")) reload.hidden = true;
}

function enliven(within) {
  all("form[data-once]", within).forEach(once);
}

enliven(document);
all("form[data-enter-moves-on]").forEach(enterMovesOn);
all("select[data-by-group]").forEach(narrowedByGroup);
all("[data-password]").forEach(passwordButtons);
all("[data-copy]").forEach(copyButton);
all("form[data-scan]").forEach(scanning);
all("[data-poll]:not([data-poll-off])").forEach(polling);
const trouble = document.querySelector("[data-focus]");
if (trouble) trouble.focus();
// Back from another page: forms may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of all("[aria-busy]", form)) button.removeAttribute("aria-busy");
  }
});
