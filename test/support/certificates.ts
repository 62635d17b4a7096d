import { generateKeyPairSync, sign } from "node:crypto";
import { isIP } from "node:net";
import tls from "node:tls";
import { atEndOfFile } from "./endings.ts";

const usual = tls.getCACertificates("default");
atEndOfFile(() => tls.setDefaultCACertificates(usual));

/** This process trusts the authority, too, until the file is over: two of the same name would hide each other. */
export const trust = (authority: string): void => tls.setDefaultCACertificates([...usual, authority]);

/** X.509 by hand: no package and no program of the machine is needed for a certificate of the tests. */
const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const utcTime = (at: number) =>
  der(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
const nameOf = (text: string) => sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(text)))));
const pem = (kind: string, bytes: Buffer) =>
  `-----BEGIN ${kind}-----\n${bytes
    .toString("base64")
    .match(/.{1,64}/g)!
    .join("\n")}\n-----END ${kind}-----\n`;

/**
 * A certificate for these hosts (names or IPv4 addresses) that signed itself; valid from yesterday for as many days.
 * Whoever trusts it as an authority (`trust`) takes it.
 */
export function selfSigned(host: string, { more = [] as string[], days = 30 } = {}): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaSha256 = sequence(oid("2a8648ce3d040302"));
  const alternatives = [host, ...more].map((each) =>
    isIP(each) ? der(0x87, Buffer.from(each.split(".").map(Number))) : der(0x82, Buffer.from(each)),
  );
  const extension = (id: string, body: Buffer) => sequence(oid(id), der(0x04, body));
  const extensions = sequence(
    extension("551d11", sequence(...alternatives)),
    extension("551d13", sequence(der(0x01, Buffer.from([0xff])))),
  );
  const yesterday = Date.now() - 86_400_000;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from(crypto.getRandomValues(new Uint8Array(8))).fill(1, 0, 1)),
    ecdsaSha256,
    nameOf(host),
    sequence(utcTime(yesterday), utcTime(yesterday + days * 86_400_000)),
    nameOf(host),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem("CERTIFICATE", sequence(body, ecdsaSha256, signature)),
  };
}
