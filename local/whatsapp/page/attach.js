import { upload } from "./api.js";
import { el, icon } from "./dom.js";
import { CARDS, drawPhoto, drawSticker, makeDocument, PLACES } from "./samples.js";
import { sampleVoice } from "./voice.js";

const pick = (list) => list[Math.floor(Math.random() * list.length)];

/** An uploaded file as a message, by its kind. */
async function messageOf(blob, name) {
  const file = await upload(blob, name);
  const [kind] = blob.type.split("/", 1);
  if (blob.type === "image/jpeg" || blob.type === "image/png") return { type: "image", media: { file } };
  if (kind === "video" || kind === "audio") return { type: kind, media: { file } };
  return { type: "document", media: { file } };
}

async function chooseFiles(accept) {
  const input = el("input", { type: "file", multiple: true, accept });
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve([...input.files]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

const photo = async () => messageOf(await drawPhoto());

/** What the attach menu offers: each makes a list of messages, which are sent all at once, as phones do with albums. */
const OFFERS = [
  ["photo", "Sample photo", async () => [await photo()]],
  ["album", "Album of 6 photos", () => Promise.all(Array.from({ length: 6 }, photo))],
  [
    "mic",
    "Sample voice note",
    async () => [{ type: "audio", media: { file: await upload(await sampleVoice()), voice: true } }],
  ],
  [
    "file",
    "Sample document",
    async () => {
      const { blob, name } = makeDocument();
      return [await messageOf(blob, name)];
    },
  ],
  ["sticker", "Sticker", async () => [{ type: "sticker", media: { file: await upload(await drawSticker()) } }]],
  ["pin", "Location", async () => [{ type: "location", location: pick(PLACES) }]],
  ["person", "Contact card", async () => [{ type: "contacts", contact: pick(CARDS) }]],
  ["poll", "Poll (unsupported)", async () => [{ type: "unsupported", kind: "poll_creation" }]],
  ["photo", "Photos or videos from here…", async () => filesOf(await chooseFiles("image/jpeg,image/png,video/mp4"))],
  ["file", "Files from here…", async () => filesOf(await chooseFiles(""))],
];

const filesOf = (files) => Promise.all(files.map((file) => messageOf(file, file.name)));

/** The attach menu; `send` takes a list of messages, `fail` what went wrong. */
export function attachMenu({ send, fail }) {
  const menu = el("div", { class: "menu", role: "menu", popover: "auto" });
  for (const [name, title, make] of OFFERS) {
    const choose = () => {
      menu.hidePopover();
      make().then(send).catch(fail);
    };
    menu.append(el("button", { type: "button", role: "menuitem", onclick: choose }, icon(name), title));
  }
  return menu;
}

/** Files dropped on or pasted into a phone. */
export const messagesOfFiles = filesOf;
