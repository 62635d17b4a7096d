import type { Request } from "express";

/** An empty session under a new id, for a word to somebody whose own sessions have all ended, this one included. */
export const beginAnew = (req: Request): Promise<void> =>
  new Promise((resolve, reject) => {
    req.session.regenerate((error) => (error ? reject(error as Error) : resolve()));
  });
