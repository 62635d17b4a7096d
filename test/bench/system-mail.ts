import { setTimeout as sleep } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { freePort } from "../../src/db/embedded.ts";

/** A mail server that counts what it takes, by recipient; it can be slow, silent, refuse somebody, or be away. */
export class MailServer {
  taken: { to: string; text: string; at: number }[] = [];
  slow = 0;
  port = 0;
  /** Whose address it refuses for good. */
  refuses = (_address: string) => false;
  private greetings: (() => void)[] | undefined;
  private server: SMTPServer | undefined;

  async open(): Promise<void> {
    this.port ||= await freePort();
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS", "AUTH"],
      onConnect: (_session, done) => void (this.greetings ? this.greetings.push(done) : done()),
      onRcptTo: ({ address }, _session, done) =>
        this.refuses(address)
          ? done(Object.assign(new Error("5.1.1 Nobody of that name"), { responseCode: 550 }))
          : done(),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on("data", (part: Buffer) => parts.push(part));
        stream.on("end", async () => {
          await sleep(this.slow);
          const text = Buffer.concat(parts).toString().replaceAll("=\r\n", "").replaceAll("=3D", "=");
          for (const { address } of session.envelope.rcptTo) this.taken.push({ to: address, text, at: Date.now() });
          done();
        });
      },
    });
    this.server.on("error", () => {});
    await new Promise<void>((resolve) => this.server!.listen(this.port, "127.0.0.1", resolve));
  }

  /** Takes connections and says nothing any more; `speak` greets whoever still waits. */
  fallSilent(): void {
    this.greetings = [];
  }

  speak(): void {
    const waiting = this.greetings ?? [];
    this.greetings = undefined;
    for (const greet of waiting) greet();
  }

  close = () => new Promise<void>((resolve) => this.server!.close(() => resolve()));
  mailsTo = (address: string) => this.taken.filter(({ to }) => to === address);
  to = (address: string) => this.mailsTo(address).length;
}
