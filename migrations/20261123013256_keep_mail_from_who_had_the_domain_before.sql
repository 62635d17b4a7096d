-- A domain changes hands: whoever had it before keeps and reads what came, and gets nothing that comes from now on, nor sends
-- in its name. Whose it is says the account in which it is active; where it is active in none, those that have proven it.
CREATE OR REPLACE VIEW "mail_server"."mailboxes" WITH (security_barrier) AS
	SELECT b.id, b.account_id, b.address, b.id::text AS folder, '*:storage=' || b.quota_megabytes || 'M' AS quota_rule,
		NOT EXISTS (
		SELECT FROM domains d JOIN accounts o ON o.id = d.account_id AND o.deleted_at IS NULL
		WHERE d.name = split_part(b.address, '@', 2) AND d.ended_at IS NULL AND d.account_id <> b.account_id
			AND (d.status = 'active' OR d.status <> 'unverified' AND NOT EXISTS (
				SELECT FROM domains own WHERE own.account_id = b.account_id AND own.name = d.name
					AND own.ended_at IS NULL AND own.status <> 'unverified'))) AS receives
	FROM mailboxes b
	JOIN accounts a ON a.id = b.account_id AND a.deleted_at IS NULL
	WHERE b.kind = 'native' AND b.gone_at IS NULL AND b.deleted_at IS NULL AND b.archived_at IS NULL;--> statement-breakpoint
CREATE OR REPLACE VIEW "mail_server"."aliases" WITH (security_barrier) AS
	SELECT l.address, b.address AS destination
	FROM mailbox_aliases l
	JOIN mail_server.mailboxes b ON b.id = l.mailbox_id
	WHERE l.ended_at IS NULL AND NOT EXISTS (
		SELECT FROM domains d JOIN accounts o ON o.id = d.account_id AND o.deleted_at IS NULL
		WHERE d.name = split_part(l.address, '@', 2) AND d.ended_at IS NULL AND d.account_id <> l.account_id
			AND (d.status = 'active' OR d.status <> 'unverified' AND NOT EXISTS (
				SELECT FROM domains own WHERE own.account_id = l.account_id AND own.name = d.name
					AND own.ended_at IS NULL AND own.status <> 'unverified')))
	UNION ALL
	SELECT g.address, m.address
	FROM mail_groups g
	JOIN accounts a ON a.id = g.account_id AND a.deleted_at IS NULL
	JOIN mail_group_members m ON m.account_id = g.account_id AND m.group_id = g.id
	WHERE g.ended_at IS NULL AND NOT EXISTS (
		SELECT FROM domains d JOIN accounts o ON o.id = d.account_id AND o.deleted_at IS NULL
		WHERE d.name = split_part(g.address, '@', 2) AND d.ended_at IS NULL AND d.account_id <> g.account_id
			AND (d.status = 'active' OR d.status <> 'unverified' AND NOT EXISTS (
				SELECT FROM domains own WHERE own.account_id = g.account_id AND own.name = d.name
					AND own.ended_at IS NULL AND own.status <> 'unverified')))
	UNION ALL
	SELECT b.address, f.address
	FROM mail_server.mailboxes b
	JOIN mailbox_forwards f ON f.mailbox_id = b.id
	WHERE b.receives AND f.ended_at IS NULL AND f.starts_at <= now() AND (f.ends_at IS NULL OR f.ends_at > now())
	UNION ALL
	SELECT b.address, b.address
	FROM mail_server.mailboxes b
	WHERE b.receives AND EXISTS (SELECT FROM mailbox_forwards f WHERE f.mailbox_id = b.id AND f.keep_copy
		AND f.ended_at IS NULL AND f.starts_at <= now() AND (f.ends_at IS NULL OR f.ends_at > now()));--> statement-breakpoint
CREATE OR REPLACE VIEW "mail_server"."senders" WITH (security_barrier) AS
	SELECT b.address, b.address AS login FROM mail_server.mailboxes b WHERE b.receives
	UNION ALL
	SELECT l.address, b.address
	FROM mailbox_aliases l
	JOIN mail_server.mailboxes b ON b.id = l.mailbox_id
	WHERE l.ended_at IS NULL AND NOT EXISTS (
		SELECT FROM domains d JOIN accounts o ON o.id = d.account_id AND o.deleted_at IS NULL
		WHERE d.name = split_part(l.address, '@', 2) AND d.ended_at IS NULL AND d.account_id <> l.account_id
			AND (d.status = 'active' OR d.status <> 'unverified' AND NOT EXISTS (
				SELECT FROM domains own WHERE own.account_id = l.account_id AND own.name = d.name
					AND own.ended_at IS NULL AND own.status <> 'unverified')));
