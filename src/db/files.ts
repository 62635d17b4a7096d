/** Files that are kept in the database: uploads, and what is handed out. */
import { bigint, customType, index, integer, pgTable, primaryKey, text, unique, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id } from "./columns.ts";
import { accounts } from "./schema.ts";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export type FileKind = "upload" | "annotated" | "failed" | "before" | "report";

/**
 * A file, in chunks of at most 256 KiB: web and worker need no common disk (R15). Until `completedAt` it is still arriving,
 * and nobody can fetch it; `size` and `sha256` are those of the whole.
 */
export const files = pgTable(
  "files",
  {
    id: id(),
    accountId: uuid("account_id")
      .notNull()
      .references(() => accounts.id),
    kind: text("kind").$type<FileKind>().notNull(),
    /** The import or report that it belongs to. */
    subjectId: uuid("subject_id").notNull(),
    /** Where one subject has several of a kind (a report in parts), from 1. */
    part: integer("part").notNull().default(1),
    name: text("name").notNull(),
    mediaType: text("media_type").notNull(),
    size: bigint("size", { mode: "number" }).notNull().default(0),
    sha256: text("sha256").notNull().default(""),
    createdAt: createdAt(),
    completedAt: at("completed_at"),
    /** From then on it cannot be fetched any more, and the sweep deletes it. */
    expiresAt: at("expires_at").notNull(),
  },
  (t) => [
    unique("files_account_id").on(t.accountId, t.id),
    index("files_by_subject").on(t.subjectId, t.kind, t.part),
    index("files_expiring").on(t.expiresAt),
  ],
);

export const fileChunks = pgTable(
  "file_chunks",
  {
    fileId: uuid("file_id")
      .notNull()
      .references(() => files.id, { onDelete: "cascade" }),
    /** From 0. */
    position: integer("position").notNull(),
    bytes: bytea("bytes").notNull(),
  },
  (t) => [primaryKey({ columns: [t.fileId, t.position] })],
);
