import { Router } from "express";
import { z } from "zod";
import { allow } from "../access/guard.ts";
import { sendFile } from "../files/send.ts";
import { attachment } from "../http/attachment.ts";
import { many, readForm } from "../http/form.ts";
import { sendStream } from "../http/stream.ts";
import { bytesOf } from "../xlsx-writing/bytes.ts";
import { downloadFile } from "./download.ts";
import { exampleTargets, writeExample } from "./example.ts";
import { workbookType } from "./kinds.ts";

/** What is handed out around an import, at /admin/imports. */
export const importFiles = Router();

const exampleForm = z.object({ mailboxes: many(z.string().max(100)), personal: z.string().max(10) });

importFiles.get("/example.xlsx", allow("imports.run"), async (req, res) => {
  const { values } = readForm(exampleForm, req.query);
  const targets = await exampleTargets(req.actor, values.mailboxes ?? [], Boolean(values.personal));
  const headers = attachment(`${targets.account.name} - example.xlsx`, workbookType);
  await sendStream(
    res,
    headers,
    bytesOf((write) => writeExample(targets, write)),
  );
});

importFiles.get("/:id/files/:kind", allow("imports.run"), async (req, res) => {
  const file = await downloadFile(req.actor, req.params.id, req.params.kind, req.method === "HEAD");
  await sendFile(res, file);
});
