/** Things to send without looking for a file first: drawn here, so that none has to be shipped. */

const random = (from, to) => from + Math.random() * (to - from);
const pick = (list) => list[Math.floor(Math.random() * list.length)];

const SKIES = [
  ["#8ecae6", "#fefae0"],
  ["#f4a261", "#fcefe3"],
  ["#457b9d", "#cfe8ef"],
  ["#e5989b", "#fff1e6"],
];
const HOUSES = ["#9b2226", "#bc6c25", "#344e41", "#6d597a", "#264653", "#b56576", "#7f5539"];

/** A row of canal houses by the water, other ones each time: a JPEG of 1200 × 900. */
export function drawPhoto() {
  const canvas = new OffscreenCanvas(1200, 900);
  const g = canvas.getContext("2d");
  const [top, bottom] = pick(SKIES);
  const sky = g.createLinearGradient(0, 0, 0, 620);
  sky.addColorStop(0, top);
  sky.addColorStop(1, bottom);
  g.fillStyle = sky;
  g.fillRect(0, 0, 1200, 900);
  g.fillStyle = "#fff6d8";
  g.beginPath();
  g.arc(random(150, 1050), random(90, 200), 46, 0, 7);
  g.fill();
  for (let x = -20; x < 1200; ) x += drawHouse(g, x, random(130, 190));
  drawWater(g, top);
  drawBike(g, random(200, 800), 640);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
}

function drawHouse(g, x, width) {
  const roof = random(190, 330);
  g.fillStyle = pick(HOUSES);
  g.beginPath();
  g.moveTo(x, 630);
  g.lineTo(x, roof);
  g.lineTo(x + width * 0.3, roof - 50);
  g.lineTo(x + width * 0.5, roof - 80);
  g.lineTo(x + width * 0.7, roof - 50);
  g.lineTo(x + width, roof);
  g.lineTo(x + width, 630);
  g.fill();
  for (let row = roof + 30; row < 540; row += 84) {
    for (let column = 0; column < 3; column++) {
      g.fillStyle = Math.random() < 0.3 ? "#ffe8a3" : "#f1f5f4";
      g.fillRect(x + width * (0.14 + column * 0.28), row, width * 0.16, 52);
    }
  }
  return width + 4;
}

function drawWater(g, colour) {
  g.fillStyle = "#d9d2c5";
  g.fillRect(0, 626, 1200, 34);
  g.fillStyle = colour;
  g.fillRect(0, 660, 1200, 240);
  g.strokeStyle = "rgba(255,255,255,.35)";
  g.lineWidth = 4;
  for (let i = 0; i < 40; i++) {
    const x = random(0, 1200);
    const y = random(680, 890);
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(x + random(30, 120), y);
    g.stroke();
  }
}

function drawBike(g, x, y) {
  g.strokeStyle = "#1d3557";
  g.lineWidth = 7;
  for (const wheel of [0, 130]) {
    g.beginPath();
    g.arc(x + wheel, y - 38, 38, 0, 7);
    g.stroke();
  }
  g.beginPath();
  g.moveTo(x, y - 38);
  g.lineTo(x + 44, y - 90);
  g.lineTo(x + 112, y - 90);
  g.lineTo(x + 60, y - 38);
  g.lineTo(x, y - 38);
  g.moveTo(x + 60, y - 38);
  g.lineTo(x + 40, y - 104);
  g.moveTo(x + 130, y - 38);
  g.lineTo(x + 108, y - 116);
  g.lineTo(x + 130, y - 122);
  g.stroke();
}

/** A smiling face on a clear ground: WebP where the browser writes it, 512 × 512. */
export function drawSticker() {
  const canvas = new OffscreenCanvas(512, 512);
  const g = canvas.getContext("2d");
  g.fillStyle = pick(["#ffd166", "#8ecae6", "#f4acb7", "#b7e4c7"]);
  g.beginPath();
  g.arc(256, 256, 220, 0, 7);
  g.fill();
  g.fillStyle = "#2b2d42";
  for (const x of [180, 332]) {
    g.beginPath();
    g.ellipse(x, 214, 22, 34, 0, 0, 7);
    g.fill();
  }
  g.strokeStyle = "#2b2d42";
  g.lineWidth = 18;
  g.lineCap = "round";
  g.beginPath();
  g.arc(256, 270, 110, 0.4, Math.PI - 0.4);
  g.stroke();
  return canvas.convertToBlob({ type: "image/webp", quality: 0.9 });
}

/** A page of paper: a real PDF, small enough to be written by hand. */
export function makeDocument() {
  const number = Math.floor(random(1000, 9999));
  const text = `BT /F1 24 Tf 72 720 Td (Invoice ${number}) Tj /F1 12 Tf 0 -36 Td (City bike, 3 days: EUR 45.00) Tj 0 -20 Td (Helmet: EUR 5.00) Tj 0 -28 Td (Total: EUR 50.00) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = pdf.length;
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = pdf.length;
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { blob: new Blob([pdf], { type: "application/pdf" }), name: `Invoice ${number}.pdf` };
}

export const PLACES = [
  { latitude: 52.3731, longitude: 4.8926, name: "Dam Square", address: "Dam, Amsterdam" },
  { latitude: 52.36, longitude: 4.8852, name: "Museumplein", address: "Museumplein 6, Amsterdam" },
  { latitude: 52.3791, longitude: 4.9003, name: "Centraal Station", address: "Stationsplein, Amsterdam" },
];

export const CARDS = [
  { name: "Daan Visser", phone: "+31 20 555 0142", email: "daan@example.com" },
  { name: "Priya Nair", phone: "+44 7700 900377" },
];
