CREATE TABLE "log_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"slice" integer DEFAULT 0 NOT NULL,
	"phase" text DEFAULT 'end' NOT NULL,
	"end" bigint DEFAULT 0 NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"hash" text DEFAULT '' NOT NULL,
	"cursor" bigint DEFAULT 0 NOT NULL,
	"findings" integer DEFAULT 0 NOT NULL,
	"lines" text[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "log_checks_under_way" ON "log_checks" USING btree ((finished_at is null)) WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "log_checks_by_time" ON "log_checks" USING btree ("started_at");