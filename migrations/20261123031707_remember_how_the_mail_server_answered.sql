CREATE TABLE "smtp_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"asked_by" uuid,
	"asked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"outcome" text,
	"reply" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
ALTER TABLE "smtp_checks" ADD CONSTRAINT "smtp_checks_asked_by_users_id_fk" FOREIGN KEY ("asked_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "smtp_checks_by_time" ON "smtp_checks" USING btree ("asked_at");