-- outside a transaction: a lock on each table in turn; on all of them at once it would stand in a ring with whoever
-- holds one of them and asks for another. Each statement can be done again.
-- UUIDv7: Postgres 18 has it; before that it is a random one whose first 48 bits are the time in milliseconds.
DO $$
BEGIN
	IF current_setting('server_version_num')::int >= 180000 THEN
		CREATE OR REPLACE FUNCTION ordered_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS
			'SELECT uuidv7()';
	ELSE
		CREATE OR REPLACE FUNCTION ordered_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS
			'SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
				placing substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
				52, 1), 53, 1), ''hex'')::uuid';
	END IF;
END
$$;--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "grants" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mailboxes" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "members" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "roles" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "api_clients" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "api_tokens" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mail_groups" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mailbox_aliases" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mailbox_forwards" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mailbox_passwords" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "authorizations" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "connectors" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "activation_runs" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "domains" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "passkeys" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "recovery_codes" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "trusted_devices" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "files" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "imports" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "alarms" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "offboardings" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "mails" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "notifications" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "tokens" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "smtp_checks" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "plans" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "reports" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "role_permissions" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "system_role_permissions" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "log_checks" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ALTER COLUMN "id" SET DEFAULT ordered_id();--> statement-breakpoint
ALTER TABLE "webhooks" ALTER COLUMN "id" SET DEFAULT ordered_id();