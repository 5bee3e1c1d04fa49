import { markPlayed } from "./api.js";
import { el, icon } from "./dom.js";
import { loudness } from "./voice.js";

const BARS = 32;
const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;

/** A voice message with its waveform. Playing one of the business's tells the business that it was played. */
export function voicePlayer({ id, from }, source) {
  const audio = new Audio(source);
  const bars = Array.from({ length: BARS }, () => el("i"));
  const length = el("small", {}, "0:00");
  const wave = el("span", { class: "wave" }, ...bars);
  const button = el("button", { type: "button", class: "play", "aria-label": "Play", onclick: toggle }, icon("play"));
  let seconds = 0;

  loudness(source, BARS)
    .then((known) => {
      seconds = known.seconds;
      length.textContent = minutes(seconds);
      known.bars.forEach((height, bar) => {
        bars[bar].style.setProperty("--height", String(Math.max(0.12, height)));
      });
    })
    .catch(() => {
      length.textContent = "Audio";
    });

  function toggle() {
    if (!audio.paused) return audio.pause();
    if (from === "business" && audio.currentTime === 0) markPlayed(id).catch(() => undefined);
    return audio.play();
  }
  const show = () => {
    button.replaceChildren(icon(audio.paused ? "play" : "pause"));
    button.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    const done = seconds === 0 ? 0 : audio.currentTime / seconds;
    bars.forEach((bar, index) => {
      bar.classList.toggle("done", index / BARS < done);
    });
    length.textContent = minutes(audio.paused && audio.currentTime === 0 ? seconds : audio.currentTime);
  };
  for (const event of ["play", "pause", "timeupdate"]) audio.addEventListener(event, show);
  audio.addEventListener("ended", () => {
    audio.currentTime = 0;
    show();
  });
  return el("div", { class: "voice" }, button, el("span", { class: "track" }, wave, length));
}
