import type { Response } from "express";

/**
 * T66: what somebody else wrote is shown in a frame that runs nothing and loads nothing. A click of the reader on a link
 * may leave the frame, so that the button of a mail works.
 */
export function framed(res: Response): Response {
  res.removeHeader("X-Frame-Options");
  return res.set(
    "Content-Security-Policy",
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
  );
}
