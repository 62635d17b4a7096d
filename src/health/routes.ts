import { Router } from "express";
import { open } from "../access/guard.ts";
import { askDatabase } from "./queries.ts";

export const health = Router();

/** Alive: the process answers. Nothing else is asked, so a lost database does not restart the web (R23). */
health.get("/healthz", open("asked by the platform"), (_req, res) => {
  res.set("Cache-Control", "no-store").json({ status: "ok" });
});

/** Ready: the database answers within a second and is migrated; says whether a worker is alive. */
health.get("/readyz", open("asked by the platform"), async (_req, res) => {
  const answer = await askDatabase();
  res.set("Cache-Control", "no-store").status(answer ? 200 : 503);
  res.json({ database: answer ? "ok" : "away", worker: answer?.workers ? "ok" : "away" });
});
