import { Router } from "express";
import { open } from "../access/guard.ts";
import { findAsset } from "./assets.ts";

export const assets = Router();

assets.get("/:hash/:name", open("styles, scripts and icons"), (req, res) => {
  const found = findAsset(req.params.name, req.params.hash);
  if (!found) return res.sendStatus(404);

  res.set({
    "Content-Type": found.type,
    "Cache-Control": found.current ? "public, max-age=31536000, immutable" : "no-store",
    Vary: "Accept-Encoding",
  });
  if (!req.acceptsEncodings("br")) return res.send(found.body);
  return res.set("Content-Encoding", "br").send(found.brotli);
});
