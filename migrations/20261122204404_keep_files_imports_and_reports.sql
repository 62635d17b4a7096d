CREATE TABLE "file_chunks" (
	"file_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "file_chunks_file_id_position_pk" PRIMARY KEY("file_id","position")
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"part" integer DEFAULT 1 NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"size" bigint DEFAULT 0 NOT NULL,
	"sha256" text DEFAULT '' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "files_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "import_people" (
	"import_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"email" text NOT NULL,
	"row" integer,
	"first_name" text DEFAULT '' NOT NULL,
	"last_name" text DEFAULT '' NOT NULL,
	"personal_mailbox" boolean DEFAULT false NOT NULL,
	"action" text NOT NULL,
	"reason" text,
	"member_id" uuid,
	"user_id" uuid,
	"names_before" jsonb,
	"result" text,
	"mail_id" uuid,
	CONSTRAINT "import_people_import_id_position_pk" PRIMARY KEY("import_id","position")
);
--> statement-breakpoint
CREATE TABLE "import_problems" (
	"import_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"tier" text NOT NULL,
	"sheet" text DEFAULT '' NOT NULL,
	"sheet_number" integer,
	"row" integer,
	"column" text,
	"value" text DEFAULT '' NOT NULL,
	"code" text NOT NULL,
	"values" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"email" text,
	CONSTRAINT "import_problems_import_id_number_pk" PRIMARY KEY("import_id","number")
);
--> statement-breakpoint
CREATE TABLE "import_rights" (
	"import_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"sheet" integer NOT NULL,
	"row" integer NOT NULL,
	"mailbox_id" uuid,
	"items" text[] NOT NULL,
	"before" text[],
	"changed" boolean DEFAULT true NOT NULL,
	CONSTRAINT "import_rights_import_id_position_sheet_pk" PRIMARY KEY("import_id","position","sheet")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"file_id" uuid,
	"sha256" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"uploaded_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"checked_at" timestamp (3) with time zone,
	"started_by" uuid,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"results" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"cursor" integer DEFAULT 0 NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"moved_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"error" text,
	"error_values" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "imports_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"account_id" uuid NOT NULL,
	"format" text NOT NULL,
	"scope" jsonb NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"ordered_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"moved_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"error" text,
	CONSTRAINT "reports_account_id" UNIQUE("account_id","id")
);
--> statement-breakpoint
ALTER TABLE "file_chunks" ADD CONSTRAINT "file_chunks_file_id_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."files"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_people" ADD CONSTRAINT "import_people_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_people" ADD CONSTRAINT "import_people_member_id_members_id_fk" FOREIGN KEY ("member_id") REFERENCES "public"."members"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_people" ADD CONSTRAINT "import_people_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_problems" ADD CONSTRAINT "import_problems_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rights" ADD CONSTRAINT "import_rights_import_id_position_import_people_import_id_position_fk" FOREIGN KEY ("import_id","position") REFERENCES "public"."import_people"("import_id","position") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_uploaded_by_users_id_fk" FOREIGN KEY ("uploaded_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_started_by_users_id_fk" FOREIGN KEY ("started_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_ordered_by_users_id_fk" FOREIGN KEY ("ordered_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "files_by_subject" ON "files" USING btree ("subject_id","kind","part");--> statement-breakpoint
CREATE INDEX "files_expiring" ON "files" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "import_people_email" ON "import_people" USING btree ("import_id","email");--> statement-breakpoint
CREATE INDEX "import_people_by_action" ON "import_people" USING btree ("import_id","action","position");--> statement-breakpoint
CREATE INDEX "import_people_by_member" ON "import_people" USING btree ("member_id");--> statement-breakpoint
CREATE INDEX "import_problems_by_row" ON "import_problems" USING btree ("import_id","sheet_number","row");--> statement-breakpoint
CREATE UNIQUE INDEX "imports_same_bytes" ON "imports" USING btree ("account_id","sha256") WHERE status in ('queued', 'checking', 'checked', 'running', 'failed');--> statement-breakpoint
CREATE UNIQUE INDEX "imports_one_running" ON "imports" USING btree ("account_id") WHERE status = 'running';--> statement-breakpoint
CREATE INDEX "imports_by_account" ON "imports" USING btree ("account_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "reports_one_running" ON "reports" USING btree ("account_id") WHERE status = 'running';--> statement-breakpoint
CREATE INDEX "reports_by_account" ON "reports" USING btree ("account_id","created_at");--> statement-breakpoint
ALTER TABLE "file_chunks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
