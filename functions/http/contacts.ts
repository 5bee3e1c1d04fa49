import { z } from "zod";
import { Contact, ContactId } from "../../shared/contacts/model.ts";
import { Problem } from "../../shared/platform/errors.ts";
import { Reply } from "../../shared/platform/http/route.ts";
import { route } from "../route.ts";
import { Paging, pageOf } from "./paging.ts";

const Params = z.object({ id: ContactId });

export const listContacts = route({
  method: "GET",
  path: "contacts",
  permission: "contacts.read",
  summary: "Contacts by name",
  query: Paging,
  response: pageOf(Contact),
  handler: ({ caller, query }, { contacts }) => contacts.list(caller, query),
});

export const readContact = route({
  method: "GET",
  path: "contacts/{id}",
  permission: "contacts.read",
  summary: "A contact",
  params: Params,
  response: Contact,
  handler: async ({ caller, params }, { contacts }) => {
    const { contact, etag } = await contacts.read(caller, params.id);
    return new Reply(contact, { etag });
  },
});

export const renameContact = route({
  method: "PATCH",
  path: "contacts/{id}",
  permission: "contacts.write",
  summary: "What agents call a contact; stands against what the channel says",
  params: Params,
  body: z.strictObject({ name: z.string().trim().min(1).max(200) }),
  response: Contact,
  handler: async ({ caller, params, body, request }, { contacts }) => {
    if (request.ifMatch === undefined) throw new Problem("precondition-required");
    const { contact, etag } = await contacts.rename(caller, params.id, body.name, request.ifMatch);
    return new Reply(contact, { etag });
  },
});

export const contactRoutes = [listContacts, readContact, renameContact];
