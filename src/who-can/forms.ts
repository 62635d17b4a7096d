import { isUuid } from "../http/ids.ts";

/** Where a page of the list goes on: behind a member, by name, or by id where there are too many to order. */
export interface Place {
  by: "name" | "id";
  name: string;
  id: string;
}

const text = (value: unknown, most: number) =>
  typeof value === "string" ? value.trim().slice(0, most).replaceAll("\u0000", "") : "";

/** What is searched for in names and addresses. */
export const readSearch = (value: unknown): string => text(value, 200);

/** Reads what `placeWords` wrote; anything else is the first page. */
export function readPlace(value: unknown): Place | null {
  const [, by, id, name = ""] = /^(n|i)\.([0-9a-f-]{36})(?:\.([A-Za-z0-9_-]*))?$/.exec(text(value, 1000)) ?? [];
  if (!by || !isUuid(id)) return null;
  return { by: by === "n" ? "name" : "id", id, name: Buffer.from(name, "base64url").toString() };
}

/** A place as a link names it. */
export const placeWords = ({ by, id, name }: Place): string =>
  by === "id" ? `i.${id}` : `n.${id}.${Buffer.from(name).toString("base64url")}`;
