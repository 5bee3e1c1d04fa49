import { say, upload } from "./api.js";
import { attachMenu, messagesOfFiles } from "./attach.js";
import { bubbleOf, previewOf } from "./bubble.js";
import { el, icon, initials } from "./dom.js";
import { openList, pickEmoji, placeAbove, recordingStrip } from "./popups.js";
import { record } from "./voice.js";

const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const addressOf = ({ displayPhone, username }) => displayPhone ?? `@${username}, no number`;

/** One person's phone with the chat with one business. */
export class Phone {
  #person;
  #business;
  #find;
  #replyTo;
  #rows = new Map();
  #typingTimer;

  /** `find(id)` answers any known bubble. */
  constructor(person, business, find) {
    this.#person = person;
    this.#business = business;
    this.#find = find;
    this.#build();
  }

  #build() {
    const { name } = this.#person;
    this.list = el("ol", { class: "chat", "aria-label": `Chat of ${name}`, tabindex: "0" });
    this.state = el("small", {}, "Business account");
    this.input = el("textarea", {
      rows: "1",
      placeholder: "Message",
      "aria-label": `Message from ${name}`,
      maxlength: "4096",
    });
    this.sendButton = el("button", { type: "submit", class: "round", "aria-label": "Send" }, icon("send"));
    this.micButton = el(
      "button",
      { type: "button", class: "round", "aria-label": "Record a voice note", onclick: () => this.#record() },
      icon("mic"),
    );
    this.answering = el("div", { class: "answering", hidden: true });
    this.error = el("p", { class: "trouble", role: "alert", hidden: true });
    const menu = attachMenu({ send: (messages) => this.#say(messages), fail: (error) => this.#fail(error) });
    const attach = el(
      "button",
      { type: "button", class: "attach", "aria-label": "Attach", "aria-haspopup": "menu" },
      icon("plus"),
    );
    attach.popoverTargetElement = menu;
    menu.addEventListener("toggle", ({ newState }) => newState === "open" && placeAbove(menu, attach));
    this.form = el(
      "form",
      { class: "composer" },
      attach,
      el("div", { class: "field" }, this.answering, this.input),
      this.micButton,
      this.sendButton,
    );
    this.screen = el(
      "div",
      { class: "screen" },
      el(
        "header",
        { class: "bar" },
        icon("back"),
        el("span", { class: "avatar business-avatar" }, initials(this.#business.name)),
        el("span", { class: "who" }, el("b", {}, this.#business.name), this.state),
      ),
      this.list,
      this.error,
      this.form,
      menu,
    );
    this.element = el(
      "section",
      { class: "phone", "aria-label": `Phone of ${name}` },
      el(
        "h2",
        {},
        el("span", { class: "avatar" }, initials(name)),
        el("span", {}, name, el("small", {}, addressOf(this.#person))),
      ),
      el("div", { class: "frame" }, el("span", { class: "camera" }), this.screen),
    );
    this.#listen();
    this.#showButtons();
  }

  #listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendText();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#sendText();
    });
    this.input.addEventListener("input", () => this.#showButtons());
    const take = (event, files) => {
      if (files.length === 0) return;
      event.preventDefault();
      messagesOfFiles([...files])
        .then((messages) => this.#say(messages))
        .catch((error) => this.#fail(error));
    };
    this.input.addEventListener("paste", (event) => take(event, event.clipboardData.files));
    this.screen.addEventListener("dragover", (event) => event.preventDefault());
    this.screen.addEventListener("drop", (event) => take(event, event.dataTransfer.files));
  }

  /** Shows a new or changed bubble; keeps the end in sight when it was. */
  show(bubble) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const known = this.#rows.get(bubble.id);
    const key = JSON.stringify(bubble);
    if (known?.key === key) return;
    // A changed tick must not stop a voice message that is playing, nor load pictures again.
    if (known !== undefined && known.part === partKey(bubble)) {
      const fresh = bubbleOf(bubble, this.#actions());
      replace(known.row, fresh, ".stamp");
      replace(known.row, fresh, ".reactions");
      this.#rows.set(bubble.id, { ...known, key });
      return;
    }
    const row = bubbleOf(bubble, this.#actions());
    if (known === undefined) {
      this.#startDay(bubble.at);
      this.list.append(row);
    } else known.row.replaceWith(row);
    this.#rows.set(bubble.id, { row, key, part: partKey(bubble) });
    if (bubble.from === "business") this.typing(false);
    if (atEnd || bubble.from === "person") this.toEnd();
    for (const image of row.querySelectorAll("img")) image.addEventListener("load", () => atEnd && this.toEnd());
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  /** "typing…" below the business's name, for 25 s at most, as WhatsApp does. */
  typing(on) {
    clearTimeout(this.#typingTimer);
    this.state.textContent = on ? "typing…" : "Business account";
    if (on) this.#typingTimer = setTimeout(() => this.typing(false), 25_000);
  }

  #actions() {
    return {
      business: this.#business,
      find: this.#find,
      reply: (bubble) => this.#answer(bubble),
      react: (bubble, anchor) => this.#pickReaction(bubble, anchor),
      choose: (message, replyTo) => this.#say([{ ...message, replyTo }]),
      openList: (said, replyTo) => this.#openList(said, replyTo),
    };
  }

  #startDay(at) {
    const date = day.format(at * 1000);
    if (this.lastDay === date) return;
    this.lastDay = date;
    this.list.append(el("li", { class: "day" }, day.format(Date.now()) === date ? "Today" : date));
  }

  #sendText() {
    const text = this.input.value.trim();
    if (text === "") return;
    this.input.value = "";
    this.#showButtons();
    void this.#say([{ type: "text", text }]);
  }

  /** All at once and not one after the other: an album's webhooks run in parallel in real life too. */
  #say(messages) {
    const replyTo = this.#replyTo;
    this.#answer(undefined);
    this.error.hidden = true;
    const { phoneNumberId } = this.#business;
    const context = replyTo === undefined ? {} : { replyTo };
    return Promise.all(
      messages.map((message) => say(this.#person.id, { phoneNumberId, ...context, ...message })),
    ).catch((error) => this.#fail(error));
  }

  #fail(error) {
    this.error.textContent = `That did not work: ${error.message}.`;
    this.error.hidden = false;
  }

  #showButtons() {
    const writing = this.input.value.trim() !== "";
    this.sendButton.hidden = !writing;
    this.micButton.hidden = writing;
  }

  #answer(bubble) {
    this.#replyTo = bubble?.id;
    this.answering.hidden = bubble === undefined;
    if (bubble === undefined) return;
    const close = el(
      "button",
      { type: "button", "aria-label": "Do not reply to this", onclick: () => this.#answer(undefined) },
      icon("close"),
    );
    this.answering.replaceChildren(
      el(
        "span",
        {},
        el("b", {}, bubble.from === "person" ? "You" : this.#business.name),
        el("span", {}, previewOf(bubble)),
      ),
      close,
    );
    this.input.focus();
  }

  #pickReaction({ id }, anchor) {
    const mine = this.#find(id)?.reactions.person;
    const react = (emoji) => void this.#say([{ type: "reaction", messageId: id, emoji }]);
    pickEmoji({ screen: this.screen, anchor, mine, react });
  }

  #openList(said, replyTo) {
    const choose = (row) => void this.#say([{ type: "list_reply", ...row, replyTo }]);
    openList({ screen: this.screen, said, choose });
  }

  async #record() {
    let recording;
    try {
      recording = await record();
    } catch {
      this.#fail(new Error("there is no microphone to use; take the sample voice note instead"));
      return;
    }
    const finish = async () => {
      const file = await upload(await recording.stop());
      await this.#say([{ type: "audio", media: { file, voice: true } }]);
    };
    this.form.append(
      recordingStrip({
        finish: () => finish().catch((error) => this.#fail(error)),
        cancel: () => void recording.cancel(),
      }),
    );
  }
}

/** What of a bubble must be drawn anew when it changes. */
function partKey({ status: _, reactions: __, ...rest }) {
  return JSON.stringify(rest);
}

function replace(row, fresh, selector) {
  const [before, after] = [row.querySelector(selector), fresh.querySelector(selector)];
  if (before !== null && after !== null) before.replaceWith(after);
  else if (after !== null) row.querySelector(".bubble").append(after);
  else before?.remove();
}
