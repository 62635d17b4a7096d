import { NotFound } from "./errors.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: unknown): text is string => typeof text === "string" && uuid.test(text);

/** The id in a path; anything that cannot be one is not found, like an id that nobody has (T49). */
export function uuidOr404(text: string): string {
  if (!isUuid(text)) throw new NotFound();
  return text;
}
