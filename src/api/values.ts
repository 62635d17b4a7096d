import { z } from "zod";
import { isUuid } from "../http/ids.ts";

/** Values that many endpoints share, as they are documented and read. */
export const id = () =>
  z.string().refine(isUuid).meta({ format: "uuid", example: "0b9f3a52-6f0e-4c39-9d5c-0f7a2f6d1c11" });

/** An instant as it is answered: RFC 3339, UTC. */
export const time = (description: string) =>
  z.iso.datetime({ offset: true }).meta({ description, example: "2026-11-23T09:12:00.000Z" });

/** The parameter of paths that name one thing by its id. */
export const byId = z.object({ id: id() });

/** A time of the database as it is answered. */
export const instant = (at: Date | string): string => new Date(at).toISOString();

/** The same for one that may not have come. */
export const instantOrNull = (at: Date | string | null): string | null => (at === null ? null : instant(at));
