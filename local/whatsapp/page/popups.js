import { el, icon } from "./dom.js";

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/** Puts an open popover above the button it belongs to; popovers know no parent. */
export function placeAbove(popover, anchor) {
  const { left, top } = anchor.getBoundingClientRect();
  popover.style.setProperty("left", `${Math.max(8, Math.min(innerWidth - popover.offsetWidth - 8, left))}px`);
  popover.style.setProperty("top", `${Math.max(8, top - popover.offsetHeight - 8)}px`);
}

/** A bar of emojis above the button that asked for it; the person's own is marked, and choosing it again takes it back. */
export function pickEmoji({ screen, anchor, mine, react }) {
  const bar = el("div", { class: "emojis", popover: "auto" });
  for (const emoji of EMOJIS) {
    const choose = () => {
      bar.hidePopover();
      react(emoji === mine ? "" : emoji);
    };
    bar.append(el("button", { type: "button", class: emoji === mine ? "chosen" : "", onclick: choose }, emoji));
  }
  bar.addEventListener("toggle", ({ newState }) => newState === "closed" && bar.remove());
  screen.append(bar);
  bar.showPopover();
  placeAbove(bar, anchor);
}

/** The choices of a list message, from below. */
export function openList({ screen, said, choose }) {
  const sheet = el("dialog", { class: "sheet" });
  const pick = (row) => {
    sheet.close();
    choose(row);
  };
  const rowOf = (row) =>
    el(
      "button",
      { type: "button", onclick: () => pick(row) },
      el("span", {}, el("b", {}, row.title), row.description && el("small", {}, row.description)),
      el("i"),
    );
  const close = el("button", { type: "button", "aria-label": "Close", onclick: () => sheet.close() }, icon("close"));
  sheet.append(el("header", {}, el("b", {}, said.action.button), close));
  for (const { title, rows } of said.action.sections) {
    if (title) sheet.append(el("h4", {}, title));
    sheet.append(...rows.map(rowOf));
  }
  sheet.addEventListener("close", () => sheet.remove());
  screen.append(sheet);
  sheet.show();
}

/** Stands over the composer while a voice note is recorded. */
export function recordingStrip({ finish, cancel }) {
  const started = Date.now();
  const time = el("span", { role: "timer" }, "0:00");
  const timer = setInterval(() => {
    const seconds = Math.floor((Date.now() - started) / 1000);
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 250);
  const ending = (act) => () => {
    clearInterval(timer);
    strip.remove();
    act();
  };
  const strip = el(
    "div",
    { class: "recording" },
    el("i"),
    time,
    el("span", {}, "Recording"),
    el("button", { type: "button", "aria-label": "Throw away", onclick: ending(cancel) }, icon("close")),
    el(
      "button",
      { type: "button", class: "round", "aria-label": "Send the voice note", onclick: ending(finish) },
      icon("send"),
    ),
  );
  return strip;
}
