import { type LogFacts, logFacts } from "../log-checks/queries.ts";
import { type WebhookFacts, webhookFacts } from "../webhook-sending/lag.ts";
import { type DatabaseFacts, databaseFacts } from "./database.ts";
import { type MailFacts, mailFacts } from "./mails.ts";
import { type QueueFacts, queueFacts } from "./queue.ts";

/** How everything stands; what was not answered in time is not there. */
export interface Facts {
  queue?: QueueFacts;
  mails?: MailFacts;
  database?: DatabaseFacts;
  log?: LogFacts;
  webhooks?: WebhookFacts;
}

/** Asks one after the other: a page about a full pool takes one place in it. */
export async function readFacts(): Promise<Facts> {
  const database = await databaseFacts();
  const queue = await queueFacts();
  const log = await logFacts();
  const webhooks = await webhookFacts();
  return { database, queue, log, webhooks, mails: await mailFacts() };
}

let known: { at: number; facts: Promise<Facts> } | undefined;

/** The same, read at most every so many milliseconds in this process, however many look. */
export function factsWithin(age: number): Promise<Facts> {
  if (!known || known.at < Date.now() - age) known = { at: Date.now(), facts: readFacts() };
  return known.facts;
}
