import { timingSafeEqual } from "node:crypto";
import { type RequestHandler, Router } from "express";
import { open } from "../access/guard.ts";
import { hashOf } from "../access/secrets.ts";
import { config } from "../config.ts";
import { NotFound } from "../http/errors.ts";

/** What monitoring reads (Prometheus), for whoever has METRICS_TOKEN. Without one set there is nothing here. */
export const metrics = Router();

const same = (one: string, other: string) => timingSafeEqual(Buffer.from(hashOf(one)), Buffer.from(hashOf(other)));

/** Times every request by the pattern of its route, never by its address: that would name people and never end. */
export const timeRequests: RequestHandler = (req, res, next) => {
  if (!config.METRICS_TOKEN) return next();
  const began = performance.now();
  void import("./registry.ts").then(({ inFlight, requests }) => {
    if (res.closed) return;
    inFlight.inc();
    res.once("close", () => {
      inFlight.dec();
      const route = req.route ? `${req.baseUrl}${String(req.route.path)}` : "none";
      const status = `${Math.floor(res.statusCode / 100)}xx`;
      requests.observe({ method: req.method, route, status }, (performance.now() - began) / 1000);
    });
  });
  next();
};

metrics.get("/metrics", open("whoever has METRICS_TOKEN"), async (req, res) => {
  if (!config.METRICS_TOKEN) throw new NotFound();
  const token = /^Bearer +(\S+)$/i.exec(req.get("Authorization") ?? "")?.[1] ?? "";
  if (!same(token, config.METRICS_TOKEN)) {
    res.status(401).set("WWW-Authenticate", "Bearer").type("text").send("A token is needed.\n");
    return;
  }
  const { exposition } = await import("./registry.ts");
  res.type("text/plain; version=0.0.4; charset=utf-8").send(await exposition());
});
