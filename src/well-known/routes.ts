import { Router } from "express";
import { open } from "../access/guard.ts";
import { config } from "../config.ts";

export const wellKnown = Router();

/** Where password managers send people (W3C, A Well-Known URL for Changing Passwords). */
wellKnown.get("/change-password", open("a signpost"), (_req, res) => res.redirect(303, "/profile/security"));

/** Whom to tell about a hole (RFC 9116): the operator, who knows which release runs here. */
wellKnown.get("/security.txt", open("a signpost"), (_req, res) => {
  const contact = config.MAIL_FROM.match(/<([^>]+)>/)?.[1] ?? config.MAIL_FROM;
  const expires = new Date(Date.now() + 180 * 24 * 60 * 60 * 1000);
  expires.setUTCHours(0, 0, 0, 0);
  res
    .type("text/plain")
    .send(
      [
        `Contact: mailto:${contact}`,
        `Expires: ${expires.toISOString()}`,
        "Preferred-Languages: en, de",
        `Canonical: ${config.BASE_URL}/.well-known/security.txt`,
        "",
      ].join("\n"),
    );
});
