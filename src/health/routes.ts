import { sql } from "drizzle-orm";
import { Router } from "express";
import { open } from "../access/guard.ts";
import { db } from "../db/client.ts";

export const health = Router();

/** Alive: the process answers. Nothing else is asked, so a lost database does not restart the web (R23). */
health.get("/healthz", open("asked by the platform"), (_req, res) => {
  res.set("Cache-Control", "no-store").json({ status: "ok" });
});

/** Ready: the database answers within a second and is migrated; says whether a worker is alive. */
health.get("/readyz", open("asked by the platform"), async (_req, res) => {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), 1000).unref());
  const asked = db.execute<{ workers: number }>(sql`
    select (select count(*)::int from workers where seen_at > now() - interval '1 minute') as workers
    from instance_settings`);
  const answer = await Promise.race([asked, late]).catch(() => undefined);

  res.set("Cache-Control", "no-store").status(answer?.[0] ? 200 : 503);
  res.json({ database: answer?.[0] ? "ok" : "away", worker: answer?.[0]?.workers ? "ok" : "away" });
});
