import { type ImapSettings, openImap } from "./open.ts";

/** Signs in in earnest, and out again: whoever saves settings knows that they work. Throws `ImapError`. */
export async function tryImap(settings: ImapSettings): Promise<void> {
  const client = await openImap(settings);
  await client.logout().catch(() => client.close());
}
