import { type RequestHandler, Router } from "express";
import { noteCall } from "../api-calls/note.ts";
import { sendFile } from "../files/send.ts";
import { NotFound, Stale } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import type { Client } from "../oauth/caller.ts";
import { endpoints } from "./all.ts";
import { type Answer, answerOf, sendAnswer } from "./answer.ts";
import { identifyCaller, permit } from "./door.ts";
import type { Endpoint, One } from "./endpoint.ts";
import { once } from "./once.ts";
import { ApiError } from "./problem.ts";
import { acceptable, changedMeanwhile, readBody, readRequest } from "./read.ts";

/** Mounted at /api/v1, before sessions: every endpoint of the list, and nothing else. */
export const api = Router({ caseSensitive: true });

/** What came of each call, for the log of the account. Of the query only what the endpoint knows. */
const noted =
  ({ query }: Endpoint): RequestHandler =>
  (req, res, next) => {
    const began = Date.now();
    res.once("close", () => {
      const client = res.locals.client as Client | undefined;
      if (!client) return;
      const [path = "", asked = ""] = req.originalUrl.split("?");
      const names = Object.keys(query.shape);
      const known = [...new URLSearchParams(asked)].filter(([name]) => names.includes(name));
      noteCall({
        accountId: client.accountId,
        clientId: client.id,
        clientName: client.name,
        method: req.method,
        path: path.slice(0, 500),
        query: String(new URLSearchParams(known)).slice(0, 2000),
        status: res.statusCode,
        milliseconds: Date.now() - began,
        problem: res.locals.problem,
        requestId: req.id,
        ip: req.ip,
        at: new Date(began),
      });
    });
    next();
  };

const runs =
  (endpoint: Endpoint): RequestHandler =>
  async (req, res) => {
    const asked = readRequest(endpoint, req);
    const { again } = endpoint;
    if (endpoint.download) {
      const { file } = (await endpoint.handle(req.actor, asked)) as One<unknown>;
      return sendFile(res, file!);
    }
    const answered = (outcome: Parameters<typeof answerOf>[2]): Answer => answerOf(endpoint, req, outcome);
    const work = (actor: typeof req.actor) => endpoint.handle(actor, asked).then(answered, stale(endpoint));
    if (endpoint.upload) return sendAnswer(res, await work(req.actor));
    const answer = await once(req, req.actor, asked.body, work, again && ((id) => again(req.actor, id).then(answered)));
    sendAnswer(res, answer);
  };

/** T56: where `If-Match` counts, a change in between is 412. */
const stale =
  ({ ifMatch, mayMatch }: Endpoint) =>
  (error: unknown): never => {
    throw (ifMatch || mayMatch) && error instanceof Stale ? changedMeanwhile() : error;
  };

for (const endpoint of endpoints) {
  const steps = [noted(endpoint), acceptable, identifyCaller, permit(endpoint), readBody, runs(endpoint)];
  api[endpoint.method.toLowerCase() as "get"](endpoint.path, ...steps);
}

for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
  const methods = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method);
  const Allow = (methods.includes("GET") ? [...methods, "HEAD"] : methods).join(", ");
  api.all(path, () => {
    throw new ApiError(405, t("Here may be used: {methods}.", { methods: Allow }), { headers: { Allow } });
  });
}

api.use(() => {
  throw new NotFound();
});
