/** How the mail to create a password fares, from its order to a password. */
export const deliveries = ["held", "queued", "sending", "sent", "used", "bounced", "failed"] as const;
export type Delivery = (typeof deliveries)[number];

export const results = ["created", "updated", "same", "skipped"] as const;
export type Result = (typeof results)[number];

export interface Filter {
  result: Result | "";
  mail: Delivery | "";
  /** A position; 0 is the beginning. */
  after: number;
}

/** The filter in a query string; what is none counts as not given. */
export function readFilter(query: Record<string, unknown>): Filter {
  const after = typeof query.after === "string" && /^\d{1,7}$/.test(query.after) ? Number(query.after) : 0;
  return {
    result: results.find((each) => each === query.result) ?? "",
    mail: deliveries.find((each) => each === query.mail) ?? "",
    after,
  };
}

/** The list with another filter; from its beginning, unless `after` is given. */
export function listPath(importId: string, filter: Filter, change: Partial<Filter> = {}): string {
  const { result, mail, after } = { ...filter, after: 0, ...change };
  const query = new URLSearchParams();
  if (result) query.set("result", result);
  if (mail) query.set("mail", mail);
  if (after) query.set("after", String(after));
  const text = query.toString();
  return `/admin/imports/${importId}/people${text && `?${text}`}`;
}
