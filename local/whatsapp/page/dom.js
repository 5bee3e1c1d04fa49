/**
 * Makes an element: `el("button", { class: "x", onclick: f }, "text", child)`. Text always goes in as text, so that nothing a
 * person or a business wrote can become markup.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  send: "M4 12l16-8-6 8 6 8z",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4",
  stop: "M7 7h10v10H7z",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  photo: "M4 6h16v13H4zM4 16l5-5 4 4 3-3 4 4",
  album: "M7 4h13v12H7zM4 8v12h13",
  pin: "M12 21s7-6.5 7-12a7 7 0 0 0-14 0c0 5.500 7 12 7 12zM12 11.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.500-7 8-7s8 3 8 7",
  sticker: "M5 4h14v10l-6 6H5zM13 20v-6h6M9 9h.01M14 9h.01M9 13c1 1 3 1 4 0",
  poll: "M5 5v14M12 9v10M19 13v6",
  reply: "M10 7l-5 5 5 5M5 12h8c4 0 6 2 6 6",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9 10h.01M15 10h.01M8.500 14.500c2 2.500 5 2.500 7 0",
  close: "M6 6l12 12M18 6L6 18",
  list: "M5 7h.01M5 12h.01M5 17h.01M9 7h11M9 12h11M9 17h11",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  tick: "M3 13l4 4 9-10",
  ticks: "M1.500 13l4 4 8-9.500M10.500 16l1 1 9-9.500",
};

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Two letters for who has no picture. */
export function initials(name) {
  const [first = "", ...rest] = name.split(/\s+/);
  return (first.charAt(0) + (rest.at(-1)?.charAt(0) ?? "")).toUpperCase();
}
