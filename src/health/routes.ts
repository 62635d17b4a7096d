import { Router } from "express";
import { open } from "../access/guard.ts";
import { askDatabase } from "./queries.ts";

export const health = Router();

/** Alive: the process answers. Nothing else is asked, so a lost database does not restart the web (R23). */
health.get("/healthz", open("asked by the platform"), (_req, res) => {
  res.set("Cache-Control", "no-store").json({ status: "ok" });
});

/** Ready: the database answers within a second and is migrated. Says whether a worker is alive and how old the queue is. */
health.get("/readyz", open("asked by the platform"), async (_req, res) => {
  const state = await askDatabase();
  const ready = state.database === "ok" && state.migrations === "ok";
  res
    .set("Cache-Control", "no-store")
    .status(ready ? 200 : 503)
    .json(state);
});
