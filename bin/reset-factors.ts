import { parseArgs } from "node:util";
import { canonicalAddress } from "../src/access/address.ts";

/** Takes the second factor off somebody who lost the device and the recovery codes. Make sure first that it is them who ask. */
const usage = "Usage: npm run reset-factors -- --email ana@example.com";

function fail(why: string): never {
  console.error(`${why}\n\n${usage}`);
  process.exit(1);
}

function read(): string {
  try {
    return parseArgs({ options: { email: { type: "string", default: "" } } }).values.email;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const typed = read();
const email = canonicalAddress(typed);
if (!email) fail(typed ? `${typed} is not an e-mail address.` : "Say whose: --email");

const { resetByOperator } = await import("../src/factor-resets/reset-by-operator.ts");
const { closeDatabase } = await import("../src/db/client.ts");
const done = await resetByOperator(email);
await closeDatabase();
if (done === undefined) fail(`Nobody signs in as ${email}.`);
console.log(
  done
    ? `The second factor of ${email} is off. They are signed out, and told by mail.`
    : `${email} has no second factor.`,
);
