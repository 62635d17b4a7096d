import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { db } from "../../src/db/client.ts";
import { passkeys } from "../../src/db/factors.ts";
import { type Browser, origin } from "./browser.ts";
import type { User } from "./world.ts";

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest();

export interface Answer {
  challenge?: string;
  origin?: string;
  counter?: number;
  verified?: boolean;
  holder?: string;
  type?: string;
}

/** A device of one's own in software: holds one key, and signs whatever it is asked to, rightly or not. */
export class Device {
  readonly id = randomBytes(16).toString("base64url");
  private keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private counter = 0;

  /** The key as COSE writes it: EC2, ES256, P-256. */
  get publicKey(): string {
    const { x, y } = this.keys.publicKey.export({ format: "jwk" });
    const [head, middle] = [Buffer.from("a5010203262001215820", "hex"), Buffer.from("225820", "hex")];
    return Buffer.concat([head, Buffer.from(x!, "base64url"), middle, Buffer.from(y!, "base64url")]).toString(
      "base64url",
    );
  }

  /** Registers it for somebody, past the page. */
  async give(user: Pick<User, "id">, label = "Key") {
    const values = { userId: user.id, credentialId: this.id, publicKey: this.publicKey, label };
    const [row] = await db.insert(passkeys).values(values).returning();
    return row!;
  }

  /** What a browser posts; each part can be made wrong. */
  answer({ challenge = "", holder, verified = true, type = "webauthn.get", ...wrong }: Answer): string {
    const client = Buffer.from(JSON.stringify({ type, challenge, origin: wrong.origin ?? origin, crossOrigin: false }));
    const count = Buffer.alloc(4);
    count.writeUInt32BE(wrong.counter ?? ++this.counter);
    const data = Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([verified ? 5 : 1]), count]);
    const signature = sign("sha256", Buffer.concat([data, sha256(client)]), this.keys.privateKey);
    const response = {
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: signature.toString("base64url"),
      ...(holder && { userHandle: Buffer.from(holder).toString("base64url") }),
    };
    return JSON.stringify({ id: this.id, rawId: this.id, type: "public-key", clientExtensionResults: {}, response });
  }
}

/** The question that a page asks a device. */
export async function challengeFrom(browser: Browser, path: string): Promise<string> {
  const answer = await browser.post(path).set("Accept", "application/json").expect(200);
  return (answer.body as { challenge: string }).challenge;
}
