-- What the operator's mail server reads (docs/mail-server.md): a schema of its own, so that its role may read this and
-- nothing else. Barriers: such a role learns of no other row, whatever functions it makes for itself.
CREATE SCHEMA "mail_server";--> statement-breakpoint
-- The one fact of the environment that these views need: written by the release step.
CREATE TABLE "mail_server"."settings" (
	"id" integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
	"mail_domain" text NOT NULL
);--> statement-breakpoint
-- Mailboxes that live here. A folder is named after the id: who gets an address that became free finds nobody's old mail.
CREATE VIEW "mail_server"."mailboxes" WITH (security_barrier) AS
	SELECT b.id, b.account_id, b.address, b.id::text AS folder, '*:storage=' || b.quota_megabytes || 'M' AS quota_rule
	FROM mailboxes b
	JOIN accounts a ON a.id = b.account_id AND a.deleted_at IS NULL
	WHERE b.kind = 'native' AND b.gone_at IS NULL AND b.deleted_at IS NULL AND b.archived_at IS NULL;--> statement-breakpoint
-- Passwords of mail programs. One that is somebody's own works while that person may do on the mailbox what a mail program
-- does; sending takes its right besides. One of the mailbox works until it is revoked.
CREATE VIEW "mail_server"."sign_ins" WITH (security_barrier) AS
	SELECT b.address, p.hash, p.user_id IS NULL OR held.sends AS may_send
	FROM mail_server.mailboxes b
	JOIN mailbox_passwords p ON p.mailbox_id = b.id AND p.account_id = b.account_id AND p.ended_at IS NULL
	LEFT JOIN LATERAL (
		SELECT count(DISTINCT k.permission) FILTER (WHERE k.permission <> 'messages.send') = 3 AS reads,
			bool_or(k.permission = 'messages.send') AS sends
		FROM members m
		JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
		JOIN grants g ON g.account_id = m.account_id AND g.member_id = m.id AND g.ended_at IS NULL
			AND (g.mailbox_id IS NULL OR g.mailbox_id = b.id)
		CROSS JOIN LATERAL (
			SELECT g.permission
			UNION ALL
			SELECT s.permission FROM system_role_permissions s
			WHERE s.system_role = g.system_role AND s.ended_at IS NULL
			UNION ALL
			SELECT x.permission FROM role_permissions x
			JOIN roles r ON r.id = x.role_id AND r.ended_at IS NULL
			WHERE x.role_id = g.role_id AND x.ended_at IS NULL
		) k
		WHERE m.account_id = b.account_id AND m.user_id = p.user_id AND m.status = 'active'
			AND k.permission IN ('messages.read', 'messages.delete', 'folders.manage', 'messages.send')
	) held ON p.user_id IS NOT NULL
	WHERE p.user_id IS NULL OR held.reads;--> statement-breakpoint
-- Where mail goes that is not simply for a mailbox: aliases, groups, and forwards in their time. A mailbox that is forwarded
-- stands here itself as well while any of its forwards leaves a copy.
CREATE VIEW "mail_server"."aliases" WITH (security_barrier) AS
	SELECT l.address, b.address AS destination
	FROM mailbox_aliases l
	JOIN mail_server.mailboxes b ON b.id = l.mailbox_id
	WHERE l.ended_at IS NULL
	UNION ALL
	SELECT g.address, m.address
	FROM mail_groups g
	JOIN accounts a ON a.id = g.account_id AND a.deleted_at IS NULL
	JOIN mail_group_members m ON m.account_id = g.account_id AND m.group_id = g.id
	WHERE g.ended_at IS NULL
	UNION ALL
	SELECT b.address, f.address
	FROM mail_server.mailboxes b
	JOIN mailbox_forwards f ON f.mailbox_id = b.id
	WHERE f.ended_at IS NULL AND f.starts_at <= now() AND (f.ends_at IS NULL OR f.ends_at > now())
	UNION ALL
	SELECT b.address, b.address
	FROM mail_server.mailboxes b
	WHERE EXISTS (SELECT FROM mailbox_forwards f WHERE f.mailbox_id = b.id AND f.keep_copy
		AND f.ended_at IS NULL AND f.starts_at <= now() AND (f.ends_at IS NULL OR f.ends_at > now()));--> statement-breakpoint
-- From which addresses whoever signed in to a mailbox may send.
CREATE VIEW "mail_server"."senders" WITH (security_barrier) AS
	SELECT b.address, b.address AS login FROM mail_server.mailboxes b
	UNION ALL
	SELECT l.address, b.address
	FROM mailbox_aliases l
	JOIN mail_server.mailboxes b ON b.id = l.mailbox_id
	WHERE l.ended_at IS NULL;--> statement-breakpoint
-- Whose mail is taken in here: the instance's own domain, and those of accounts in which something has its address here. A
-- company whose domain is active, but whose mail is elsewhere, keeps it there. One that is closed for new users, or was not
-- seen in DNS for days, keeps its mail: its users keep everything (A39).
CREATE VIEW "mail_server"."domains" WITH (security_barrier) AS
	SELECT s.mail_domain AS domain FROM mail_server.settings s
	UNION
	SELECT d.name
	FROM domains d
	JOIN accounts a ON a.id = d.account_id AND a.deleted_at IS NULL
	WHERE d.ended_at IS NULL AND d.status <> 'unverified' AND (
		EXISTS (SELECT FROM mailboxes b WHERE b.account_id = d.account_id AND b.kind = 'native' AND b.gone_at IS NULL
			AND split_part(b.address, '@', 2) = d.name)
		OR EXISTS (SELECT FROM mailbox_aliases l WHERE l.account_id = d.account_id AND l.ended_at IS NULL
			AND split_part(l.address, '@', 2) = d.name)
		OR EXISTS (SELECT FROM mail_groups g WHERE g.account_id = d.account_id AND g.ended_at IS NULL
			AND split_part(g.address, '@', 2) = d.name)
	);--> statement-breakpoint
-- Folders that nobody will ask for again: their mailbox was deleted, and its 30 days are over.
CREATE VIEW "mail_server"."gone" WITH (security_barrier) AS
	SELECT b.id::text AS folder, b.gone_at FROM mailboxes b WHERE b.kind = 'native' AND b.gone_at IS NOT NULL;
