/** Writes Opus packets into an Ogg file, as WhatsApp's voice messages are (RFC 3533 and RFC 7845). */

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

function checksum(bytes) {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255]) >>> 0;
  return crc;
}

/** One page with one packet; packets of speech are far below the 65 KB that a page can hold. */
function pageOf(packet, { serial, number, granule, flags }) {
  const lacing = [...Array(Math.floor(packet.length / 255)).fill(255), packet.length % 255];
  const page = new Uint8Array(27 + lacing.length + packet.length);
  const view = new DataView(page.buffer);
  page.set(new TextEncoder().encode("OggS"));
  page[5] = flags;
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, number, true);
  page[26] = lacing.length;
  page.set(lacing, 27);
  page.set(packet, 27 + lacing.length);
  view.setUint32(22, checksum(page), true);
  return page;
}

function opusHead(preSkip) {
  const head = new Uint8Array(19);
  const view = new DataView(head.buffer);
  head.set(new TextEncoder().encode("OpusHead"));
  head[8] = 1;
  head[9] = 1;
  view.setUint16(10, preSkip, true);
  view.setUint32(12, 48_000, true);
  return head;
}

function opusTags() {
  const vendor = new TextEncoder().encode("Cordboard");
  const tags = new Uint8Array(16 + vendor.length);
  const view = new DataView(tags.buffer);
  tags.set(new TextEncoder().encode("OpusTags"));
  view.setUint32(8, vendor.length, true);
  tags.set(vendor, 12);
  return tags;
}

const PRE_SKIP = 312;

/** `packets`: `{ bytes, samples }` in order, samples at 48 kHz. */
export function oggOf(packets) {
  const serial = crypto.getRandomValues(new Uint32Array(1))[0];
  const pages = [
    pageOf(opusHead(PRE_SKIP), { serial, number: 0, granule: 0, flags: 2 }),
    pageOf(opusTags(), { serial, number: 1, granule: 0, flags: 0 }),
  ];
  let granule = 0;
  packets.forEach(({ bytes, samples }, index) => {
    granule += samples;
    const flags = index === packets.length - 1 ? 4 : 0;
    pages.push(pageOf(bytes, { serial, number: index + 2, granule, flags }));
  });
  return new Blob(pages, { type: "audio/ogg; codecs=opus" });
}
