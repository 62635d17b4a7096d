CREATE TABLE "account_logos" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"bytes" text NOT NULL,
	"type" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"credential_id" text NOT NULL,
	"public_key" text NOT NULL,
	"counter" bigint DEFAULT 0 NOT NULL,
	"transports" text[] DEFAULT '{}' NOT NULL,
	"label" text NOT NULL,
	"backed_up" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "passkeys_credential_id_unique" UNIQUE("credential_id")
);
--> statement-breakpoint
CREATE TABLE "recovery_codes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sign_ins" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "sign_ins_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" uuid NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"method" text,
	"outcome" text NOT NULL,
	"ip" text DEFAULT '' NOT NULL,
	"country" text DEFAULT '' NOT NULL,
	"user_agent" text DEFAULT '' NOT NULL,
	"new_device" boolean DEFAULT false NOT NULL,
	"sid" text
);
--> statement-breakpoint
CREATE TABLE "totp_secrets" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"last_step" bigint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alarms" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"raised_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"told_at" timestamp (3) with time zone,
	"cleared_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "offboardings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"member_id" uuid NOT NULL,
	"status" text DEFAULT 'planned' NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"plan" jsonb NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"failure" text,
	"receipt" jsonb,
	"receipt_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid NOT NULL,
	"done_at" timestamp (3) with time zone,
	"ended_by" uuid,
	CONSTRAINT "offboardings_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "past_states" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "past_states_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "redactions" (
	"event_id" bigint PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"erasure_id" bigint NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"redacted_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seal_heads" (
	"position" bigint PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"key_id" text NOT NULL,
	"mac" text NOT NULL,
	"sealed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seals" (
	"position" bigint PRIMARY KEY NOT NULL,
	"event_id" bigint NOT NULL,
	"salt" text,
	"content" text NOT NULL,
	"hash" text NOT NULL,
	"sealed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "second_factor_from" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "session_idle_minutes" integer;
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "session_hours" integer;
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "suspended_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "suspended_reason" text;
--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "ends_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "end_told_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "instance_settings" ADD COLUMN "alarm_recipients" text[] DEFAULT '{}' NOT NULL;
--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "guest_until" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "guest_told_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "status_since" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "erased_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "sign_ins" ADD CONSTRAINT "sign_ins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "totp_secrets" ADD CONSTRAINT "totp_secrets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "offboardings" ADD CONSTRAINT "offboardings_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "offboardings" ADD CONSTRAINT "offboardings_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "offboardings" ADD CONSTRAINT "offboardings_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "offboardings" ADD CONSTRAINT "offboardings_account_id_member_id_members_account_id_id_fk" FOREIGN KEY ("account_id","member_id") REFERENCES "public"."members"("account_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "redactions" ADD CONSTRAINT "redactions_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "redactions" ADD CONSTRAINT "redactions_erasure_id_events_id_fk" FOREIGN KEY ("erasure_id") REFERENCES "public"."events"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "passkeys_by_user" ON "passkeys" USING btree ("user_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "recovery_codes_by_user" ON "recovery_codes" USING btree ("user_id","hash");
--> statement-breakpoint
CREATE INDEX "sign_ins_by_user" ON "sign_ins" USING btree ("user_id","id");
--> statement-breakpoint
CREATE INDEX "sign_ins_by_time" ON "sign_ins" USING btree ("at");
--> statement-breakpoint
CREATE UNIQUE INDEX "alarms_raised" ON "alarms" USING btree ("kind") WHERE cleared_at is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "offboardings_planned" ON "offboardings" USING btree ("member_id") WHERE status = 'planned';
--> statement-breakpoint
CREATE INDEX "offboardings_by_account" ON "offboardings" USING btree ("account_id","created_at","id");
--> statement-breakpoint
CREATE INDEX "offboardings_due" ON "offboardings" USING btree ("due_at") WHERE status = 'planned';
--> statement-breakpoint
CREATE INDEX "past_states_by_subject" ON "past_states" USING btree ("subject_id","ended_at");
--> statement-breakpoint
CREATE INDEX "redactions_by_erasure" ON "redactions" USING btree ("erasure_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "seals_by_event" ON "seals" USING btree ("event_id");
--> statement-breakpoint
-- What members, mailboxes and accounts were before stays known (X3), whoever changes them, and by whatever door.
CREATE FUNCTION note_past_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_TABLE_NAME = 'members' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.account_id, 'member', OLD.id, OLD.status, coalesce(OLD.status_since, OLD.created_at));
		NEW.status_since := now();
	ELSIF TG_TABLE_NAME = 'mailboxes' THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.account_id, 'mailbox', OLD.id, 'archived', OLD.archived_at);
	ELSIF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL THEN
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.id, 'account', OLD.id, 'deleted', OLD.deleted_at);
	ELSE
		INSERT INTO past_states (account_id, kind, subject_id, state, started_at)
		VALUES (OLD.id, 'account', OLD.id, 'suspended', OLD.suspended_at);
	END IF;
	RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER note_past_status BEFORE UPDATE OF status ON "members"
	FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE TRIGGER note_past_archive BEFORE UPDATE OF archived_at ON "mailboxes"
	FOR EACH ROW WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NULL) EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE TRIGGER note_past_deletion BEFORE UPDATE OF deleted_at ON "accounts"
	FOR EACH ROW WHEN (OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL) EXECUTE FUNCTION note_past_states();
--> statement-breakpoint
CREATE TRIGGER note_past_suspension BEFORE UPDATE OF suspended_at ON "accounts"
	FOR EACH ROW WHEN (OLD.suspended_at IS NOT NULL AND NEW.suspended_at IS NULL) EXECUTE FUNCTION note_past_states();
