/** Seals all secrets with the first of ENCRYPTION_KEYS. Safe to run twice, and while Muster runs. */
const { rotateKeys } = await import("../src/key-rotation/rotate.ts");
const { closeDatabase } = await import("../src/db/client.ts");
const { config } = await import("../src/config.ts");

const done = await rotateKeys();
await closeDatabase();
for (const { column, resealed, unreadable } of done.filter((each) => each.resealed || each.unreadable))
  console.log(`${column}: ${resealed} sealed anew${unreadable ? `, ${unreadable} UNREADABLE` : ""}`);

const [first, ...others] = config.ENCRYPTION_KEYS.map(({ id }) => id);
if (done.some(({ unreadable }) => unreadable)) {
  console.error(
    "\nSome secrets are sealed with a key that is not among ENCRYPTION_KEYS, or are damaged. They are left as they are.",
  );
  process.exit(1);
}
console.log(
  `Every secret is sealed with “${first}”.${others.length ? ` These keys are not needed any more: ${others.join(", ")}` : ""}`,
);
