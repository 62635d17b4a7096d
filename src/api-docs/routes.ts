import { Router } from "express";
import { open } from "../access/guard.ts";
import { document } from "./document.ts";

/** Mounted at /api/v1: what the API is, for programs and for people. It needs no token. */
export const apiDocs = Router();

apiDocs.get("/openapi.json", open("how the API is called is no secret"), async (_req, res) => {
  res.json(await document());
});
