CREATE INDEX "domains_by_token" ON "domains" USING btree ("token");--> statement-breakpoint
CREATE INDEX "domains_by_old_token" ON "domains" USING gin ("old_tokens");