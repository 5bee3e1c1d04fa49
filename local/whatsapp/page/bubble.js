import { fileUrl } from "./api.js";
import { el, icon, initials } from "./dom.js";
import { voicePlayer } from "./player.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const TICKS = { pending: "clock", sent: "tick", delivered: "ticks", read: "ticks", failed: "clock" };
const TICK_WORDS = { pending: "Waiting", sent: "Sent", delivered: "Delivered", read: "Read", failed: "Not sent" };

/** One bubble as the person sees it. `on`: what the bubble's parts can do (`reply`, `react`, `choose`, `openList`, `find`). */
export function bubbleOf(bubble, on) {
  const mine = bubble.from === "person";
  const body = PARTS[bubble.type] ?? unknownPart;
  const plain = bubble.type === "sticker" ? " plain" : "";
  const row = el(
    "li",
    { class: `row ${mine ? "mine" : "theirs"}${plain}`, "data-id": bubble.id },
    el(
      "div",
      { class: "bubble" },
      quoteOf(bubble, on),
      ...body(bubble, on).filter((part) => part !== undefined),
      stampOf(bubble, mine),
      reactionsOf(bubble),
    ),
    actionsOf(bubble, on),
  );
  const below = BELOW[bubble.type]?.(bubble, on);
  if (below !== undefined) row.querySelector(".bubble").after(below);
  return row;
}

function stampOf({ at, status }, mine) {
  const time = el("time", { datetime: new Date(at * 1000).toISOString() }, clock.format(at * 1000));
  const ticks = mine
    ? el("span", { class: `ticks ${status}`, role: "img", "aria-label": TICK_WORDS[status] }, icon(TICKS[status]))
    : undefined;
  return el("span", { class: "stamp" }, time, ticks);
}

function reactionsOf({ reactions }) {
  const emojis = [...new Set([reactions.business, reactions.person].filter(Boolean))];
  return emojis.length === 0 ? undefined : el("span", { class: "reactions" }, emojis.join(" "));
}

function actionsOf(bubble, on) {
  return el(
    "div",
    { class: "actions" },
    el(
      "button",
      { type: "button", title: "Reply", "aria-label": "Reply", onclick: () => on.reply(bubble) },
      icon("reply"),
    ),
    el(
      "button",
      {
        type: "button",
        title: "React",
        "aria-label": "React",
        onclick: (event) => on.react(bubble, event.currentTarget),
      },
      icon("smile"),
    ),
  );
}

function quoteOf({ replyTo }, on) {
  const quoted = replyTo === undefined ? undefined : on.find(replyTo);
  if (quoted === undefined) return undefined;
  return el(
    "blockquote",
    { class: quoted.from === "person" ? "own" : "" },
    el("b", {}, quoted.from === "person" ? "You" : on.business.name),
    el("span", {}, previewOf(quoted)),
  );
}

/** A bubble in a few words, for quotes. */
export function previewOf({ type, said }) {
  const words = {
    image: "Photo",
    video: "Video",
    audio: "Voice message",
    document: said.filename ?? "Document",
    sticker: "Sticker",
    location: said.name ?? "Location",
    contacts: "Contact",
  };
  if (type === "text") return said.body;
  if (type === "template") return said.rendered?.body ?? said.name;
  if (type === "button") return said.text;
  if (type === "interactive") return said.body?.text ?? said.button_reply?.title ?? said.list_reply?.title ?? "Message";
  return words[type] ?? "Message";
}

const ADDRESS = /(https?:\/\/[^\s<>"]+)/;

/** Text with its links; a text of few emojis alone is shown large. */
function textOf(text) {
  const large = /^(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|\s){1,12}$/u.test(text);
  const parts = text
    .split(ADDRESS)
    .map((part) =>
      ADDRESS.test(part) ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part,
    );
  return el("p", { class: large ? "text large" : "text" }, ...parts);
}

const captionOf = ({ caption }) => (caption ? textOf(caption) : undefined);
const sourceOf = ({ id, link }) => (id === undefined ? link : fileUrl(id));

const PARTS = {
  text: ({ said }) => [textOf(said.body ?? "")],
  image: ({ said }) => [
    el(
      "a",
      { href: sourceOf(said), target: "_blank", class: "picture" },
      el("img", { src: sourceOf(said), alt: said.caption ?? "Photo", loading: "lazy" }),
    ),
    captionOf(said),
  ],
  video: ({ said }) => [el("video", { src: sourceOf(said), controls: true, preload: "metadata" }), captionOf(said)],
  sticker: ({ said }) => [el("img", { src: sourceOf(said), alt: "Sticker", class: "sticker" })],
  audio: (bubble) => [voicePlayer(bubble, sourceOf(bubble.said))],
  document: ({ said }) => [
    el(
      "a",
      { class: "card", href: sourceOf(said), download: said.filename ?? "file", target: "_blank" },
      icon("file"),
      el("span", {}, el("b", {}, said.filename ?? "Document"), el("small", {}, "Tap to open")),
    ),
    captionOf(said),
  ],
  location: ({ said }) => [
    sketch(said),
    el(
      "p",
      { class: "text" },
      el("b", {}, said.name ?? "Shared location"),
      el("small", {}, said.address ?? `${Number(said.latitude).toFixed(4)}, ${Number(said.longitude).toFixed(4)}`),
    ),
  ],
  contacts: ({ said }) =>
    (said.contacts ?? []).map((card) =>
      el(
        "div",
        { class: "card" },
        el("span", { class: "avatar" }, initials(card.name.formatted_name)),
        el(
          "span",
          {},
          el("b", {}, card.name.formatted_name),
          el("small", {}, card.phones?.[0]?.phone ?? card.emails?.[0]?.email ?? ""),
        ),
      ),
    ),
  interactive: ({ said }) => {
    const reply = said.button_reply ?? said.list_reply;
    if (reply === undefined)
      return [textOf(said.body?.text ?? ""), said.footer && el("small", { class: "footer" }, said.footer.text)];
    return [textOf(reply.title), reply.description && el("small", { class: "footer" }, reply.description)];
  },
  button: ({ said }) => [textOf(said.text ?? "")],
  template: ({ said: { rendered = {} } }) => [
    rendered.header && el("h3", {}, rendered.header),
    textOf(rendered.body ?? ""),
    rendered.footer && el("small", { class: "footer" }, rendered.footer),
  ],
};

function unknownPart({ said }) {
  return [
    el(
      "p",
      { class: "text odd" },
      icon("poll"),
      el(
        "span",
        {},
        said.type === "poll_creation" ? "Poll: shall we meet at the shop?" : "Something businesses cannot see",
      ),
    ),
  ];
}

/** Buttons stand below their bubble, as on the phone. */
const BELOW = {
  interactive: ({ id, said }, on) => {
    if (said.type === "button")
      return choices(
        said.action.buttons.map(({ reply }) => [reply.title, () => on.choose({ type: "button_reply", ...reply }, id)]),
      );
    if (said.type === "list") return choices([[said.action.button, () => on.openList(said, id), "list"]]);
    return undefined;
  },
  template: ({ id, said }, on) => {
    const buttons = said.rendered?.buttons ?? [];
    return buttons.length === 0
      ? undefined
      : choices(buttons.map((text) => [text, () => on.choose({ type: "button", text }, id)]));
  },
};

function choices(list) {
  return el(
    "div",
    { class: "choices" },
    ...list.map(([title, onclick, name = "reply"]) => el("button", { type: "button", onclick }, icon(name), title)),
  );
}

/** No map is fetched from anywhere: streets are drawn from the place's own numbers. */
function sketch({ latitude, longitude }) {
  const canvas = el("canvas", {
    class: "map",
    width: 480,
    height: 240,
    role: "img",
    "aria-label": "Sketch of the place",
  });
  const g = canvas.getContext("2d");
  let seed = Math.abs(Math.round(latitude * 1e4) * 31 + Math.round(longitude * 1e4)) || 1;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  g.fillStyle = "#e8e4da";
  g.fillRect(0, 0, 480, 240);
  g.fillStyle = "#bfe0e8";
  g.beginPath();
  g.ellipse(next() * 480, next() * 240, 110 + next() * 60, 50 + next() * 30, next(), 0, 7);
  g.fill();
  g.fillStyle = "#cfe3c0";
  g.fillRect(next() * 380, next() * 160, 100, 70);
  g.strokeStyle = "#fff";
  for (let street = 0; street < 9; street++) {
    g.lineWidth = street < 2 ? 14 : 7;
    g.beginPath();
    g.moveTo(next() * 480, street % 2 ? 0 : next() * 240);
    g.lineTo(next() * 480, street % 2 ? 240 : next() * 240);
    g.stroke();
  }
  g.fillStyle = "#d62839";
  g.beginPath();
  g.arc(240, 108, 16, Math.PI * 0.85, Math.PI * 2.15);
  g.lineTo(240, 146);
  g.fill();
  g.fillStyle = "#fff";
  g.beginPath();
  g.arc(240, 106, 6, 0, 7);
  g.fill();
  return canvas;
}
