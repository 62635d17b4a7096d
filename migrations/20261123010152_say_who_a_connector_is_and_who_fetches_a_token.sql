ALTER TABLE "imap_sources" ADD COLUMN "token_asked_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "connectors" ADD COLUMN "issuer" text;--> statement-breakpoint
ALTER TABLE "connectors" ADD COLUMN "names_itself" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "connectors" ADD COLUMN "imap_port" integer DEFAULT 993 NOT NULL;--> statement-breakpoint
ALTER TABLE "connectors" ADD COLUMN "imap_security" text DEFAULT 'tls' NOT NULL;