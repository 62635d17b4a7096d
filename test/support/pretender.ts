import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { seal } from "../../src/access/vault.ts";
import { imapSources } from "../../src/db/boxes.ts";
import { db } from "../../src/db/client.ts";
import { atEndOfFile } from "./endings.ts";
import { type Account, create, type Mailbox } from "./world.ts";

/** What a mail server does with a command that it was told to treat in its own way; false: as any other would. */
export type Trick = (socket: Socket, tag: string, command: string) => boolean;

const open: { server: Server; sockets: Set<Socket> }[] = [];
atEndOfFile(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

/**
 * A mail server that somebody wrote to do harm: signs everybody in, has one folder with three messages, and treats what comes
 * then as `trick` has it. Speaks without encryption, on loopback.
 */
export async function pretender(trick: Trick = () => false) {
  const sockets = new Set<Socket>();
  const self = { port: 0, trick, commands: [] as string[], sockets, letGo: () => {} };
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    let rest = "";
    socket.on("data", (chunk) => {
      const lines = (rest + String(chunk)).split("\r\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const [, tag = "", command = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
        self.commands.push(command);
        if (self.trick(socket, tag, command)) continue;
        socket.write(`${usual[command.replace(/^UID /, "").split(" ")[0]!.toUpperCase()] ?? ""}${tag} OK done\r\n`);
      }
    });
    socket.write("* OK [CAPABILITY IMAP4rev1] ready\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ server, sockets });
  self.port = (server.address() as AddressInfo).port;
  self.letGo = () => {
    for (const socket of sockets) socket.destroy();
  };
  return self;
}

/** A message of three, as a row of FETCH. */
export const row = (n: number, subject = `Letter ${n}`) =>
  `* ${n} FETCH (UID ${n} FLAGS () INTERNALDATE "23-Nov-2026 09:00:00 +0000" RFC822.SIZE 100 ENVELOPE ("Mon, 23 Nov 2026 09:00:00 +0000" {${subject.length}}\r\n${subject} NIL NIL NIL NIL NIL NIL NIL "<${n}@a.test>") BODYSTRUCTURE ("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL NIL NIL NIL))\r\n`;

const usual: Record<string, string> = {
  CAPABILITY: "* CAPABILITY IMAP4rev1\r\n",
  LIST: `* LIST () "/" INBOX\r\n`,
  EXAMINE: "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 4] ok\r\n",
  FETCH: [1, 2, 3].map((n) => row(n)).join(""),
};

/** A mailbox of the account that is reached there. */
export async function mailboxAt({ port }: { port: number }, account: Account): Promise<Mailbox> {
  const mailbox = await create.mailbox(account, { kind: "imap" });
  const way = { host: "127.0.0.1", port, security: "none", username: "ana", password: seal("the right one") } as const;
  await db.insert(imapSources).values({ mailboxId: mailbox.id, accountId: account.id, ...way });
  return mailbox;
}
