import { z } from "zod";
import { id, instant, instantOrNull, time } from "../api/values.ts";
import { imapSecurities } from "../db/boxes.ts";
import type { listMailboxes, Mailbox, MailboxMember } from "../mailboxes/queries.ts";
import type { standingOf } from "../storage/queries.ts";

export const mailboxSchema = z
  .object({
    id: id(),
    kind: z.enum(["native", "imap"]).meta({ description: "Hosted here, or elsewhere and reached over IMAP." }),
    name: z.string().meta({ example: "Press desk" }),
    address: z.string().meta({ example: "press@example.com" }),
    personalUserId: id().nullable().meta({ description: "Whose own mailbox it is." }),
    quotaMegabytes: z.int().nullable(),
    archivedAt: time("Since when nobody has access.").nullable(),
    deletedAt: time("When it was deleted: it can be restored for 30 days.").nullable(),
    createdAt: time("When it was made or connected."),
    storage: z
      .object({
        bytes: z.int().nullable(),
        limitBytes: z.int().nullable(),
        messages: z.int().nullable(),
        source: z.enum(["quota", "sum"]).nullable().meta({ description: "Said by its server, or added up." }),
        measuredAt: time("How old the figures are.").nullable(),
      })
      .nullable(),
    connection: z
      .object({
        ...{ host: z.string(), port: z.int(), security: z.enum(imapSecurities), username: z.string() },
        connectorId: id().nullable().meta({ description: "The connector that it is signed in to through." }),
        reachedAt: time("When it was reached last.").nullable(),
        failedAt: time("Since when it is not reached.").nullable(),
        failure: z.string().nullable().meta({ description: "Why not.", example: "wrong_password" }),
      })
      .nullable()
      .optional()
      .meta({ description: "How one that is hosted elsewhere is reached; not in lists." }),
    version: z.int(),
  })
  .meta({ id: "Mailbox" });

/** How a mailbox that is hosted elsewhere is signed in to; the password is never answered. */
export const imapFields = {
  host: z.string().max(253).meta({ example: "imap.example.com" }),
  port: z.int().min(1).max(65_535).default(993),
  security: z.enum(imapSecurities).default("tls"),
  username: z.string().min(1).max(320),
  password: z.string().min(1).max(1000),
};

type Usage = Awaited<ReturnType<typeof listMailboxes>>["rows"][number]["usage"];

type Source = NonNullable<Awaited<ReturnType<typeof standingOf>>>["source"];

/** How a mailbox is reached, as it is answered; null for one that is hosted here. */
export const connectionAnswer = (source: Source | undefined): z.input<typeof mailboxSchema>["connection"] =>
  source && {
    ...{ host: source.host, port: source.port, security: source.security, username: source.username },
    ...{ connectorId: source.connectorId, failure: source.failure },
    ...{ reachedAt: instantOrNull(source.reachedAt), failedAt: instantOrNull(source.failedAt) },
  };

/** A mailbox as it is answered. */
export const mailboxAnswer = (mailbox: Mailbox, usage: Usage | undefined): z.input<typeof mailboxSchema> => ({
  id: mailbox.id,
  kind: mailbox.kind,
  name: mailbox.name,
  address: mailbox.address,
  personalUserId: mailbox.personalUserId,
  quotaMegabytes: mailbox.quotaMegabytes,
  archivedAt: instantOrNull(mailbox.archivedAt),
  deletedAt: instantOrNull(mailbox.deletedAt),
  createdAt: instant(mailbox.createdAt),
  storage: usage
    ? {
        bytes: usage.bytes,
        limitBytes: usage.limitBytes,
        messages: usage.messages,
        source: usage.source,
        measuredAt: instantOrNull(usage.measuredAt),
      }
    : null,
  version: mailbox.version,
});

export const accessSchema = z
  .object({
    memberId: id(),
    email: z.string(),
    name: z.string(),
    grants: z.array(
      z.object({
        id: id(),
        systemRole: z.string().nullable(),
        roleId: id().nullable(),
        permission: z.string().nullable(),
        grantedAt: time("Since when."),
        grantedBy: z.string(),
      }),
    ),
  })
  .meta({ id: "MailboxAccess", description: "Somebody with access by grants on this mailbox." });

/** Who has access, as it is answered. */
export const accessAnswer = ({ id, email, name, grants }: MailboxMember): z.input<typeof accessSchema> => ({
  memberId: id,
  email,
  name,
  grants: grants.map((grant) => ({
    id: grant.id,
    systemRole: grant.systemRole,
    roleId: grant.roleId,
    permission: grant.permission,
    grantedAt: instant(grant.since),
    grantedBy: grant.by,
  })),
});
