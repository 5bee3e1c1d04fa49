import { el } from "./dom.js";

const list = document.querySelector(".mails");
const pane = document.querySelector(".mail");
const connection = document.querySelector(".connection");

let kept = true;
let mails = [];
let shown;

const htmlOf = (id) => `api/mails/${encodeURIComponent(id)}`;
const chosenId = () => decodeURIComponent(location.hash.slice(1));
const chosen = () => mails.find(({ id }) => id === chosenId()) ?? mails[0];

const times = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Of today, the time is enough. */
function when(at) {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? date.toLocaleTimeString() : times.format(date);
}

function drawList() {
  const current = chosen()?.id;
  list.replaceChildren(
    ...mails.map(({ id, to, subject, at }) =>
      el(
        "a",
        { class: "entry", href: `#${encodeURIComponent(id)}`, "aria-current": id === current ? "true" : undefined },
        el("span", { class: "to" }, to),
        el("time", { datetime: at }, when(at)),
        el("span", { class: "subject" }, subject),
      ),
    ),
  );
}

/** A text's addresses as links; everything else as text. */
function linked(text) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 0 ? part : el("a", { href: part, target: "_blank", rel: "noopener" }, part)));
}

function row(name, value) {
  return [el("dt", {}, name), el("dd", {}, value)];
}

/** Only when it is another one: a mail that is being read stays as it is. */
function drawMail() {
  const mail = chosen();
  if (mail === undefined || mail.id === shown) return;
  shown = mail.id;
  const { id, from, to, subject, at, text } = mail;
  pane.replaceChildren(
    el(
      "header",
      {},
      el("h2", {}, subject),
      el("dl", {}, ...row("From", from), ...row("To", to), ...row("Sent", times.format(new Date(at)))),
    ),
    el(
      "div",
      { class: "forms" },
      el(
        "figure",
        {},
        el("figcaption", {}, "As HTML"),
        el("iframe", {
          title: "The mail as HTML",
          src: htmlOf(id),
          sandbox: "allow-popups allow-popups-to-escape-sandbox",
          referrerpolicy: "no-referrer",
        }),
      ),
      el("figure", {}, el("figcaption", {}, "As text"), el("pre", { dir: "auto" }, ...linked(text))),
    ),
  );
}

const EMPTY = [
  "No mail yet",
  "What Cordboard writes to people appears here, with links that work: confirmations of an address, invitations, new passwords, and warnings before a trial ends.",
];
const ELSEWHERE = [
  "Mail is not kept here",
  "With these settings it leaves this machine or is switched off; /api/health says which. Without SMTP_URL and EMAIL_ENDPOINT it is shown here.",
];

function draw() {
  document.body.classList.toggle("empty", mails.length === 0);
  document.title = `${mails.length === 0 ? "" : `(${mails.length}) `}Mail · Cordboard simulator`;
  drawList();
  if (mails.length > 0) return drawMail();
  const [title, words] = kept ? EMPTY : ELSEWHERE;
  shown = undefined;
  pane.replaceChildren(
    el(
      "div",
      { class: "nothing" },
      el("img", { src: "mail.svg", alt: "", width: 48 }),
      el("h2", {}, title),
      el("p", {}, words),
    ),
  );
}

function lost() {
  connection.textContent = "The simulator does not answer. Trying again…";
}

async function refresh() {
  const response = await fetch("api/mails");
  if (!response.ok) throw new Error(`The simulator answered ${response.status}`);
  ({ kept, mails } = await response.json());
  connection.textContent = "";
  draw();
}

addEventListener("hashchange", draw);
const source = new EventSource("api/events");
source.addEventListener("changed", () => refresh().catch(lost));
source.addEventListener("error", lost);
