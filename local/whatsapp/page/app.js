import { listen, loadState, lookAt } from "./api.js";
import { el, initials } from "./dom.js";
import { addressOf, Phone } from "./phone.js";

const REMEMBERED = "cordboard.phones";
/** Width of a phone with its gap, in CSS pixels. */
const PHONE_WIDTH = 384;

const main = document.querySelector("main");
const chips = document.querySelector(".people");
const connection = document.querySelector(".connection");

const bubbles = new Map();
const phones = new Map();
let state = { people: [], businesses: [] };
let business;
let open = [];

function remember() {
  localStorage.setItem(REMEMBERED, JSON.stringify(open));
}

function firstOpen() {
  const known = new Set(state.people.map(({ id }) => id));
  try {
    const kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? "[]").filter((id) => known.has(id));
    if (kept.length > 0) return kept;
  } catch {
    // Not ours, or broken: as if there were none.
  }
  const fit = Math.max(1, Math.floor(innerWidth / PHONE_WIDTH));
  return state.people.slice(0, Math.min(fit, 3)).map(({ id }) => id);
}

/** One phone at a time on a narrow screen, any number on a wide one. */
function toggle(id) {
  const narrow = innerWidth < 2 * PHONE_WIDTH;
  if (narrow) open = [id];
  else if (!open.includes(id)) open = [...open, id];
  else if (open.length > 1) open = open.filter((other) => other !== id);
  remember();
  draw();
}

function draw() {
  chips.replaceChildren(
    ...state.people.map((person) =>
      el(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String(open.includes(person.id)),
          onclick: () => toggle(person.id),
        },
        el("span", { class: "avatar" }, initials(person.name)),
        el("span", {}, person.name, el("small", {}, addressOf(person))),
      ),
    ),
  );
  for (const [id, phone] of phones) if (!open.includes(id)) phone.element.remove();
  for (const { id } of state.people) if (open.includes(id)) place(id);
  look();
}

function place(id) {
  const person = state.people.find((each) => each.id === id);
  const phone = phones.get(id) ?? new Phone(person, business, (bubbleId) => bubbles.get(bubbleId));
  phones.set(id, phone);
  main.append(phone.element);
  for (const bubble of bubbles.values()) if (belongs(bubble, id)) phone.show(bubble);
  phone.toEnd();
}

const belongs = (bubble, personId) => bubble.personId === personId && bubble.phoneNumberId === business.phoneNumberId;

/** Says which chats are in sight; what the business wrote there counts as read. */
function look() {
  if (business === undefined) return;
  const chats =
    document.visibilityState === "visible"
      ? open.map((personId) => ({ personId, phoneNumberId: business.phoneNumberId }))
      : [];
  lookAt(chats).catch(() => lost());
}

function lost() {
  connection.textContent = "The simulator does not answer. Trying again…";
}

function onBubble(bubble) {
  bubbles.set(bubble.id, bubble);
  if (business !== undefined && belongs(bubble, bubble.personId)) phones.get(bubble.personId)?.show(bubble);
}

function chooseBusiness(phoneNumberId) {
  business = state.businesses.find((each) => each.phoneNumberId === phoneNumberId) ?? state.businesses[0];
  for (const phone of phones.values()) phone.element.remove();
  phones.clear();
  draw();
}

function drawBusinesses() {
  const select = document.querySelector(".business select");
  select.replaceChildren(
    ...state.businesses.map(({ phoneNumberId, name, displayPhoneNumber }) =>
      el(
        "option",
        { value: phoneNumberId, selected: phoneNumberId === business?.phoneNumberId },
        `${name}, ${displayPhoneNumber}`,
      ),
    ),
  );
  select.onchange = () => chooseBusiness(select.value);
  select.parentElement.hidden = state.businesses.length < 2;
}

async function refresh() {
  state = await loadState();
  for (const bubble of state.bubbles) onBubble(bubble);
  connection.textContent = "";
  if (open.length === 0) open = firstOpen();
  business ??= state.businesses[0];
  drawBusinesses();
  draw();
}

document.addEventListener("visibilitychange", look);
addEventListener("focus", look);
listen({
  ready: () => refresh().catch(lost),
  bubble: onBubble,
  typing: ({ personId, phoneNumberId }) => {
    if (phoneNumberId === business?.phoneNumberId) phones.get(personId)?.typing(true);
  },
  lost,
});
