ALTER TABLE "activation_runs" ADD COLUMN "drift" jsonb;--> statement-breakpoint
ALTER TABLE "activation_runs" ADD COLUMN "went_on_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "activation_runs" ADD COLUMN "went_on_from" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "released_at" timestamp (3) with time zone;