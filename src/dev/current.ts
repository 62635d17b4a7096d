import type { Inbox } from "./inbox.ts";

let inbox: Inbox | undefined;

/** The built-in inbox of this process, for the pages that show it. */
export const currentInbox = (): Inbox | undefined => inbox;

/** Shows this inbox (tests bring their own). */
export const useInbox = (chosen: Inbox) => {
  inbox = chosen;
};

/** Starts the built-in inbox; mails are kept in `file`, where one is given. */
export async function startInbox(port: number, file: string): Promise<Inbox> {
  // A development package: loaded only where it is used.
  const { Inbox } = await import("./inbox.ts");
  inbox = await new Inbox(file).listen(port);
  return inbox;
}
