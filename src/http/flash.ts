import type { Request } from "express";

/** Leaves a message for the next page that this visitor sees: what was done, or why not. */
export function flash(req: Request, text: string, kind: "done" | "failed" = "done"): void {
  req.session.flash = [...(req.session.flash ?? []), { kind, text }].slice(-5);
}

/** Takes the waiting messages off the session. */
export function takeFlash(req: Request) {
  const messages = req.session?.flash ?? [];
  if (messages.length > 0) req.session.flash = undefined;
  return messages;
}
