-- A mail program signs in as long as its owner's place, and their right, is given until: not until the job has run.
CREATE OR REPLACE VIEW "mail_server"."sign_ins" WITH (security_barrier) AS
	SELECT b.address, p.hash, p.user_id IS NULL OR held.sends AS may_send
	FROM mail_server.mailboxes b
	JOIN accounts a ON a.id = b.account_id AND a.suspended_at IS NULL
	JOIN mailbox_passwords p ON p.mailbox_id = b.id AND p.account_id = b.account_id AND p.ended_at IS NULL
	LEFT JOIN LATERAL (
		SELECT count(DISTINCT k.permission) FILTER (WHERE k.permission <> 'messages.send') = 3 AS reads,
			bool_or(k.permission = 'messages.send') AS sends
		FROM members m
		JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
		JOIN grants g ON g.account_id = m.account_id AND g.member_id = m.id AND g.ended_at IS NULL
			AND (g.ends_at IS NULL OR g.ends_at > now())
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
			AND (m.guest_until IS NULL OR m.guest_until > now())
			AND k.permission IN ('messages.read', 'messages.delete', 'folders.manage', 'messages.send')
	) held ON p.user_id IS NOT NULL
	WHERE p.user_id IS NULL OR held.reads;
