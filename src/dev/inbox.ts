import { existsSync, readFileSync, writeFileSync } from "node:fs";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import type { InboxMode } from "./modes.ts";

export interface CaughtMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  at: string;
  messageId: string;
  headers: Record<string, string>;
  raw: string;
}

interface Connection {
  session: SMTPServerSession;
  _socket: { destroy(): void };
}

/** A real SMTP server on loopback that keeps what it is handed, newest first. For development and tests only. */
export class Inbox {
  mails: CaughtMail[] = [];
  mode: InboxMode = "accept";
  /** Recipients that are refused for good, with the words to refuse them with. */
  bouncing = new Map<string, string>();
  port = 0;
  private server: SMTPServer;
  private file: string;

  /** With a `file`, mails are kept over restarts. */
  constructor(file = "") {
    this.file = file;
    if (file && existsSync(file)) this.mails = JSON.parse(readFileSync(file, "utf8")) as CaughtMail[];
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS", "AUTH"],
      disableReverseLookup: true,
      closeTimeout: 200,
      onRcptTo: (address, _session, done) => done(this.verdict(address.address)),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const raw = Buffer.concat(chunks).toString("utf8");
          this.keep(raw, session.envelope.rcptTo.map(({ address }) => address).join(", ")).then(() => {
            if (this.mode === "drop") this.hangUp(session);
            else done();
          }, done);
        });
      },
    });
    this.server.on("error", () => {});
  }

  /** Cuts the connection without an answer, as a network would; the library has no call for it. */
  private hangUp(session: SMTPServerSession) {
    const { connections } = this.server as unknown as { connections: Set<Connection> };
    for (const each of connections) if (each.session.id === session.id) each._socket.destroy();
  }

  private verdict(address: string): Error | undefined {
    const words = this.bouncing.get(address);
    if (words || this.mode === "refuse") return smtpError(550, words ?? "5.1.1 No such person here");
    if (this.mode === "defer") return smtpError(451, "4.3.0 Try again later");
    return undefined;
  }

  private async keep(raw: string, to: string) {
    const parsed = await new PostalMime().parse(raw);
    this.mails.unshift({
      id: crypto.randomUUID(),
      to,
      subject: parsed.subject ?? "",
      text: parsed.text ?? "",
      html: withPictures(parsed),
      at: new Date().toISOString(),
      messageId: parsed.messageId ?? "",
      headers: Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value])),
      raw,
    });
    this.mails.length = Math.min(this.mails.length, 500);
    if (this.file) writeFileSync(this.file, JSON.stringify(this.mails));
  }

  listen(port = 0): Promise<this> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, "127.0.0.1", () => {
        this.port = (this.server.server.address() as { port: number }).port;
        resolve(this);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** Pictures that are attached to the mail, in the place where it shows them. */
const withPictures = ({ html = "", attachments }: Email): string =>
  attachments.reduce((shown, { contentId, mimeType, content }) => {
    if (!contentId || typeof content === "string") return shown;
    const bytes = Buffer.from(content as Uint8Array).toString("base64");
    return shown.replaceAll(`cid:${contentId.replace(/^<|>$/g, "")}`, `data:${mimeType};base64,${bytes}`);
  }, html);

const smtpError = (responseCode: number, words: string) => Object.assign(new Error(words), { responseCode });
