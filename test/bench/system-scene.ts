import { setTimeout as sleep } from "node:timers/promises";
import { workbookOf } from "../support/workbooks.ts";
import type { System } from "./system.ts";
import type { Crowd, Seen } from "./system-load.ts";

/** What each scene works with: the system, its owner's session and account, and people who click meanwhile. */
export interface Scene {
  system: System;
  cookie: string;
  account: string;
  crowd(tag: string): Crowd;
}

export const s = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const said = (seen: Seen) =>
  `${seen.answers} answers, ${seen.refused} refused with our page, ${seen.lost} lost, 95 of 100 within ${seen.p95.toFixed(0)} ms, slowest ${s(seen.slowest)}, trouble for ${s(seen.trouble)}`;

/** How many promises did not hold. */
export const tally = { broken: 0 };

/** One line of the table: what was promised, what was done, what was seen. */
export function line(id: string, what: string, seen: string, holds: boolean) {
  if (!holds) tally.broken++;
  console.log(`${holds ? "holds " : "BROKEN"} | ${id.padEnd(9)} | ${what} | ${seen}`);
}

/** Breaks something under a crowd, and says what it saw, with what `act` has to add. */
export async function under(
  { crowd }: Scene,
  [id, what, tag]: [string, string, string],
  act: () => Promise<unknown>,
  holds: (seen: Seen) => boolean,
) {
  const people = crowd(tag);
  await sleep(2_000);
  const more = await act();
  await sleep(4_000);
  const seen = await people.leave();
  const wrongs = await people.wrongs();
  const clean = Object.keys(wrongs).length === 0;
  line(
    id,
    what,
    `${typeof more === "string" ? `${more}; ` : ""}${said(seen)}; ${clean ? "every confirmed draft there, once" : JSON.stringify(wrongs)}`,
    clean && holds(seen),
  );
}

/** Drafts and invites somebody; returns the id of their place and how long the second request took, in milliseconds. */
export async function invite({ system, cookie, account }: Scene, email: string): Promise<{ id: string; ms: number }> {
  const drafted = await system.ask("/admin/users/new", cookie, { email, _account: account });
  const id = /users\/([0-9a-f-]{36})\//.exec(drafted.headers.get("location") ?? "")?.[1];
  if (!id) throw new Error(`drafting answered ${drafted.status}`);
  const sent = await system.ask(`/admin/users/${id}/invitation`, cookie, { _account: account });
  if (sent.status !== 303) throw new Error(`inviting answered ${sent.status}`);
  return { id, ms: sent.ms };
}

/** Uploads a workbook with these people, each a Viewer; the answer leads to the import. */
export async function upload({ system, cookie, account }: Scene, emails: string[]) {
  const file = await workbookOf({
    users: emails.map((email, n) => ["Ada", `Okafor ${n}`, email, "N"]),
    account: { id: account, rows: emails.map((email) => [email, "Viewer", ""]) },
  });
  const body = new FormData();
  body.append("file", new Blob([new Uint8Array(file)]), "people.xlsx");
  return system.ask(`/admin/imports?_account=${account}`, cookie, body);
}

/** Where an import stands, by the address of its page. */
export async function statusOf({ system }: Scene, place: string): Promise<string | undefined> {
  const [row] = await system.sql<{ status: string }[]>`
    select status from imports where id = ${place.split("/").at(-1)!}`;
  return row?.status;
}

/** Waits until an import is checked, and starts it; returns the answer to that. */
export async function startImport(scene: Scene, place: string) {
  const { system, cookie, account } = scene;
  await system.until(async () => (await statusOf(scene, place)) === "checked", 120_000, "the check did not end");
  const page = await system.ask(place, cookie);
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? "";
  return system.ask(`${place}/start`, cookie, { _account: account, create: field("create"), update: field("update") });
}
