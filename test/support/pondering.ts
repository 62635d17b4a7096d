import { SMTPServer } from "smtp-server";

/** A mail server that takes each mail to its last byte and then ponders, until it is told how to answer. */
export class PonderingServer {
  port = 0;
  private waiting: ((error?: Error) => void)[] = [];
  private server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    closeTimeout: 200,
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on("end", () => this.waiting.push(done));
    },
  });

  constructor() {
    this.server.on("error", () => {});
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.server.address() as { port: number }).port;
    return this;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** How many mails wait for an answer. */
  get pondered(): number {
    return this.waiting.length;
  }

  /** Accepts what waits, or refuses it for good with these words. */
  answer(refusal?: string): void {
    const error = refusal ? Object.assign(new Error(refusal), { responseCode: 550 }) : undefined;
    for (const done of this.waiting.splice(0)) done(error);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}
