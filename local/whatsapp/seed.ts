import type { Business, Person } from "./model.ts";

/** The demo channel: what `npm start` connects on an empty data folder. */
export const demoBusiness: Business = {
  name: "Canal Bikes",
  phoneNumberId: "100000000000001",
  displayPhoneNumber: "+31 20 555 0100",
  businessAccountId: "200000000000001",
  accessToken: "simulator-token",
};

/**
 * The people of the phone page. Numbers from the ranges that are kept free for fiction; one took a username and shows businesses
 * no number at all.
 */
export const demoPeople: readonly Person[] = [
  {
    id: "maya",
    name: "Maya Torres",
    phone: "12025550143",
    displayPhone: "+1 202 555 0143",
    userId: "US.10912208655302741901",
  },
  {
    id: "oliver",
    name: "Oliver Grant",
    phone: "447700900214",
    displayPhone: "+44 7700 900214",
    userId: "GB.10912208655302741902",
  },
  { id: "robin", name: "Robin Keane", username: "robin.keane", userId: "IE.10912208655302741904" },
  {
    id: "aisha",
    name: "Aisha Rahman",
    phone: "61491570006",
    displayPhone: "+61 491 570 006",
    userId: "AU.10912208655302741903",
  },
];

export const seed = { businesses: [demoBusiness], people: demoPeople } as const;

/** The same as an item of the configuration kind `whatsapp-channels`. */
export const demoChannel = {
  id: "demo-whatsapp",
  settings: {
    name: "WhatsApp",
    phoneNumberId: demoBusiness.phoneNumberId,
    displayPhoneNumber: demoBusiness.displayPhoneNumber,
    businessAccountId: demoBusiness.businessAccountId,
    accessToken: demoBusiness.accessToken,
  },
} as const;
