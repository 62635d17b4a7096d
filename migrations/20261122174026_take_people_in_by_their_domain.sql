CREATE TABLE "activation_runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"domain_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"undoes_id" uuid,
	"status" text DEFAULT 'running' NOT NULL,
	"plan" jsonb NOT NULL,
	"planned_at" timestamp (3) with time zone NOT NULL,
	"result" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"cursor" uuid,
	"generation" integer DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer NOT NULL,
	"error" text,
	"started_by" uuid,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"moved_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "activation_runs_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "domain_checks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "domain_checks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" uuid NOT NULL,
	"domain_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"result" text NOT NULL,
	"code" text NOT NULL,
	"values" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"expected" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"found" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"asked_by" uuid,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "domains" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"name" text NOT NULL,
	"shown_name" text NOT NULL,
	"status" text DEFAULT 'unverified' NOT NULL,
	"status_before" text,
	"token" text NOT NULL,
	"old_tokens" text[] DEFAULT '{}' NOT NULL,
	"proven_by" text,
	"claimed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"verified_at" timestamp (3) with time zone,
	"activated_at" timestamp (3) with time zone,
	"deactivated_at" timestamp (3) with time zone,
	"lapsed_at" timestamp (3) with time zone,
	"at_risk_since" timestamp (3) with time zone,
	"risk_reason" jsonb,
	"absences" integer DEFAULT 0 NOT NULL,
	"suspended_at" timestamp (3) with time zone,
	"last_check_at" timestamp (3) with time zone,
	"next_check_at" timestamp (3) with time zone DEFAULT now(),
	"asked_at" timestamp (3) with time zone,
	"dkim_selector" text NOT NULL,
	"dkim_public_key" text NOT NULL,
	"dkim_private_key" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_by" uuid,
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	CONSTRAINT "domains_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "personal_mailboxes" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "personal_mailbox_role" text DEFAULT 'mailbox_owner' NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "own_profiles" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "deleted_by" uuid;--> statement-breakpoint
ALTER TABLE "instance_settings" ADD COLUMN "mx_hosts" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "instance_settings" ADD COLUMN "spf_include" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "instance_settings" ADD COLUMN "dkim_selector" text DEFAULT 'muster' NOT NULL;--> statement-breakpoint
ALTER TABLE "instance_settings" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "run_id" uuid;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "run_id" uuid;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "region" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "phone" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "corporate_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "corporate_run_id" uuid;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "held" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "activation_runs" ADD CONSTRAINT "activation_runs_started_by_users_id_fk" FOREIGN KEY ("started_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "activation_runs" ADD CONSTRAINT "activation_runs_account_id_domain_id_domains_account_id_id_fk" FOREIGN KEY ("account_id","domain_id") REFERENCES "public"."domains"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domain_checks" ADD CONSTRAINT "domain_checks_asked_by_users_id_fk" FOREIGN KEY ("asked_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domain_checks" ADD CONSTRAINT "domain_checks_account_id_domain_id_domains_account_id_id_fk" FOREIGN KEY ("account_id","domain_id") REFERENCES "public"."domains"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domains" ADD CONSTRAINT "domains_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domains" ADD CONSTRAINT "domains_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domains" ADD CONSTRAINT "domains_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "activation_runs_one_open" ON "activation_runs" USING btree ("domain_id") WHERE status in ('running', 'stopped');--> statement-breakpoint
CREATE INDEX "activation_runs_by_domain" ON "activation_runs" USING btree ("domain_id","started_at");--> statement-breakpoint
CREATE INDEX "domain_checks_by_domain" ON "domain_checks" USING btree ("domain_id","kind","id");--> statement-breakpoint
CREATE UNIQUE INDEX "domains_account_name" ON "domains" USING btree ("account_id","name") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "domains_one_active" ON "domains" USING btree ("name") WHERE status = 'active' and ended_at is null;--> statement-breakpoint
CREATE INDEX "domains_by_name" ON "domains" USING btree ("name") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "domains_due" ON "domains" USING btree ("next_check_at") WHERE ended_at is null and lapsed_at is null;