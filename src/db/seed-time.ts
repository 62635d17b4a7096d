import { createHash } from "node:crypto";

export const day = 86_400_000;

/** The same id for the same thing at every seeding. */
export function demoId(label: string): string {
  const hex = createHash("sha256").update(`muster demo ${label}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** So many days ago, at a time of the working day that follows from the label. */
export function daysAgo(days: number, label: string): Date {
  const minutes = createHash("sha256").update(label).digest().readUInt16BE(0) % 600;
  const at = new Date(Date.now() - days * day);
  at.setUTCHours(7, 0, 0, 0);
  return new Date(Math.min(at.getTime() + minutes * 60_000, Date.now() - 60_000 * (1 + (minutes % 90))));
}
