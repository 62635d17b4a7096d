import { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { endpoint } from "../api/endpoint.ts";
import { byId } from "../api/values.ts";
import { downloadFile } from "../import-files/download.ts";
import { importFileKinds, workbookType } from "../import-files/kinds.ts";
import { cancelImport } from "../import-runs/cancel.ts";
import { resumeImport } from "../import-runs/resume.ts";
import { startImport } from "../import-runs/start.ts";
import { assertMayUpload } from "../imports/limits.ts";
import { listImports, problemsOf, shownImport } from "../imports/queries.ts";
import { uploadImport } from "../imports/upload.ts";
import { importAnswer, importSchema, problemAnswer, problemSchema } from "./import-schema.ts";

const tag = "Imports";

const one = async (actor: Actor, importId: string) => ({
  body: importAnswer(await shownImport(actor.accountId, importId)),
});

/** Workbooks that create and change users: what the console’s pages do, in the same steps. */
export const imports = [
  endpoint({
    method: "GET",
    path: "/imports",
    tag,
    summary: "List imports",
    description: "Newest first.",
    permission: "imports.run",
    answer: importSchema,
    list: true,
    handle: async (actor, { query: { limit, cursor } }) => {
      const { rows, older } = await listImports(actor.accountId, cursor ?? "", limit);
      return { rows: rows.map(importAnswer), next: older };
    },
  }),
  endpoint({
    method: "POST",
    path: "/imports",
    tag,
    summary: "Upload a workbook",
    description:
      "The body is the .xlsx file. It is checked by a job; nothing is written before it is started. The same bytes are one import, however often they come.",
    permission: "imports.run",
    query: z.object({
      name: z.string().max(200).default("upload.xlsx").meta({ description: "What the file is called." }),
    }),
    upload: workbookType,
    answer: importSchema,
    status: 201,
    handle: async (actor, { query, receive }) => {
      await assertMayUpload(actor);
      const { import: made } = await receive((bytes) => uploadImport(actor, { name: query.name, bytes }));
      return { ...(await one(actor, made.id)), location: `/imports/${made.id}` };
    },
  }),
  endpoint({
    method: "GET",
    path: "/imports/:id",
    tag,
    summary: "One import",
    permission: "imports.run",
    params: byId,
    answer: importSchema,
    handle: (actor, { params }) => one(actor, params.id),
  }),
  endpoint({
    method: "GET",
    path: "/imports/:id/problems",
    tag,
    summary: "What is wrong with a workbook",
    description: "The first 200, by sheet and cell; all of them stand in the annotated file.",
    permission: "imports.run",
    params: byId,
    answer: z.object({ data: z.array(problemSchema) }).meta({ id: "ImportProblems" }),
    handle: async (actor, { params }) => {
      const found = await shownImport(actor.accountId, params.id);
      return { body: { data: (await problemsOf(found.id)).map(problemAnswer) } };
    },
  }),
  endpoint({
    method: "POST",
    path: "/imports/:id/start",
    tag,
    summary: "Start a checked import",
    description: "Says how many it creates and changes, as the check found: other numbers are refused.",
    permission: "imports.run",
    params: byId,
    body: z.object({ create: z.int().min(0), update: z.int().min(0) }),
    answer: importSchema,
    handle: async (actor, { params, body }) => {
      await startImport(actor, params.id, body);
      return one(actor, params.id);
    },
  }),
  ...(
    [
      ["cancel", "Cancel an import", "Before its start only.", cancelImport],
      ["resume", "Resume an import that was given up", "It goes on from where it is, in your name.", resumeImport],
    ] as const
  ).map(([verb, summary, description, act]) =>
    endpoint({
      method: "POST",
      path: `/imports/:id/${verb}`,
      tag,
      summary,
      description,
      permission: "imports.run",
      params: byId,
      answer: importSchema,
      handle: async (actor, { params }) => {
        await act(actor, params.id);
        return one(actor, params.id);
      },
    }),
  ),
  endpoint({
    method: "GET",
    path: "/imports/:id/files/:kind",
    tag,
    summary: "A file around an import",
    description: "The upload, its annotated copy, the rows that failed, and how it was before. Kept for some weeks.",
    permission: "imports.run",
    params: byId.extend({ kind: z.enum(Object.keys(importFileKinds) as [keyof typeof importFileKinds]) }),
    download: [workbookType],
    handle: async (actor, { params }) => ({ file: await downloadFile(actor, params.id, params.kind, false) }),
  }),
];
