import { Router } from "express";
import { allow } from "../access/guard.ts";
import { attachment } from "../http/attachment.ts";
import { sendStream } from "../http/stream.ts";
import { exportSealed } from "./export.ts";

/** Mounted at /admin/audit: the log with its proof, to be taken away. */
export const seals = Router();

seals.get("/files/ndjson", allow("audit.view"), async (req, res) => {
  const headers = attachment(`audit-log-${new Date().toISOString().slice(0, 10)}.ndjson`, "application/x-ndjson");
  // A look at its headers takes nothing out.
  if (req.method === "HEAD") return res.set(headers).end();
  return sendStream(res, headers, await exportSealed(req.actor));
});
