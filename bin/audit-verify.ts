import { createReadStream } from "node:fs";
import { parseArgs } from "node:util";
import { type Finding, lineOf } from "../src/seal-checks/finding.ts";
import type { Key } from "../src/seals/head.ts";

/** Checks the seal on the audit log, or an exported file of it. It only reads. Exit code 0: all is as it was sealed; 1: it is not; 2: not checked. */
const usage = `Usage: npm run audit:verify [-- --head 12345:9f86d0…] [--quiet]
       npm run audit:verify -- --file audit-log.ndjson [--head …]
       npm run audit:verify -- --accept-end

  --file    checks an exported log, without a database
  --head    an end of the chain that was written down elsewhere, position:hash
  --quiet   no progress
  --accept-end   authenticates the end as it is, where sealing stopped because it does not know it; the one that writes`;

function fail(why: string): never {
  console.error(`${why}\n\n${usage}`);
  process.exit(2);
}

function read() {
  try {
    const options = {
      file: { type: "string" },
      head: { type: "string" },
      quiet: { type: "boolean" },
      "accept-end": { type: "boolean" },
    } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

const wanted = read();
if (wanted["accept-end"]) {
  const { acceptEnd } = await import("../src/seals/accept-end.ts");
  const end = await acceptEnd();
  console.log(end ? `Accepted: ${end.position}:${end.hash}. Restart the workers.` : "Nothing is sealed.");
  process.exit(0);
}
const [, position, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(wanted.head ?? "") ?? [];
if (wanted.head && !position) fail(`${wanted.head} is not position:hash.`);
const expected = position && hash ? { position: Number(position), hash } : undefined;
const amount = (count: number) => count.toLocaleString("en");

let wrong = 0;
/** Prints findings as they come (the first thousand), and hands on what was checked. */
async function told<Result>(findings: AsyncGenerator<Finding, Result>): Promise<Result> {
  for (;;) {
    const next = await findings.next();
    if (next.done) return next.value;
    if (wrong++ < 1000) console.log(lineOf(next.value));
  }
}

async function verifyFile(file: string) {
  const { checkExport, linesOf } = await import("../src/seal-checks/check-file.ts");
  // Whoever only has the file has no keys, and no configuration at all.
  const keys: Key[] = process.env.ENCRYPTION_KEYS ? (await import("../src/config.ts")).config.ENCRYPTION_KEYS : [];
  const lines = linesOf(createReadStream(file, { encoding: "utf8" }));
  const checked = await told(checkExport(lines, { keys, expected }));
  const { head } = checked;
  console.log(`${amount(checked.events)} events of ${checked.account}, exported ${checked.exportedAt}.`);
  if (checked.redacted) console.log(`${amount(checked.redacted)} of them redacted by an erasure.`);
  if (head) console.log(`Head: ${head.position}:${head.hash}`);
  if (checked.file === "unknown")
    console.log(
      "The key of the installation is not here: the file fits in itself. Compare its head with one that was written down, and let whoever has the keys check it for events that were left out.",
    );
}

async function verifyDatabase() {
  const { config } = await import("../src/config.ts");
  const { openDatabase } = await import("../src/db/client.ts");
  const { verifyLog } = await import("../src/seal-checks/verify-log.ts");
  const { db, client } = openDatabase({ max: 1, statementTimeout: 300_000 });
  const began = performance.now();
  let shown = 0;
  const progress = (done: number, of: number) => {
    if (wanted.quiet || (performance.now() - shown < 2_000 && done < of)) return;
    shown = performance.now();
    console.error(`${amount(done)} of ${amount(of)}`);
  };
  const checked = await told(verifyLog(db, { keys: config.ENCRYPTION_KEYS, expected, progress }));
  await client.end();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${amount(checked.events)} sealed events in ${seconds} s, ${amount(checked.waiting)} not sealed yet.`);
  if (checked.unknownHeads)
    console.log(
      `${amount(checked.unknownHeads)} heads of keys that are gone tell nothing (npm run rotate-keys keeps them).`,
    );
  for (const [id, count] of checked.redacted) console.log(`${amount(count)} events redacted by erasure ${id}.`);
  console.log(`Head: ${checked.position}:${checked.hash}`);
}

await (wanted.file ? verifyFile(wanted.file) : verifyDatabase()).catch((error) =>
  fail(`Not checked: ${error instanceof Error ? error.message : error}`),
);
console.log(wrong ? `\n${amount(wrong)} FINDINGS: the log is not what was sealed.` : "The log is what was sealed.");
process.exit(wrong ? 1 : 0);
