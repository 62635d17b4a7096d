import { createServer, connect as dial, type Socket } from "node:net";

/** How the proxy treats connections: passes them on, swallows all bytes, or hangs up (at once). */
export type ProxyMode = "pass" | "swallow" | "hang up";

/** A TCP proxy on loopback that can turn into a black hole, for faults between the application and its database. */
export class TcpProxy {
  mode: ProxyMode = "pass";
  port = 0;
  private pairs = new Set<Socket>();
  private server = createServer((client) => this.accept(client));
  private target: URL;

  constructor(target: string) {
    this.target = new URL(target);
  }

  private accept(client: Socket) {
    client.on("error", () => {});
    if (this.mode === "hang up") {
      client.resume();
      client.end();
      return;
    }
    const server = dial(Number(this.target.port), this.target.hostname);
    server.on("error", () => client.destroy());
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.pairs.add(from);
      from.on("data", (chunk) => this.mode === "pass" && to.write(chunk));
      from.on("close", () => {
        this.pairs.delete(from);
        if (this.mode === "pass") to.destroy();
      });
    }
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as { port: number }).port;
    return this;
  }

  /** The target's address as it is reached through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  async close(): Promise<void> {
    for (const each of this.pairs) each.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
