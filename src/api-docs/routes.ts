import { Router } from "express";
import { open } from "../access/guard.ts";
import { page } from "../http/render.ts";
import { inLanguage } from "../i18n/t.ts";
import { document } from "./document.ts";
import { pageOf } from "./page.ts";

/** Mounted at /api/v1: what the API is, for programs and for people. It needs no token. */
export const apiDocs = Router();

apiDocs.get("/openapi.json", open("how the API is called is no secret"), async (_req, res) => {
  res.json(await document());
});

apiDocs.get("/", open("how the API is called is no secret"), async (_req, res) => {
  const locals = { title: "The API of Muster", layout: "plain" as const, ...pageOf(await document()) };
  // Names in code are English, and so is what is said about them.
  await inLanguage({ locale: "en" }, () => page(res, "api-docs/index", locals));
});
