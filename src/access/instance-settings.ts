import { db } from "../db/client.ts";
import { instanceSettings } from "../db/schema.ts";
import { type Locale, locales } from "../i18n/t.ts";
import { log } from "../log.ts";

export type InstanceSettings = typeof instanceSettings.$inferSelect;

const minute = 60_000;
let known: Partial<InstanceSettings> = {};
let askedAt = 0;

/**
 * The settings of the instance, as this process read them within the last minute: for what every request asks for. Before
 * the first answer, and while the database is away, what was read last goes on.
 */
export function instanceNow(): Readonly<Partial<InstanceSettings>> {
  if (askedAt < Date.now() - minute) {
    readInstanceSettings().catch((error) => log.warn({ err: error }, "settings not read"));
  }
  return known;
}

/** Reads them now. */
export async function readInstanceSettings(): Promise<void> {
  askedAt = Date.now();
  const [row] = await db.select().from(instanceSettings);
  if (row) known = row;
}

/** What the installation is called, on screens and in mails. */
export const instanceName = (): string => instanceNow().name ?? "Muster";

/** The languages that may be chosen here. */
export function offeredLocales(): Locale[] {
  const offered = instanceNow().languages;
  const some = offered ? locales.filter((locale) => offered.includes(locale)) : [];
  return some.length > 0 ? some : [...locales];
}
