import { SMTPServer, type SMTPServerOptions } from "smtp-server";

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the line. */
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** How often the server answers what with which code; what is not here, it takes. */
interface Answers {
  readonly mailFrom?: number;
  readonly rcptTo?: number;
  readonly data?: number;
  /** Ends the connection when the whole mail has come, without a word. */
  readonly silentAfterData?: boolean;
}

interface TestServerOptions extends SMTPServerOptions {
  /** Where it listens. Default: 127.0.0.1. */
  readonly host?: string;
  readonly login?: { readonly user: string; readonly password: string };
}

const refusal = (responseCode: number) => Object.assign(new Error("as the test wants it"), { responseCode });

/** A real SMTP server on this machine that keeps what it gets, and answers as it is told. */
export async function smtpServer({ host = "127.0.0.1", login, ...options }: TestServerOptions = {}) {
  const received: Received[] = [];
  const commands: string[] = [];
  let answers: Answers = {};
  const server = new SMTPServer({
    logger: false,
    closeTimeout: 100,
    disabledCommands: login === undefined ? ["AUTH"] : [],
    authOptional: login === undefined,
    onConnect: (_session, callback) => {
      commands.push("connect");
      callback();
    },
    onAuth: ({ username, password }, _session, callback) => {
      commands.push("auth");
      if (username === login?.user && password === login?.password) callback(null, { user: username });
      else callback(refusal(535));
    },
    onMailFrom: (_address, _session, callback) => {
      commands.push("mail");
      callback(answers.mailFrom === undefined ? null : refusal(answers.mailFrom));
    },
    onRcptTo: (_address, _session, callback) => {
      commands.push("rcpt");
      callback(answers.rcptTo === undefined ? null : refusal(answers.rcptTo));
    },
    onData: async (stream, session, callback) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(Buffer.from(chunk));
      commands.push("data");
      if (answers.data !== undefined) return callback(refusal(answers.data));
      const { mailFrom, rcptTo } = session.envelope;
      received.push({
        from: mailFrom === false ? "" : mailFrom.address,
        to: rcptTo.map(({ address }) => address),
        raw: Buffer.concat(chunks).toString("latin1"),
        secure: session.secure,
        user: typeof session.user === "string" ? session.user : undefined,
      });
      if (!answers.silentAfterData) return callback();
      for (const connection of server.connections) connection.close();
    },
    ...options,
  });
  // A client that does not trust the certificate, or goes away, is no fault of the server.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    host: `${host}:${address.port}`,
    received,
    commands,
    answer: (next: Answers) => {
      answers = next;
    },
    /** Ends every connection. */
    hangUp: () => {
      for (const connection of server.connections) connection.close();
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
