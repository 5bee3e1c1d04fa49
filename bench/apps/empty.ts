import { app } from "@azure/functions";

/** The floor: what the host and the library cost, with a handler that reads the body and answers. */
app.http("empty", {
  route: "webhooks/whatsapp",
  methods: ["POST"],
  authLevel: "anonymous",
  handler: async (request) => {
    await request.arrayBuffer();
    return { status: 200, body: "ok" };
  },
});
