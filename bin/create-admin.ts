import { parseArgs } from "node:util";
import { canonicalAddress } from "../src/access/address.ts";

/** Makes the first account with its owner, and prints the link behind which the owner chooses a password. */
const usage = `Usage: npm run create-admin -- --email ana@example.com --account "Example Ltd" [--first-name Ana] [--last-name Lima] [--instance-admin]

  --email            the owner's address
  --account          the name of the company account
  --first-name, --last-name
  --instance-admin   the owner also administers the whole instance`;

function read() {
  try {
    return parseArgs({
      options: {
        email: { type: "string" },
        account: { type: "string" },
        "first-name": { type: "string", default: "" },
        "last-name": { type: "string", default: "" },
        "instance-admin": { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

function fail(why: string): never {
  console.error(`${why}\n\n${usage}`);
  process.exit(1);
}

const wanted = read();
const email = canonicalAddress(wanted.email ?? "");
const accountName = (wanted.account ?? "").trim();
if (!email) fail(wanted.email ? `${wanted.email} is not an e-mail address.` : "Say whose account it is: --email");
if (!accountName || accountName.length > 100) fail("Name the account, in at most 100 characters: --account");

const { createFirstAccount } = await import("../src/accounts/create-first.ts");
const { closeDatabase } = await import("../src/db/client.ts");
const made = await createFirstAccount({
  email,
  accountName,
  firstName: (wanted["first-name"] ?? "").trim().slice(0, 100),
  lastName: (wanted["last-name"] ?? "").trim().slice(0, 100),
  instanceAdmin: wanted["instance-admin"] ?? false,
});
console.log(`The account “${made.account.name}” is there, and ${made.user.email} owns it.`);
if (wanted["instance-admin"]) console.log(`${made.user.email} administers the instance.`);
if (made.link)
  console.log(
    `\nIt is mailed to them too; where mail does not work yet, hand this link over. It works once, for 72 hours:\n\n  ${made.link}\n`,
  );
else console.log("They have a password already, and find the account under “Switch account”.");
await closeDatabase();
